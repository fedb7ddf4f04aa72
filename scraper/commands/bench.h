// `scraper bench`: measurements of the program. The laboratory is a program of its own,
// scraper-bench, which lies beside this one where somebody has built it.
#pragma once

#include "scraper/config/option_table.h"

namespace scraper {

// Becomes scraper-bench. Returns only when that cannot be started: the exit code, after a message.
int run_bench(const cli::Settings& settings);

}  // namespace scraper
