#include "scraper/config/config_file.h"

#include <fmt/format.h>

#include <algorithm>
#include <cerrno>
#include <cstdio>
#include <memory>

#include "base/printable.h"
#include "scraper/config/effective.h"
#include "scraper/config/toml.h"

namespace scraper::cli {
namespace {

constexpr std::size_t kMostConfig = 1u << 20;

Result<const Option*> option_of(const TomlEntry& entry) {
  const Option* option = option_by_name(entry.key, kCrawl);
  if (option != nullptr && option->is_of_the_call) {
    return usage_error(fmt::format("{} is for the command line only", option->name));
  }
  if (option != nullptr) return option;
  std::vector<std::string_view> names = option_names(kCrawl);
  std::erase_if(names,
                [](std::string_view name) { return option_by_name(name, kCrawl)->is_of_the_call; });
  return usage_error(fmt::format("{} is no option of crawl{}", in_quotes(entry.key),
                                 did_you_mean(entry.key, names)));
}

Result<void> set_from(const TomlEntry& entry, const Option& option, Settings& settings) {
  const bool is_flag = option.kind == Kind::kFlag;
  if (is_flag != (entry.type == TomlType::kBoolean)) {
    return usage_error(is_flag ? fmt::format("{} is true or false", entry.key)
                               : fmt::format("{} takes a value ({}), not true or false", entry.key,
                                             option.argument));
  }
  if (entry.type == TomlType::kArray && option.kind != Kind::kList &&
      option.kind != Kind::kBareList) {
    return usage_error(fmt::format("{} takes one value, no array", entry.key));
  }
  for (const std::string& value : entry.values) {
    if (auto set = set_option(option, entry.key, value, settings); !set)
      return usage_error(fmt::format("{}: {}", entry.key, set.error().context));
  }
  return {};
}

}  // namespace

Result<void> apply_config(std::string_view text, std::string_view name,
                          const std::function<bool(const Option&)>& is_overridden,
                          Settings& settings) {
  const std::string shown = printable(name);
  const auto entries = parse_toml(text, shown);
  if (!entries) return entries.error();
  Settings unused = settings;  // a value the command line overrides is checked all the same
  for (const TomlEntry& entry : *entries) {
    const auto option = option_of(entry);
    const auto set = option ? set_from(entry, **option, is_overridden(**option) ? unused : settings)
                            : Result<void>(option.error());
    if (!set) return usage_error(fmt::format("{}:{}: {}", shown, entry.line, set.error().context));
  }
  return {};
}

Result<std::string> read_config(const std::string& path) {
  errno = 0;
  const std::unique_ptr<std::FILE, int (*)(std::FILE*)> file(std::fopen(path.c_str(), "rbe"),
                                                             &std::fclose);
  if (!file) return usage_error(errno_error("cannot open", printable(path)).context);
  std::string text(kMostConfig + 1, '\0');
  text.resize(std::fread(text.data(), 1, text.size(), file.get()));
  if (std::ferror(file.get()) != 0)
    return usage_error(errno_error("cannot read", printable(path)).context);
  if (text.size() > kMostConfig)
    return usage_error(fmt::format("{} is larger than 1 MiB", printable(path)));
  return text;
}

}  // namespace scraper::cli
