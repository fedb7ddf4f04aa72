// Whether rows of the ledger are where the crawl's options put them: what scope, --include and
// --exclude keep out is excluded and nothing else is by them, and nothing was asked for past
// --depth. So a state that was altered, an option that was, and what was lost of the scope are
// found. What robots.txt forbade at the time is not asked again. One thread.
#pragma once

#include "base/error.h"
#include "scraper/audit/disk/findings.h"
#include "scraper/rules/options.h"
#include "storage/ledger.h"

namespace scraper {

// `asked`: from crawl.toml and seeds.txt. What is wrong goes to `findings`; fails where the rows
// cannot be read.
Result<void> audit_rules(const CrawlOptions& asked, const storage::Ledger& ledger,
                         storage::Findings& findings);

}  // namespace scraper
