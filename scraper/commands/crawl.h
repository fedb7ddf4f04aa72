// `scraper crawl`: a crawl from its options to the exit code.
#pragma once

#include <string>

#include "scraper/rules/options.h"

namespace scraper {

// Runs `options` to its end: progress on standard error, OUT/report.json, the summary. `effective`
// is the text of OUT/crawl.toml. Returns the exit code of the program.
int run_crawl(const CrawlOptions& options, const std::string& effective);

}  // namespace scraper
