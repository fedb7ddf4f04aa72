// OUT/crawl.toml and OUT/seeds.txt: what a crawl was asked. Written when it begins, held against
// what is asked when it is gone on with.
//
// They are on disk before the ledger is made, so a directory with a ledger has both. Owner's
// thread; files are small, and it waits.
#pragma once

#include <optional>
#include <string>

#include "base/error.h"
#include "scraper/config/resume.h"
#include "scraper/rules/options.h"

namespace scraper {

// Begins a crawl in `out` (writes both files; `effective` is the text of crawl.toml) and returns
// nothing; or, where `has_crawl`, reads what it was asked before and returns what is different now.
// That writes nothing: see keep_options().
//
// Fails with kUsage where the crawl cannot go on like this, as compare_for_resume() does.
Result<std::optional<cli::ResumeChanges>> begin_or_compare(const std::string& out, bool has_crawl,
                                                           const CrawlOptions& options,
                                                           const std::string& effective);

// What would be different if the crawl in `out` were gone on with.
Result<cli::ResumeChanges> changes_since(const std::string& out, const CrawlOptions& options);

// Replaces OUT/crawl.toml. To be called when what follows from the changes is durable in the
// ledger: a crawl that is killed before that must find the old options, or what a larger depth
// offers again would be forgotten.
Result<void> keep_options(const std::string& out, const std::string& effective);

// --resume goes on with a crawl or not at all: kUsage where there is none, else what
// OutputDirectory::check() says.
Result<void> check_resumable(const std::string& out);

// "/usr/bin/scraper crawl --resume /home/me/crawl-out": to be pasted into a shell anywhere.
std::string resume_command(const CrawlOptions& options);

}  // namespace scraper
