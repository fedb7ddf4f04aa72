#include "scraper/commands/command_line.h"

#include <fmt/format.h>
#include <sys/stat.h>

#include <algorithm>
#include <memory>

#include "base/printable.h"
#include "scraper/commands/help.h"
#include "scraper/commands/split.h"
#include "scraper/config/config_file.h"
#include "scraper/config/effective.h"
#include "scraper/config/secrets.h"
#include "storage/format.h"

namespace scraper::cli {
namespace {

using std::string_view;

Result<void> apply_given(const std::vector<Given>& given, Settings& settings) {
  for (const Given& one : given) {
    if (one.option->clear != nullptr) one.option->clear(settings);
  }
  for (const Given& one : given) {
    if (auto set = set_option(*one.option, one.name, one.value, settings); !set) {
      return usage_error(fmt::format("--{}: {}", one.name, set.error().context));
    }
  }
  return {};
}

// The last one of this name, which is the one that counts; or null.
const Given* last_given(const std::vector<Given>& given, string_view name) {
  const auto found = std::find_if(given.rbegin(), given.rend(),
                                  [&](const Given& one) { return one.option->name == name; });
  return found == given.rend() ? nullptr : &*found;
}

Result<void> apply_config_of(const std::vector<Given>& given, Settings& settings) {
  const Given* config = last_given(given, "config");
  if (config == nullptr) return {};
  const std::string path(config->value);
  const auto text = read_config(path);
  if (!text) return usage_error("--config: " + text.error().context);
  return apply_config(
      *text, path, [&](const Option& option) { return last_given(given, option.name) != nullptr; },
      settings);
}

// Seeds, options and directory are those of the crawl that is gone on with.
Result<void> check_resume(const SplitArguments& split) {
  for (const string_view name : {"fresh", "output", "config", "input-file"}) {
    if (last_given(split.given, name) != nullptr)
      return usage_error(fmt::format(
          "--resume and --{} do not go together: --resume DIR takes seeds and options from DIR",
          name));
  }
  if (split.arguments.empty()) return {};
  return usage_error(fmt::format("--resume takes the seeds from DIR, so {} cannot be one",
                                 in_quotes(split.arguments.front())));
}

// OUT/crawl.toml in place of --config. Headers are set even where some are given, see
// keep_headers().
Result<void> apply_resume(const Given& resume, const SplitArguments& split, Settings& settings) {
  if (auto checked = check_resume(split); !checked) return checked;
  if (resume.value.empty()) return usage_error("--resume: is empty");
  // First of all: crawl.toml of a later format may have options that are not known here.
  const std::string out(resume.value);
  if (auto read = storage::check_format(out); !read) return read;
  const std::string path = out + "/crawl.toml";
  const auto text = read_config(path);
  if (!text)
    return usage_error(fmt::format("--resume: {} holds no crawl to go on with: {}",
                                   printable(resume.value), text.error().context));
  const auto is_overridden = [&](const Option& option) {
    return option.name != "header" && last_given(split.given, option.name) != nullptr;
  };
  return apply_config(*text, path, is_overridden, settings);
}

// A header given with --resume is mostly the login that crawl.toml does not have, so it replaces of
// the others only one of its name.
void keep_headers(const std::vector<std::string>& before, fetch::FetchOptions& options) {
  std::vector<std::string> kept;
  for (const std::string& header : before) {
    const bool is_replaced =
        std::any_of(options.headers.begin(), options.headers.end(),
                    [&](const std::string& given) { return is_same_header(given, header); });
    if (!is_replaced) kept.push_back(header);
  }
  options.headers.insert(options.headers.begin(), kept.begin(), kept.end());
}

// The files' options, then the command line's.
Result<void> apply_options(const SplitArguments& split, Settings& settings) {
  const Given* resume = last_given(split.given, "resume");
  const auto read = resume == nullptr ? apply_config_of(split.given, settings)
                                      : apply_resume(*resume, split, settings);
  if (!read) return read;
  const std::vector<std::string> headers = settings.crawl.fetch.headers;
  if (auto set = apply_given(split.given, settings); !set) return set;
  if (resume != nullptr && last_given(split.given, "header") != nullptr)
    keep_headers(headers, settings.crawl.fetch);
  return {};
}

Result<void> check_bench(const std::vector<std::string>& words) {
  const bool is_report = !words.empty() && words[0] == "report";
  if (is_report && words.size() == 2) return {};
  if (is_report)
    return usage_error(
        "bench report takes the directory with the figures: scraper bench report bench-out");
  if (words.size() == 1 && (words[0] == "engines" || words[0] == "handoff")) return {};
  return usage_error("bench takes engines, handoff, or report DIR: scraper bench engines --quick");
}

Result<void> check_extract(const Settings& settings) {
  const std::vector<std::string>& words = settings.arguments;
  if (words.size() != 1)
    return usage_error(
        "extract takes one file, - for standard input: scraper extract page.html --base "
        "https://example.com/");
  if (settings.record && words[0] == "-")
    return usage_error("--record needs a file, not standard input");
  if (settings.record && !settings.base.empty())
    return usage_error("--base: the record says itself where it is from");
  if (!settings.record && settings.base.empty())
    return usage_error("extract needs --base URL: where the document is from");
  return {};
}

Result<void> check_url(const Settings& settings) {
  const std::size_t n = settings.arguments.size();
  if (n > 1)
    return usage_error(
        "url takes one URL, or none for JSON lines on standard input: scraper url "
        "https://example.com/");
  if (n == 0 && !settings.base.empty())
    return usage_error("--base: a JSON line says itself what its base is");
  return {};
}

Result<void> check_arguments(Command command, const Settings& settings) {
  const std::vector<std::string>& words = settings.arguments;
  const std::size_t n = words.size();
  switch (command) {
    case kCrawl:
      if (n + settings.input_files.size() == 0 && !settings.crawl.is_resume)
        return usage_error("crawl: no seeds: name a URL or a seed list, or -i FILE");
      break;
    case kFetch:
      if (n != 1) return usage_error("fetch takes one URL: scraper fetch https://example.com/");
      break;
    case kExtract: return check_extract(settings);
    case kUrl: return check_url(settings);
    case kRobots:
      if (n != 1)
        return usage_error(
            "robots takes one file: scraper robots robots.txt --agent Name < urls.txt");
      break;
    case kWhy:
      if (n != 2)
        return usage_error(
            "why takes a URL and the directory of a crawl: scraper why https://example.com/ "
            "crawl-out");
      break;
    case kParse:
      if (n != 1)
        return usage_error("parse takes the directory of a crawl: scraper parse crawl-out");
      break;
    case kAudit:
      if (n != 1)
        return usage_error("audit takes the directory of a crawl: scraper audit crawl-out");
      break;
    case kServe:
      if (settings.is_demo == (n == 1) || n > 1)
        return usage_error("serve takes either --demo or one directory");
      break;
    case kBench: return check_bench(words);
    default:
      if (n != 1 && n != 2)
        return usage_error("report takes the directory of a crawl, or two to compare");
  }
  return {};
}

Invocation text_answer(std::string text) {
  Invocation invocation;
  invocation.kind = Invocation::Kind::kText;
  invocation.text = std::move(text);
  return invocation;
}

Result<Invocation> parse_command(Command command, std::span<const string_view> arguments,
                                 const Machine& machine) {
  auto split = split_arguments(arguments, command);
  if (!split) return split.error();
  Invocation invocation;
  invocation.command = command;
  invocation.settings = default_settings(machine);
  Settings& settings = invocation.settings;
  for (const Given& one : split->given) {  // help is wanted even where the rest is wrong
    if (one.option->name == "help" || one.option->name == "help-all") {
      return text_answer(command_help(command, one.option->name == "help-all"));
    }
  }
  if (auto set = apply_options(*split, settings); !set) return set.error();
  settings.arguments = std::move(split->arguments);
  if (command == kCrawl) {
    if (auto fits = check_sizes(settings.crawl, machine); !fits) return fits.error();
  }
  if (auto settled = settle(settings, machine); !settled) return settled.error();
  if (auto checked = check_arguments(command, settings); !checked) return checked.error();
  invocation.given = std::move(split->given);
  return invocation;
}

bool is_like_a_seed(string_view word) {
  struct stat status {};
  return word.find("://") != string_view::npos ||
         (word.find('.') != string_view::npos && word.front() != '-') ||
         stat(std::string(word).c_str(), &status) == 0;
}

Error unknown_command(string_view word) {
  if (word.front() == '-') {
    const auto name = word.substr(std::min(word.find_first_not_of('-'), word.size()));
    const bool is_ours = option_by_name(name.substr(0, name.find('=')), kEvery) != nullptr ||
                         (name.size() == 1 && option_by_letter(name[0], kEvery) != nullptr);
    if (is_ours)
      return usage_error(
          fmt::format("options follow their command: scraper crawl {} ...", printable(word)));
    constexpr string_view kOwn[] = {"--help", "--help-all", "--version"};
    const auto hint = did_you_mean(word, kOwn);
    return usage_error(fmt::format("{} is no option{}", in_quotes(word),
                                   hint.empty() ? ", see scraper --help" : hint));
  }
  if (is_like_a_seed(word)) {
    return usage_error(fmt::format("{} is no command: did you mean scraper crawl {}?",
                                   in_quotes(word), printable(word.substr(0, 2'000))));
  }
  const auto names = names_of(command_words());
  const auto hint = did_you_mean(word, names);
  return usage_error(
      fmt::format("{} is no command{}", in_quotes(word),
                  hint.empty() ? fmt::format(" (there are {})", fmt::join(names, ", ")) : hint));
}

const Word<Command>* command_named(string_view word) {
  const auto words = command_words();
  const auto found = std::find_if(words.begin(), words.end(),
                                  [&](const Word<Command>& w) { return w.name == word; });
  return found == words.end() ? nullptr : &*found;
}

}  // namespace

Result<Invocation> parse_command_line(std::span<const string_view> arguments,
                                      const Machine& machine) {
  if (arguments.empty() || arguments[0].empty())
    return usage_error("no command: try scraper crawl https://example.com/, or scraper --help");
  const string_view word = arguments[0];
  if (word == "--help" || word == "-h" || word == "--help-all") return text_answer(program_help());
  if (word == "--version" || word == "-V") return text_answer(version_text());
  if (word == "help") {
    const auto* command = arguments.size() > 1 ? command_named(arguments[1]) : nullptr;
    return text_answer(command == nullptr ? program_help() : command_help(command->value, false));
  }
  const auto* command = command_named(word);
  if (command == nullptr) return unknown_command(word);
  return parse_command(command->value, arguments.subspan(1), machine);
}

}  // namespace scraper::cli
