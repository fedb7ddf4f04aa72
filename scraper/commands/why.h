// `scraper why URL OUT`: what became of a URL in the crawl in OUT and why, or what would become of
// one that was never seen. Reads the disk only; what it finds out is why_facts.h, how it is said
// why_text.h.
#pragma once

#include "scraper/config/option_table.h"
#include "scraper/config/sizing.h"

namespace scraper {

// The exit code: 0 for an answer, also about a URL never seen; 2 for what is no URL; 3 where no
// crawl can be read.
int run_why(const cli::Settings& settings, const cli::Machine& machine);

}  // namespace scraper
