#include "scraper/commands/split.h"

#include <fmt/format.h>

#include <algorithm>

namespace scraper::cli {
namespace {

using std::string_view;

class Splitter {
 public:
  Splitter(std::span<const string_view> arguments, Command command)
      : arguments_(arguments), command_(command) {}

  Result<SplitArguments> split() {
    bool are_options_over = false;
    while (at_ < arguments_.size()) {
      const string_view word = arguments_[at_++];
      if (are_options_over || word.size() < 2 || word.front() != '-') {
        out_.arguments.emplace_back(word);
      } else if (word == "--") {
        are_options_over = true;
      } else if (auto taken =
                     word[1] == '-' ? take_long(word.substr(2)) : take_letters(word.substr(1));
                 !taken) {
        return taken.error();
      }
    }
    return std::move(out_);
  }

 private:
  Result<void> take_long(string_view word) {
    const std::size_t equals = std::min(word.find('='), word.size());
    const string_view name = word.substr(0, equals);
    const Option* option = option_by_name(name, command_);
    if (option == nullptr) return unknown(name);
    if (equals < word.size()) return take_with(*option, name, word.substr(equals + 1));
    if (option->kind == Kind::kBareList) return take(*option, name, kRobotsSitemaps);
    return option->kind == Kind::kFlag ? take(*option, name, "true") : take_next(*option, name);
  }

  Result<void> take_letters(string_view letters) {
    for (; !letters.empty(); letters.remove_prefix(1)) {
      const Option* option = option_by_letter(letters.front(), command_);
      if (option == nullptr) return unknown_letter(letters.front());
      if (option->kind != Kind::kFlag)
        return letters.size() > 1 ? take(*option, option->name, letters.substr(1))
                                  : take_next(*option, option->name);
      if (auto taken = take(*option, option->name, "true"); !taken) return taken;
    }
    return {};
  }

  Result<void> take_with(const Option& option, string_view name, string_view value) {
    if (option.kind == Kind::kFlag && value != "true" && value != "false") {
      return usage_error(fmt::format("--{} takes no value", name));
    }
    return take(option, name, value);
  }

  // A value may begin with '-', but an option's own name in its place means that the value was
  // forgotten.
  Result<void> take_next(const Option& option, string_view name) {
    const bool is_there = at_ < arguments_.size();
    if (!is_there || (arguments_[at_].starts_with("--") &&
                      option_by_name(arguments_[at_].substr(2), command_) != nullptr)) {
      return usage_error(fmt::format("--{} needs a value: --{} {}", name, name, option.argument));
    }
    return take(option, name, arguments_[at_++]);
  }

  Result<void> take(const Option& option, string_view name, string_view value) {
    out_.given.push_back({&option, name, value});
    return {};
  }

  Error unknown(string_view name) const {
    const string_view command = name_of(command_);
    if (const Option* elsewhere = option_by_name(name, kEvery); elsewhere != nullptr) {
      return usage_error(
          fmt::format("--{} is no option of {}, see scraper {} --help", name, command, command));
    }
    const auto names = option_names(command_);
    const auto hint = did_you_mean(name, names, "--");
    return usage_error(
        fmt::format("--{} is no option of {}{}", quoted_name(name), command,
                    hint.empty() ? fmt::format(", see scraper {} --help-all", command) : hint));
  }

  Error unknown_letter(char letter) const {
    const string_view command = name_of(command_);
    return usage_error(fmt::format("-{} is no option of {}, see scraper {} --help-all",
                                   quoted_name(string_view(&letter, 1)), command, command));
  }

  static std::string quoted_name(string_view name) {
    const std::string shown = in_quotes(name);
    return shown.substr(1, shown.size() - 2);
  }

  std::span<const string_view> arguments_;
  Command command_;
  std::size_t at_ = 0;
  SplitArguments out_;
};

}  // namespace

Result<SplitArguments> split_arguments(std::span<const string_view> arguments, Command command) {
  return Splitter(arguments, command).split();
}

string_view name_of(Command command) { return word_of(command, command_words()); }

}  // namespace scraper::cli
