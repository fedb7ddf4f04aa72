// What the load server counted: its answer to /stats, and how the bench reads it.
//
// Everything only grows (but `open`), so that a cell's figures are the difference of two askings,
// and asking disturbs nobody.
#pragma once

#include <array>
#include <atomic>
#include <boost/json/fwd.hpp>
#include <chrono>
#include <cstddef>
#include <cstdint>

#include "base/error.h"

namespace scraper::bench {

// Counts by lateness in microseconds: exact below 8, then eight buckets for each power of two (a
// bucket's ends are 12 % apart).
inline constexpr std::size_t kLatenessBuckets = 192;  // the last one begins beyond a minute
std::size_t lateness_bucket(std::uint64_t microseconds);
std::uint64_t lateness_bound(std::size_t bucket);  // the greatest value in it

struct LoadStats {
  std::uint64_t requests =
      0;                    // answered as asked, to the last byte; /stats itself is not among them
  std::uint64_t bytes = 0;  // of all answers, with their heads and without TLS
  std::uint64_t accepted = 0;    // connections, that which asks among them
  std::uint64_t open = 0;        // connections now
  std::uint64_t most_open = 0;   // ever
  std::uint64_t refused = 0;     // 400, 404, 405
  std::uint64_t abandoned = 0;   // answers the client did not wait for: it closed the connection
  std::uint64_t broken = 0;      // TLS handshakes and connections that failed
  std::uint64_t unaccepted = 0;  // connections closed at once because there was no descriptor left
  std::uint64_t cpu_us = 0;      // of the server's process, user and system
  std::uint64_t voluntary_switches = 0;
  std::uint64_t involuntary_switches = 0;
  // By how much delayed answers were later than due, seen by the server itself: from when the
  // request was read plus its delay to when the answer was given to the system.
  std::array<std::uint64_t, kLatenessBuckets> lateness{};

  // The upper end of the bucket with that quantile of lateness (0 … 1), microseconds; 0 when
  // nothing was delayed.
  std::uint64_t lateness_us(double quantile) const;
};

// What happened between two askings; `open` and `most_open` are the later's.
LoadStats operator-(const LoadStats& later, const LoadStats& earlier);

boost::json::object to_json(const LoadStats& stats);
Result<LoadStats> load_stats_from(const boost::json::object& answer);

// The counters of one thread of the server, which alone adds; others read.
class LoadCounters {
 public:
  struct Count {
    std::atomic<std::uint64_t> value{0};
    void add(std::uint64_t n = 1) {
      value.store(value.load(std::memory_order_relaxed) + n, std::memory_order_relaxed);
    }
  };
  Count requests, bytes, accepted, refused, abandoned, broken, unaccepted;
  void add_lateness(std::chrono::nanoseconds late);
  void add_to(LoadStats& sum) const;  // any thread

 private:
  std::array<Count, kLatenessBuckets> lateness_;
};

}  // namespace scraper::bench
