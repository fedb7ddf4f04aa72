// What a measurement of many runs needs beside the runs: a person who wants it to end, and to know
// how long it still takes.
#pragma once

#include <array>
#include <cstddef>
#include <string>
#include <string_view>

#include "base/clock.h"

namespace scraper::bench {

// While it lives SIGINT and SIGTERM only ask for the end, so that nothing half is written. One at a
// time in a process.
class InterruptWatch {
 public:
  InterruptWatch();
  InterruptWatch(const InterruptWatch&) = delete;
  InterruptWatch& operator=(const InterruptWatch&) = delete;
  ~InterruptWatch();

  static bool is_interrupted();
  static int exit_code();  // 130 or 143, after a signal

 private:
  static constexpr std::size_t kSignals = 2;
  std::array<void (*)(int), kSignals> before_{};
};

// For the person who interrupted it; `unit` is "repeat" or "round".
std::string interrupted_in_words(std::size_t whole, std::size_t planned, std::string_view unit);

// A line on standard error: on a terminal one that is written over, elsewhere a new one every ten
// seconds. What is left is estimated from what was planned and how long it took so far.
class RunProgress {
 public:
  RunProgress(std::string name, double planned_seconds);
  ~RunProgress();  // ends the line
  RunProgress(const RunProgress&) = delete;
  RunProgress& operator=(const RunProgress&) = delete;

  // Before a run that was planned to take `planned_seconds`; `what` is a line for a person.
  void begin(const std::string& what, double planned_seconds);

 private:
  double seconds_left() const;

  const std::string name_;
  const double planned_seconds_;
  double planned_so_far_ = 0;  // of the runs that have ended
  double planned_now_ = 0;
  const bool is_terminal_;
  const TimePoint begun_ = SteadyClock::now();
  TimePoint next_line_{};
  bool has_line_ = false;
};

// "40 s", "12 min"
std::string duration_in_words(double seconds);

}  // namespace scraper::bench
