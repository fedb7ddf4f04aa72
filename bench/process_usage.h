// What this process, and the machine, have used so far: read twice, the difference is what happened
// between. Any thread.
#pragma once

#include <cstddef>
#include <cstdint>

#include "base/clock.h"

namespace scraper::bench {

struct Usage {
  TimePoint at{};
  double cpu_us = 0;                     // user and system, all threads, getrusage(2)
  std::uint64_t switches_voluntary = 0;  // likewise
  std::uint64_t switches_involuntary = 0;
  std::uint64_t machine_busy_ticks =
      0;  // of all cores, /proc/stat: all but idle and waiting for a disk
  std::uint64_t machine_ticks = 0;
  static Usage now();
};

// Share of all cores that was in use, by anybody.
double machine_busy(const Usage& before, const Usage& after);

// From /proc/self; bytes.
struct ProcessSize {
  std::uint64_t resident =
      0;  // exact: VmRSS is summed up from counts that each thread may hold back
  std::uint64_t peak_resident = 0;
  std::size_t threads = 0;
  static ProcessSize now();
};

// CPU of the calling thread so far, in microseconds.
double thread_cpu_us();

}  // namespace scraper::bench
