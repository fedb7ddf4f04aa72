// `scraper audit OUT`: whether a crawl's books are true, from its disk alone. Nothing is written,
// and crawls are kept out of OUT meanwhile. What is proven: storage/audit.h and audit_bodies.h; how
// it is said: audit_text.h.
#pragma once

#include "scraper/config/option_table.h"
#include "scraper/config/sizing.h"

namespace scraper {

// The exit code: 0 nothing is wrong; 9 something is; 3 there is no crawl; 11 a crawl runs there.
int run_audit(const cli::Settings& settings, const cli::Machine& machine);

}  // namespace scraper
