// The answer of a measurement, from the JSON in its directory: as a page (run_bench_report in scraper/bench/bench.h; beside it, where
// engines were measured and gnuplot is there, throughput.svg, its first group of plots as a picture) and as plain text.
#pragma once

#include <string>

#include "scraper/base/error.h"

namespace scraper::bench {

// The findings in words, wrapped at 100 columns: what `scraper bench` ends with. Reads; blocks.
Result<std::string> findings_text(const std::string& directory);

}  // namespace scraper::bench
