// The options that the crawl in a directory was started with, for those who read it afterwards:
// audit, why, parse.
#pragma once

#include <string>

#include "base/error.h"
#include "scraper/config/sizing.h"
#include "scraper/rules/options.h"

namespace scraper {

// From OUT/crawl.toml and OUT/seeds.txt. Of how URLs are transferred it reads only what results
// depend on. kFile where there is no crawl, or one of a format that is not read, kInvalid where it
// cannot be read.
Result<CrawlOptions> read_requested(const std::string& out, const cli::Machine& machine);

}  // namespace scraper
