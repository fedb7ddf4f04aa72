// What --dry-run prints: what would be crawled, how, and where to. Pure but for asking whether the output directory is there.
#pragma once

#include <string>

#include "scraper/options.h"

namespace scraper::cli {

// `usual` are the options when nothing is said.
std::string describe_crawl(const CrawlOptions& options, const CrawlOptions& usual);

}  // namespace scraper::cli
