// One chart as a gnuplot script: log axes with their own ticks, intervals as bars. Pure; any
// thread. Nothing that a file says gets into a script but numbers: titles and labels are the
// program's own.
#pragma once

#include <string>
#include <vector>

#include "bench/report/data.h"
#include "bench/report/paint.h"

namespace scraper::bench::report {

struct Point {
  double x = 0;
  Summary y;
};

struct Series {
  Paint paint = Paint::kText;
  Shape shape = kDisc;
  bool is_line = true;
  double size = 0.65;  // of the points
  std::vector<Point>
      points;  // in order of x; what is not above zero is left out: the axes are logarithmic
};

struct Axis {
  std::string label;
  double least = 0;  // of the range; 0 with `most`: from the data
  double most = 0;
  bool is_size = false;  // ticks are 1 KB, 10 KB, …
};

struct Chart {
  std::string title;  // what the reader sees above it
  Axis x, y;
  std::vector<Series> series;
  double ideal_slope = 0;  // a dashed line y = slope · x; 0: none
  double level = 0;        // a dashed line y = level; 0: none
};

inline constexpr int kChartWidth = 440;
inline constexpr int kChartHeight = 320;

bool is_empty(const Chart& chart);  // nothing to draw
std::string script_of(const Chart& chart);

struct Tick {
  double at;
  std::string label;  // "" for one without
};
// At the decades; with 2 and 5 named too below two decades; at even steps below two thirds of one,
// so that at least three have a name.
std::vector<Tick> ticks(double least, double most, bool is_size);

}  // namespace scraper::bench::report
