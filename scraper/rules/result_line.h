// The result line of a URL, from what is known of it. The crawl and `scraper parse` make their
// lines here, so that the same facts give the same bytes. Pure; any thread.
#pragma once

#include <string_view>

#include "base/capture.h"
#include "base/place.h"
#include "parse/outcome.h"
#include "scraper/rules/options.h"
#include "scraper/rules/outcome.h"
#include "storage/results.h"

namespace scraper {

// What neither the capture nor the document says. The views are those of the line.
struct LineFacts {
  std::string_view url;
  std::string_view referrer;  // empty for a seed
  unsigned depth = 0;
  unsigned depth_width = 0;
  unsigned attempts = 1;
  const Seed* seed = nullptr;  // never null
};

// `parsed` as for outcome_of(), which `outcome` is of. The line has views into all that it is
// given.
storage::ResultLine result_line(const LineFacts& facts, const Capture& capture, Place place,
                                const parse::ParseOutcome* parsed, const Outcome& outcome,
                                const CrawlOptions& options);

}  // namespace scraper
