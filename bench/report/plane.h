// The plane of the engines' measurement: both engines at the same concurrency and delay, over
// kept-alive HTTP and the body that most cells have. What lies off the plane varies one thing from
// a point of it. Pure; any thread. The cells pointed at are the run's.
#pragma once

#include <map>
#include <string_view>
#include <vector>

#include "bench/report/data.h"

namespace scraper::bench::report {

struct Pair {
  double concurrency = 0;
  const EngineCell* threads = nullptr;  // null: no such cell, or skipped
  const EngineCell* async = nullptr;

  bool is_complete() const { return threads != nullptr && async != nullptr; }
};

class Plane {
 public:
  explicit Plane(const EngineRun& run);

  double body() const { return body_; }
  bool holds(const EngineCell& cell) const;

  // Pairs by delay (ms), each in order of concurrency. A pair has at least one cell that was
  // measured.
  const std::map<double, std::vector<Pair>>& rows() const { return rows_; }
  const std::vector<Pair>* row(double delay_ms) const;

  // The measured cells of one engine ("bare-multi" too), in order of delay and concurrency.
  std::vector<const EngineCell*> cells(std::string_view engine) const;
  const EngineCell* cell(std::string_view engine, double concurrency, double delay_ms) const;

 private:
  const EngineRun& run_;
  double body_ = 0;
  std::map<double, std::vector<Pair>> rows_;
};

}  // namespace scraper::bench::report
