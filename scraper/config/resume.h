// Whether a crawl may be gone on with under these options, and what is different from now on. Pure;
// any thread.
//
// What was asked of a crawl stands in its crawl.toml and seeds.txt. Which options may change is
// said in the option table (Change): how, how fast and how far may, what belongs to the crawl and
// what its lines look like may not, and the seeds may not. A login or a proxy with credentials that
// the crawl had and that is not given again is refused by name: nobody keeps its value, and without
// it this would silently become another crawl.
#pragma once

#include <cstdint>
#include <optional>
#include <string>
#include <string_view>
#include <vector>

#include "base/error.h"
#include "scraper/rules/options.h"

namespace scraper::cli {

struct ResumeChanges {
  std::optional<std::uint32_t>
      old_depth;  // where --depth has grown, so that what depth had cut is to be offered again
  std::vector<std::string>
      told;  // "engine: async instead of threads", safe to show, in the order of --help
};

// `old_toml` and `old_seed_list` are the files' texts. An option that `old_toml` does not name (its
// program had none such) was at its default. Fails with kUsage in one line: what differs, how it
// was, how it is, and the ways on. What concerns the terminal alone is not told.
Result<ResumeChanges> compare_for_resume(std::string_view old_toml, std::string_view old_seed_list,
                                         const CrawlOptions& now);

// Lines for the person: what is taken otherwise than before, indented.
std::string describe_changes(const ResumeChanges& changes);

}  // namespace scraper::cli
