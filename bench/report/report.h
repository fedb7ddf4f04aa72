// The answer of a measurement, from the JSON in its directory: as a page (run_bench_report in
// scraper/bench/bench.h; beside it, where engines were measured and gnuplot is there,
// throughput.svg, its first group of plots as a picture) and as plain text.
#pragma once

#include <string>

#include "base/error.h"
#include "bench/report/gnuplot.h"

namespace scraper::bench {

// The findings in words, wrapped at 100 columns: what `scraper bench` ends with. Reads; blocks.
Result<std::string> findings_text(const std::string& directory);

// Why the page of `directory` will have no plots, and what to do about it, a line; empty: gnuplot
// is there. Starts it; blocks.
std::string why_no_plots(const std::string& directory, const report::Gnuplot& gnuplot = {});

}  // namespace scraper::bench
