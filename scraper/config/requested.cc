#include "scraper/config/requested.h"

#include <fmt/format.h>
#include <sys/stat.h>

#include <algorithm>
#include <cerrno>
#include <utility>

#include "base/file.h"
#include "base/printable.h"
#include "scraper/config/effective.h"
#include "scraper/config/option_table.h"
#include "scraper/config/seed_list.h"
#include "scraper/config/toml.h"
#include "storage/format.h"
#include "storage/output_directory.h"

namespace scraper {

namespace {

using std::string_view;

constexpr std::size_t kMostOptions = 1u << 20;

// How it is transferred decides nothing about a URL or its line, and files that are named there may
// be gone.
bool is_about_urls(const cli::Option& option) {
  return option.group != cli::Group::kTransfer || option.decides_lines;
}

Result<void> apply(string_view toml, const std::string& path, cli::Settings& settings) {
  const auto entries = cli::parse_toml(toml, path);
  if (!entries) return Error{Errc::kInvalid, entries.error().context};
  for (const cli::TomlEntry& entry : *entries) {
    const cli::Option* option = cli::option_by_name(entry.key, cli::kCrawl);
    if (option == nullptr) {
      return Error{Errc::kInvalid,
                   fmt::format("{}:{}: {} is an option that this version does not know", path,
                               entry.line, cli::in_quotes(entry.key))};
    }
    if (!is_about_urls(*option)) continue;
    for (const std::string& value : entry.values) {
      if (auto set = set_option(*option, entry.key, value, settings); !set)
        return Error{Errc::kInvalid, fmt::format("{}:{}: {}: {}", path, entry.line, entry.key,
                                                 set.error().context)};
    }
  }
  return {};
}

}  // namespace

Result<CrawlOptions> read_requested(const std::string& out, const cli::Machine& machine) {
  std::string directory = storage::OutputDirectory::name_of(out);
  if (auto read = storage::check_format(directory); !read) return read.error();
  struct stat status {};
  if (::stat((directory + "/ledger/CURRENT").c_str(), &status) != 0) {
    if (errno == EACCES) return errno_error("cannot read", printable(out));
    return Error{Errc::kFile,
                 fmt::format("{} holds no crawl: there is no ledger in it", printable(out))};
  }
  const auto toml = read_file(directory + "/crawl.toml", kMostOptions);
  if (!toml) return toml.error();
  cli::Settings settings = cli::default_settings(machine);
  if (auto applied = apply(*toml, printable(directory) + "/crawl.toml", settings); !applied)
    return applied.error();
  CrawlOptions asked = std::move(settings.crawl);
  asked.parser = cli::chosen_parser(settings.parser);
  asked.output = std::move(directory);
  auto seeds = cli::read_seed_list(asked.output + "/seeds.txt", asked.query_rules);
  if (!seeds) return Error{Errc::kFile, seeds.error().context};
  asked.seeds = std::move(seeds->seeds);
  return asked;
}

}  // namespace scraper
