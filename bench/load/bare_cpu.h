// CPU time of the calling thread, for the bare clients.
#pragma once

#include <ctime>

namespace scraper::bench {

inline double thread_cpu_us() {
  timespec used{};
  ::clock_gettime(CLOCK_THREAD_CPUTIME_ID, &used);
  return static_cast<double>(used.tv_sec) * 1e6 + static_cast<double>(used.tv_nsec) / 1e3;
}

}  // namespace scraper::bench
