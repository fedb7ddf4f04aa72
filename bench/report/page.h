// The answer as one HTML page that needs nothing else: no script, no request, its plots inline; for
// a phone and a wide screen, light and dark, and for paper. Pure; any thread. Everything that comes
// from a file is escaped.
#pragma once

#include <string>
#include <vector>

#include "bench/report/data.h"
#include "bench/report/findings.h"
#include "bench/report/plots.h"

namespace scraper::bench::report {

struct DrawnGroup {
  std::string headline;
  std::string caption;
  std::vector<LegendEntry> legend;
  struct Drawing {
    std::string title;
    std::string svg;  // an <svg> element
  };
  std::vector<Drawing> drawings;
};

struct Drawn {
  std::vector<DrawnGroup> groups;
  std::string missing;  // why there are none, or not all; a sentence, empty when all are there
};

std::string page_of(const Measured& measured, const std::vector<Finding>& findings,
                    const Drawn& drawn);

// Its parts: every cell there is, as tables (<section> elements).
std::string engine_tables(const EngineRun& run);
std::string handoff_tables(const HandoffRun& run);
extern const std::string_view kColours;    // CSS variables, light and dark
extern const std::string_view kPageStyle;  // the rest of the page's CSS

// One group as an SVG document of its own, for a page that shows pictures: light and dark too, its
// legend above.
std::string picture_of(const DrawnGroup& group);

}  // namespace scraper::bench::report
