// The stored pages of a crawl parsed again, by a pool like the crawl's, into a new file of result
// lines. With the options of the crawl every line is the same bytes as its line in OUT/pages.jsonl;
// the lines stand in the order of the archive.
//
// The ledger is opened read-only and no lock is taken: beside a crawl that runs, or after a kill,
// it is the crawl as of its last barrier. Nothing else in OUT is written: a document that no worker
// gets through has its line as in the crawl, and is not set aside anew.
#pragma once

#include <string>

#include "scraper/rules/options.h"

namespace scraper {

// `options` are the crawl's, with what shall differ; `path` is the new file, "-" standard output.
// Returns the exit code: 3 where no crawl can be read, the archive is damaged or the file is there
// already; 130 and 143 when interrupted. The file appears whole and synced, or not at all. One
// thread, which waits.
int reparse(const CrawlOptions& options, const std::string& path);

}  // namespace scraper
