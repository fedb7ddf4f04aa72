// Measurements in a line each, for the tests of what is said of them: figures with six repeats and
// an interval of 1 % either way.
#pragma once

#include <string>
#include <utility>

#include "bench/report/data.h"
#include "bench/report/findings.h"

namespace scraper::test {

inline bench::Summary about(double median, double spread = 0.01) {
  return {median, median * (1 - spread), median * (1 + spread), 6, false};
}

inline bench::report::EngineCell engine_cell(std::string engine, double concurrency,
                                             double delay_ms, double rate) {
  bench::report::EngineCell cell;
  cell.engine = std::move(engine);
  cell.scheme = "http";
  cell.connection = "kept";
  cell.concurrency = concurrency;
  cell.delay_ms = delay_ms;
  cell.body = 10240;
  cell.requests_per_second = about(rate);
  return cell;
}

// Both engines in one place.
inline void add_pair(bench::report::EngineRun& run, double concurrency, double delay_ms,
                     double threads, double async) {
  run.cells.push_back(engine_cell("threads", concurrency, delay_ms, threads));
  run.cells.push_back(engine_cell("async", concurrency, delay_ms, async));
}

inline bench::report::HandoffCell handoff_cell(std::string handoff, double payload, double rate,
                                               std::string work = "none") {
  bench::report::HandoffCell cell;
  cell.handoff = std::move(handoff);
  if (cell.handoff == "file") cell.storage = "disk", cell.open = "kept";
  cell.direction = "in";
  cell.work = std::move(work);
  cell.payload = payload;
  cell.workers = 1;
  cell.pages_per_second = about(rate);
  return cell;
}

inline bool has(const std::string& text, std::string_view part) {
  return text.find(part) != text.npos;
}

// The finding with that headline, its details a line each below its text; "" when there is none.
// No-break spaces are plain ones here.
inline std::string said(const std::vector<bench::report::Finding>& findings,
                        std::string_view headline) {
  for (const bench::report::Finding& finding : findings) {
    if (!finding.headline.starts_with(headline)) continue;
    std::string text = finding.text;
    for (const std::string& detail : finding.details) text += "\n" + detail;
    for (std::size_t at = text.find("\u00a0"); at != text.npos; at = text.find("\u00a0", at))
      text.replace(at, 2, " ");
    return text;
  }
  return "";
}

}  // namespace scraper::test
