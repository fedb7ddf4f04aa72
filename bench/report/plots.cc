#include "bench/report/plots.h"

#include <fmt/format.h>

#include <algorithm>
#include <iterator>
#include <map>
#include <utility>

#include "bench/report/compare.h"
#include "bench/report/handoffs.h"
#include "bench/report/plane.h"
#include "bench/report/text.h"

namespace scraper::bench::report {

namespace {

struct EngineLook {
  const char* name;
  Paint paint;
  Shape shape;
  bool is_line;
  double size;  // smaller ones are drawn later and leave the larger ones to be seen where they
                // coincide
  const char* text;
};

constexpr EngineLook kEngines[] = {
    {"threads", Paint::kFirst, kDisc, true, 0.8, "threads"},
    {"async", Paint::kSecond, kTriangle, true, 0.55, "async"},
    {"bare-threads", Paint::kFirst, kHollowSquare, false, 0.8, "bare loop of blocking handles"},
    {"bare-multi", Paint::kSecond, kHollowDiamond, false, 0.8, "bare loop of curl multi"}};

struct HandoffLook {
  const char* name;
  Paint paint;
  Shape shape;
};

constexpr HandoffLook kHandoffs[] = {{"file", Paint::kFirst, kDisc},
                                     {"pipe", Paint::kSecond, kTriangle},
                                     {"shm", Paint::kThird, kSquare},
                                     {"inline", Paint::kFourth, kDiamond}};

void sort_by_x(Series& series) {
  std::stable_sort(series.points.begin(), series.points.end(),
                   [](const Point& a, const Point& b) { return a.x < b.x; });
}

void add(ChartGroup& group, Chart chart) {
  if (!is_empty(chart)) group.charts.push_back(std::move(chart));
}

std::vector<LegendEntry> engine_legend(const Plane& plane, bool has_ideal) {
  std::vector<LegendEntry> legend;
  for (const EngineLook& look : kEngines) {
    if (!plane.cells(look.name).empty())
      legend.push_back({look.paint, look.shape.glyph, look.text});
  }
  if (has_ideal) legend.push_back({Paint::kIdeal, "╌╌", "ideal: connections / delay"});
  return legend;
}

// One range for all panels, so that they can be compared by eye.
Axis rates(const Plane& plane) {
  Axis axis{"requests/s", 0, 0, false};
  for (const EngineLook& look : kEngines) {
    for (const EngineCell* cell : plane.cells(look.name)) {
      const Summary& rate = *cell->requests_per_second;
      if (rate.low <= 0) continue;
      axis.least = axis.least == 0 ? rate.low : std::min(axis.least, rate.low);
      axis.most = std::max(axis.most, rate.high);
    }
  }
  axis.least /= 1.4, axis.most *= 1.6;
  return axis;
}

Axis concurrencies(const Plane& plane) {
  Axis axis{"connections", 0, 0, false};
  for (const EngineLook& look : kEngines) {
    for (const EngineCell* cell : plane.cells(look.name)) {
      axis.least = axis.least == 0 ? cell->concurrency : std::min(axis.least, cell->concurrency);
      axis.most = std::max(axis.most, cell->concurrency);
    }
  }
  axis.least /= 1.3, axis.most *= 1.3;
  return axis;
}

ChartGroup throughput(const Plane& plane) {
  ChartGroup group{"Throughput against concurrency", "", engine_legend(plane, true), {}};
  group.caption = fmt::format(
      "A panel for each delay of the server; {} over kept-alive HTTP. Bars are the intervals.",
      size(plane.body()));
  for (const auto& [ms, unused] : plane.rows()) {
    Chart chart{ms == 0 ? "no delay" : fmt::format("delay {} ms", number(ms)),
                concurrencies(plane),
                rates(plane),
                {},
                ms > 0 ? 1000 / ms : 0};
    for (const EngineLook& look : kEngines) {
      Series series{look.paint, look.shape, look.is_line, look.size, {}};
      for (const EngineCell* cell : plane.cells(look.name)) {
        if (cell->delay_ms == ms)
          series.points.push_back({cell->concurrency, *cell->requests_per_second});
      }
      chart.series.push_back(std::move(series));
    }
    add(group, std::move(chart));
  }
  return group;
}

struct DelayLook {
  Paint paint;
  Shape shape;
};

constexpr DelayLook kDelays[] = {{Paint::kFirst, kDisc},
                                 {Paint::kSecond, kTriangle},
                                 {Paint::kThird, kSquare},
                                 {Paint::kFourth, kDiamond},
                                 {Paint::kFifth, kCircle}};

// What a log axis over four decades hides: threads' throughput as a share of async's.
ChartGroup share(const Plane& plane) {
  ChartGroup group{"Threads' throughput as a share of async's",
                   "Below the dashed line threads do less. Bars are what both intervals allow.",
                   {},
                   {}};
  Chart by_connections{"against connections", {"connections"}, {"threads / async"}, {}, 0, 1};
  Chart by_requests{
      "against async's requests/s", {"requests/s by async"}, {"threads / async"}, {}, 0, 1};
  std::size_t n = 0;
  for (const auto& [ms, pairs] : plane.rows()) {
    const DelayLook& look = kDelays[n++ % std::size(kDelays)];
    Series connections{look.paint, look.shape, true, 0.65, {}};
    Series requests = connections;
    for (const Pair& pair : pairs) {
      if (!pair.is_complete()) continue;
      const Summary& rate = *pair.async->requests_per_second;
      const Summary ratio = ratio_of(*pair.threads->requests_per_second, rate);
      connections.points.push_back({pair.concurrency, ratio});
      requests.points.push_back({rate.median, ratio});
    }
    if (!connections.points.empty())
      group.legend.push_back(
          {look.paint, look.shape.glyph, ms == 0 ? "no delay" : with_unit(ms, "ms")});
    by_connections.series.push_back(std::move(connections));
    by_requests.series.push_back(std::move(requests));
  }
  add(group, std::move(by_connections));
  add(group, std::move(by_requests));
  return group;
}

// Every cell of the plane as a point: `y` against requests a second.
template <class Y>
Chart by_rate(const Plane& plane, std::string title, std::string label, Y y) {
  Chart chart{
      std::move(title), {"requests/s", 0, 0, false}, {std::move(label), 0, 0, false}, {}, 0};
  for (const EngineLook& look : kEngines) {
    Series series{look.paint, look.shape, false, look.size, {}};
    for (const EngineCell* cell : plane.cells(look.name)) {
      if (const Figure figure = y(*cell))
        series.points.push_back({cell->requests_per_second->median, *figure});
    }
    sort_by_x(series);
    chart.series.push_back(std::move(series));
  }
  return chart;
}

// The greatest over the delays: what that many connections need.
Chart memory(const Plane& plane) {
  Chart chart{"Memory against connections",
              {"connections", 0, 0, false},
              {"peak resident, MB", 0, 0, false},
              {},
              0};
  for (const EngineLook& look : kEngines) {
    std::map<double, Summary> most;
    for (const EngineCell* cell : plane.cells(look.name)) {
      if (!cell->peak_memory) continue;
      Summary& so_far = most[cell->concurrency];
      if (cell->peak_memory->median > so_far.median) so_far = *cell->peak_memory;
    }
    Series series{look.paint, look.shape, look.is_line, look.size, {}};
    constexpr double kMega = 1024 * 1024;
    for (const auto& [count, bytes] : most) {
      series.points.push_back({count,
                               {bytes.median / kMega, bytes.low / kMega, bytes.high / kMega,
                                bytes.repeats, bytes.is_range}});
    }
    chart.series.push_back(std::move(series));
  }
  return chart;
}

ChartGroup costs(const Plane& plane) {
  ChartGroup group{"What a request costs",
                   "Every cell of the plane is a point; bars are the intervals.",
                   engine_legend(plane, false),
                   {}};
  add(group, by_rate(plane, "CPU a request against requests/s", "CPU a request, µs",
                     [](const EngineCell& cell) { return cell.cpu_us; }));
  add(group, memory(plane));
  add(group, by_rate(plane, "Context switches a request", "voluntary and involuntary",
                     [](const EngineCell& cell) {
                       return sum_of(cell.switches_voluntary, cell.switches_involuntary);
                     }));
  add(group, by_rate(plane, "System calls a request", "system calls",
                     [](const EngineCell& cell) { return cell.syscalls; }));
  add(group,
      by_rate(plane, "Latency beyond the delay, 99th percentile", "ms", [](const EngineCell& cell) {
        return cell.latency_p99_us ? Figure(scaled(*cell.latency_p99_us, 1e-3)) : Figure();
      }));
  return group;
}

template <class Y>
Chart by_payload(const HandoffTable& table, std::string title, std::string label,
                 std::string_view direction, std::string_view work, Y y) {
  Chart chart{std::move(title), {"payload", 0, 0, true}, {std::move(label), 0, 0, false}, {}, 0};
  for (const HandoffLook& look : kHandoffs) {
    Series series{look.paint, look.shape, true, 0.65, {}};
    for (const double payload : table.payloads()) {
      const HandoffCell* cell =
          table.cell(look.name, direction, work, payload, table.usual_workers());
      if (cell == nullptr) continue;
      if (const Figure figure = y(*cell)) series.points.push_back({payload, *figure});
    }
    chart.series.push_back(std::move(series));
  }
  return chart;
}

Figure pages(const HandoffCell& cell) { return cell.pages_per_second; }
Figure cpu(const HandoffCell& cell) { return cell.cpu_us; }

Figure megabytes(const HandoffCell& cell) {
  constexpr double kMega = 1024 * 1024;
  if (!cell.bytes_per_second) return {};
  return scaled(*cell.bytes_per_second, 1 / kMega);
}

ChartGroup handoffs(const HandoffTable& table) {
  ChartGroup group{"Hand-off against payload", "", {}, {}};
  group.caption = fmt::format(
      "With {} worker{}; file is on disk with its descriptor kept. Bars are the intervals.",
      number(table.usual_workers()), table.usual_workers() == 1 ? "" : "s");
  for (const HandoffLook& look : kHandoffs)
    group.legend.push_back({look.paint, look.shape.glyph, look.name});
  add(group, by_payload(table, "Pages a second, without work", "pages/s", "in", "none", pages));
  add(group, by_payload(table, "MB a second, without work", "MB/s", "in", "none", megabytes));
  add(group,
      by_payload(table, "CPU a page, without work", "owner and workers, µs", "in", "none", cpu));
  add(group, by_payload(table, "Pages a second, parsed by gumbo", "pages/s", "in", "gumbo", pages));
  add(group, by_payload(table, "CPU a page, parsed by gumbo", "owner and workers, µs", "in",
                        "gumbo", cpu));
  add(group,
      by_payload(table, "Pages a second, read by the scanner", "pages/s", "in", "scan", pages));
  add(group, by_payload(table, "CPU a page, read by the scanner", "owner and workers, µs", "in",
                        "scan", cpu));
  add(group, by_payload(table, "Pages a second, the payload is the answer", "pages/s", "out",
                        "none", pages));
  return group;
}

struct WayLook {
  FileWay way;
  Paint paint;
  Shape shape;
  const char* text;
};

constexpr WayLook kWays[] = {
    {{"disk", "kept"}, Paint::kFirst, kDisc, "disk, descriptor kept"},
    {{"disk", "each"}, Paint::kSecond, kTriangle, "disk, path opened for each page"},
    {{"tmpfs", "kept"}, Paint::kThird, kSquare, "tmpfs, descriptor kept"},
    {{"tmpfs", "each"}, Paint::kFourth, kDiamond, "tmpfs, path opened for each page"}};

ChartGroup file_ways(const HandoffTable& table) {
  ChartGroup group{"The file hand-off: disk and tmpfs, descriptor and path",
                   "Without work, the payload goes to the worker.",
                   {},
                   {}};
  Chart pages_chart{"Pages a second", {"payload", 0, 0, true}, {"pages/s", 0, 0, false}, {}, 0};
  Chart cpu_chart{
      "CPU a page", {"payload", 0, 0, true}, {"owner and workers, µs", 0, 0, false}, {}, 0};
  for (const WayLook& look : kWays) {
    Series rate{look.paint, look.shape, true, 0.65, {}};
    Series cost = rate;
    for (const double payload : table.payloads()) {
      const HandoffCell* cell = table.file_cell(look.way, payload, table.usual_workers());
      if (cell == nullptr) continue;
      rate.points.push_back({payload, *cell->pages_per_second});
      if (cell->cpu_us) cost.points.push_back({payload, *cell->cpu_us});
    }
    if (!rate.points.empty()) group.legend.push_back({look.paint, look.shape.glyph, look.text});
    pages_chart.series.push_back(std::move(rate));
    cpu_chart.series.push_back(std::move(cost));
  }
  if (group.legend.size() < 2) return group;  // one way alone is in the group before
  add(group, std::move(pages_chart));
  add(group, std::move(cpu_chart));
  return group;
}

std::vector<ChartGroup> without_empty(std::vector<ChartGroup> groups) {
  std::erase_if(groups, [](const ChartGroup& group) { return group.charts.empty(); });
  return groups;
}

}  // namespace

std::vector<ChartGroup> engine_charts(const EngineRun& run) {
  const Plane plane(run);
  return without_empty({throughput(plane), share(plane), costs(plane)});
}

std::vector<ChartGroup> handoff_charts(const HandoffRun& run) {
  const HandoffTable table(run);
  return without_empty({handoffs(table), file_ways(table)});
}

std::vector<ChartGroup> charts_of(const Measured& measured) {
  std::vector<ChartGroup> all;
  if (measured.engines) all = engine_charts(*measured.engines);
  if (!measured.handoffs) return all;
  for (ChartGroup& group : handoff_charts(*measured.handoffs)) all.push_back(std::move(group));
  return all;
}

}  // namespace scraper::bench::report
