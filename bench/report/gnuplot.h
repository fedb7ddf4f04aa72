// gnuplot as a child: script in, SVG out. An optional tool: where it is not installed the page goes
// without plots.
#pragma once

#include <chrono>
#include <string>
#include <string_view>

#include "base/error.h"

namespace scraper::bench::report {

struct Gnuplot {
  std::string program = "gnuplot";  // looked for in $PATH
  std::chrono::milliseconds patience = std::chrono::seconds(20);
  std::size_t most_bytes = 2 << 20;
};

// What gnuplot prints for `script`. It is spawned without a shell and reads no start-up file; its
// standard input is memory, its standard error goes nowhere. Fails when it cannot be started
// (Errc::kUsage when it is not there), ends with another code than 0, or oversteps a limit: it is
// killed then. Blocks.
Result<std::string> run_gnuplot(const Gnuplot& gnuplot, std::string_view script);

// gnuplot's SVG document as an element of the page: no prologue, ids that begin with `prefix`, the
// page's own font, stand-in colours (report/paint.h) replaced. Fails when it is no such document.
// Pure.
Result<std::string> as_element(std::string_view document, std::string_view prefix,
                               std::string_view label);

}  // namespace scraper::bench::report
