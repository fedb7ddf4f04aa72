#include "bench/report/chart.h"

#include <fmt/format.h>

#include <algorithm>
#include <cmath>
#include <limits>

#include "bench/report/text.h"

namespace scraper::bench::report {

namespace {

struct Range {
  double least = std::numeric_limits<double>::infinity();
  double most = 0;

  void take(double value) {
    if (value <= 0) return;
    least = std::min(least, value);
    most = std::max(most, value);
  }
};

bool is_drawable(const Point& point) { return point.x > 0 && point.y.median > 0; }

// A little room around the data, so that no mark lies on the frame.
Range padded(Range range, double room) { return {range.least / room, range.most * room}; }

Range range_of(const Chart& chart, const Axis& axis, bool is_x) {
  if (axis.most > axis.least) return {axis.least, axis.most};
  Range range;
  for (const Series& series : chart.series) {
    for (const Point& point : series.points) {
      if (!is_drawable(point)) continue;
      for (const double value :
           is_x ? std::vector{point.x} : std::vector{point.y.low, point.y.median, point.y.high})
        range.take(value);
    }
  }
  return padded(range, range.most / range.least < 3 ? 1.08 : 1.25);
}

// 1, 10, 1k, 10k, 1M
std::string short_number(double value) {
  for (const auto& [unit, name] : {std::pair{1e9, "G"}, {1e6, "M"}, {1e3, "k"}}) {
    if (value >= unit) return number(value / unit) + name;
  }
  return number(value);
}

std::string tick_label(double at, bool is_size) { return is_size ? size(at) : short_number(at); }

// A short range: at even steps of 1, 2 or 5.
std::vector<Tick> even_ticks(double least, double most, bool is_size) {
  const double rough = (most - least) / 4;
  const double decade = std::pow(10, std::floor(std::log10(rough)));
  const double step = decade * (rough / decade < 2 ? 1 : rough / decade < 5 ? 2 : 5);
  std::vector<Tick> all;
  for (double n = std::ceil(least / step); n * step <= most; ++n)
    all.push_back({n * step, tick_label(n * step, is_size)});
  return all;
}

std::vector<Tick> decade_ticks(double least, double most, bool is_size, bool has_names_between) {
  std::vector<Tick> all;
  for (double decade = std::pow(10, std::floor(std::log10(least))); decade <= most; decade *= 10) {
    for (int digit = 1; digit < 10; ++digit) {
      // 1 KB is 1,024 bytes or 1,000, as its measurement had it: on a log axis that is a hair's
      // breadth.
      const double at = decade * digit;
      if (at < least || at > most) continue;
      const bool is_named = digit == 1 || (has_names_between && (digit == 2 || digit == 5));
      all.push_back({at, is_named ? tick_label(at, is_size) : ""});
    }
  }
  return all;
}

std::string axis_lines(const char* name, const Axis& axis, const Range& range) {
  std::vector<std::string> marks;
  for (const Tick& tick : ticks(range.least, range.most, axis.is_size)) {
    marks.push_back(
        fmt::format("\"{}\" {:.9g} {}", tick.label, tick.at, tick.label.empty() ? 1 : 0));
  }
  return fmt::format(
      "set {0}label \"{1}\" textcolor rgb \"{4}\"\nset {0}range [{2:.9g}:{3:.9g}]\nset {0}tics "
      "nomirror scale 0.6,0.3 textcolor "
      "rgb \"{4}\" ({5})\n",
      name, axis.label, range.least, range.most, stand_in(Paint::kText), joined(marks));
}

std::string data_block(std::size_t n, const Series& series) {
  std::string text = fmt::format("$d{} << END\n", n);
  for (const Point& point : series.points) {
    if (!is_drawable(point)) continue;
    // An interval that reaches zero reaches the edge.
    const double low = point.y.low > 0 ? point.y.low : point.y.median * 1e-6;
    text +=
        fmt::format("{:.9g} {:.9g} {:.9g} {:.9g}\n", point.x, point.y.median, low, point.y.high);
  }
  return text + "END\n";
}

std::string plot_of(std::size_t n, const Series& series) {
  return fmt::format("$d{} using 1:2:3:4 with {} lc rgb \"{}\" pt {} ps {} lw {}", n,
                     series.is_line ? "yerrorlines" : "yerrorbars", stand_in(series.paint),
                     series.shape.gnuplot, series.size, series.is_line ? 1.6 : 1.2);
}

}  // namespace

bool is_empty(const Chart& chart) {
  return std::none_of(chart.series.begin(), chart.series.end(), [](const Series& series) {
    return std::any_of(series.points.begin(), series.points.end(), is_drawable);
  });
}

std::vector<Tick> ticks(double least, double most, bool is_size) {
  if (!(least > 1e-12 && most > least && most < 1e15)) return {};
  const double decades = std::log10(most / least);
  return decades < 0.7 ? even_ticks(least, most, is_size)
                       : decade_ticks(least, most, is_size, decades < 2);
}

std::string script_of(const Chart& chart) {
  const Range x = range_of(chart, chart.x, true);
  const Range y = range_of(chart, chart.y, false);
  std::string script = fmt::format(
      "set encoding utf8\nset terminal svg size {},{} dynamic enhanced font \"sans,13\"\n",
      kChartWidth, kChartHeight);
  script += fmt::format(
      "set logscale xy\nset border 3 lc rgb \"{}\"\nset grid lt 1 lw 0.6 lc rgb \"{}\"\n",
      stand_in(Paint::kAxis), stand_in(Paint::kGrid));
  script +=
      "unset key\nset errorbars 0.7\nset lmargin 7.5\nset rmargin 1.2\nset tmargin 0.8\nset "
      "bmargin 3.1\n";
  script += axis_lines("x", chart.x, x) + axis_lines("y", chart.y, y);
  std::vector<std::string> plots;
  if (chart.ideal_slope > 0) {
    plots.push_back(fmt::format("{:.9g} * x with lines lc rgb \"{}\" lw 1.2 dt (8,5)",
                                chart.ideal_slope, stand_in(Paint::kIdeal)));
  }
  if (chart.level > 0)
    plots.push_back(fmt::format("{:.9g} with lines lc rgb \"{}\" lw 1.2 dt (8,5)", chart.level,
                                stand_in(Paint::kIdeal)));
  for (std::size_t n = 0; n < chart.series.size(); ++n) {
    const Series& series = chart.series[n];
    if (std::none_of(series.points.begin(), series.points.end(), is_drawable)) continue;
    script += data_block(n, series);
    plots.push_back(plot_of(n, series));
  }
  return script + "plot " + joined(plots, ", \\\n     ") + "\n";
}

}  // namespace scraper::bench::report
