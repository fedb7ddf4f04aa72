// A histogram of latencies. Not thread-safe.
#pragma once

#include <array>
#include <cstddef>
#include <cstdint>

#include "base/clock.h"

namespace scraper {

// Latencies in buckets of 1/16 of a power of two, from a microsecond to hours: percentiles within 7
// %, 8 KB whatever the count.
class Histogram {
 public:
  void add(Duration latency);
  Duration percentile(double p) const;  // p in (0, 100]; zero when empty
  std::uint64_t count() const { return count_; }

 private:
  std::array<std::uint64_t, 16 * 40> buckets_{};
  std::uint64_t count_ = 0;
};

}  // namespace scraper
