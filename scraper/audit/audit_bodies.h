// What stored bodies say, read again: that each line of pages.jsonl is the one its capture gives,
// and closure: that every link of a stored page is in the ledger, at the depth it has to be.
//
// Bodies are read twice by a pool of parse workers, never in this process: by gumbo, which judges
// closure, then by the scanner, which has to find what gumbo takes for damage, too, and judges
// alone where gumbo does not get through. A line is right when either gives it: which of them the
// crawl had when it wrote it is not known. Nothing is kept of a body; what is kept of a URL is
// storage/audited_urls.h.
//
// One thread, which waits. The audit of the disk has come to its end before.
#pragma once

#include <cstdint>

#include "base/error.h"
#include "scraper/audit/disk/audit.h"
#include "scraper/rules/options.h"

namespace scraper {

struct BodyFigures {
  std::uint64_t pages = 0;  // captures whose body was read
  std::uint64_t links = 0;  // found in them, of the kinds that are followed
  std::uint64_t lines = 0;  // that are what their capture gives
  std::uint64_t scanned =
      0;  // of the pages: gumbo did not get through, the scanner's links were taken
  std::uint64_t unparsed = 0;  // bodies that neither got through this time
};

// Damage goes to `findings`. An error is none of the crawl's: no worker starts, or the ledger
// cannot be read any more.
Result<BodyFigures> audit_bodies(const CrawlOptions& asked, const storage::Ledger& ledger,
                                 storage::Audited& audited, storage::Findings& findings,
                                 const storage::TellProgress& tell);

}  // namespace scraper
