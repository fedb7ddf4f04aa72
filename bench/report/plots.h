// Which charts the page has, made from the figures. Pure; any thread.
#pragma once

#include <string>
#include <vector>

#include "bench/report/chart.h"

namespace scraper::bench::report {

struct LegendEntry {
  Paint paint;
  std::string_view glyph;
  std::string text;
};

// Charts that are read together, with one legend.
struct ChartGroup {
  std::string headline;
  std::string caption;
  std::vector<LegendEntry> legend;
  std::vector<Chart> charts;  // none of them empty
};

// Groups without a chart are left out.
std::vector<ChartGroup> charts_of(const Measured& measured);

std::vector<ChartGroup> engine_charts(const EngineRun& run);
std::vector<ChartGroup> handoff_charts(const HandoffRun& run);

}  // namespace scraper::bench::report
