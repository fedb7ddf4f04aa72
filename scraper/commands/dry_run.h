// What --dry-run prints: what would be crawled, how, and where to. Pure but for asking whether the
// output directory is there.
#pragma once

#include <string>

#include "scraper/config/resume.h"
#include "scraper/rules/options.h"

namespace scraper::cli {

// `usual` are the options when nothing is said; `resumed` what is different where an earlier crawl
// would be gone on with, else null.
std::string describe_crawl(const CrawlOptions& options, const CrawlOptions& usual,
                           const ResumeChanges* resumed = nullptr);

}  // namespace scraper::cli
