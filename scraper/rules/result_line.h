// The result line of a URL, from what is known of it. The crawl, `scraper parse` and the audit make
// their lines here, so that the same facts give the same bytes. Pure; any thread.
#pragma once

#include "base/capture.h"
#include "base/place.h"
#include "parse/outcome.h"
#include "scraper/rules/options.h"
#include "scraper/rules/outcome.h"
#include "storage/results.h"

namespace scraper {

// `line` with all the rest of it: it has what neither capture nor document says, the URL, its
// referrer, depth and attempts. `parsed` as for outcome_of(), which `outcome` is of. The line has
// views into all that it is given.
storage::ResultLine result_line(storage::ResultLine line, const Seed& seed, const Capture& capture,
                                Place place, const parse::ParseOutcome* parsed,
                                const Outcome& outcome, const CrawlOptions& options);

}  // namespace scraper
