#include "scraper/crawl/crawl_files.h"

#include <fmt/format.h>

#include <filesystem>

#include "base/file.h"
#include "base/kill_point.h"
#include "base/printable.h"
#include "base/shell_word.h"
#include "scraper/config/seed_list.h"
#include "storage/output_directory.h"

namespace scraper {

namespace {

constexpr std::size_t kMostOptions = 1u << 20;
constexpr std::size_t kMostSeeds = 1u << 30;

std::string options_path(const std::string& out) { return out + "/crawl.toml"; }
std::string seeds_path(const std::string& out) { return out + "/seeds.txt"; }

// crawl.toml is the first, after a power cut too: without it seeds.txt would be somebody's own, see
// storage/output_directory.cc.
Result<void> begin(const std::string& out, const CrawlOptions& options,
                   const std::string& effective) {
  if (auto written = write_new_file(options_path(out), effective); !written) return written;
  if (auto synced = sync_directory(out); !synced) return synced;
  kill_point("begin.options");
  if (auto written = write_new_file(seeds_path(out), cli::to_seed_list(options.seeds)); !written)
    return written;
  auto synced = sync_directory(out);
  kill_point("begin.synced");
  return synced;
}

}  // namespace

Result<std::optional<cli::ResumeChanges>> begin_or_compare(const std::string& out, bool has_crawl,
                                                           const CrawlOptions& options,
                                                           const std::string& effective) {
  if (!has_crawl) {
    if (auto begun = begin(out, options, effective); !begun) return begun.error();
    return std::optional<cli::ResumeChanges>();
  }
  auto changes = changes_since(out, options);
  if (!changes) return changes.error();
  return std::optional(std::move(*changes));
}

Result<cli::ResumeChanges> changes_since(const std::string& out, const CrawlOptions& options) {
  const auto toml = read_file(options_path(out), kMostOptions);
  if (!toml) return toml.error();
  const auto seeds = read_file(seeds_path(out), kMostSeeds);
  if (!seeds) return seeds.error();
  return cli::compare_for_resume(*toml, *seeds, options);
}

Result<void> keep_options(const std::string& out, const std::string& effective) {
  return replace_file(options_path(out), effective);
}

Result<void> check_resumable(const std::string& out) {
  using storage::OutputDirectory;
  const auto contents = OutputDirectory::check(out, false);
  if (!contents) return contents.error();
  if (*contents == OutputDirectory::Contents::kCrawl) return {};
  return usage_error(fmt::format("--resume: {} holds no crawl to go on with", printable(out)));
}

std::string resume_command(const CrawlOptions& options) {
  std::filesystem::path path;
  for (const auto& part : std::filesystem::absolute(options.output)) {
    if (part != ".") path /= part;  // and ".." stays: where link/.. is only the file system knows
  }
  const std::string out = storage::OutputDirectory::name_of(path.string());
  return fmt::format("{} crawl --resume {}", shell_quoted(own_path()), shell_quoted(out));
}

}  // namespace scraper
