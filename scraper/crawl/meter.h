// The meter: counts what the crawl does while it runs, and says at the end what bounded it. Plain
// counters, no I/O; owner's thread only.
#pragma once

#include <array>
#include <cstdint>
#include <string>
#include <string_view>
#include <vector>

#include "base/clock.h"
#include "base/histogram.h"

namespace scraper {

// Why the crawl leased nothing more for a while.
enum class Wait : std::uint8_t {
  kPoliteness,  // every host with work waits for its delay
  kBackOff,     // what failed is left alone before it is tried again
  kHostBusy,    // every host with work has its number of requests in flight
  kSlots,       // --concurrency requests are in flight
  kParse,       // too many captures wait for a worker
  kDisk,        // the appender's queue is full
  kRoom,        // no room on the disk, no descriptors or memory
  kOutput,      // whoever reads --print does not keep up
  kRate,        // --rate
  kDiscovery,   // nothing is left to ask for until what is in flight has come
  kReading,     // nothing is left to ask for until workers have read what they hold
  kLookup,      // names are being resolved, robots.txt is being fetched
};
inline constexpr std::size_t kWaits = 12;
std::string_view to_string(Wait wait);

// A queue's or stage's fill over time.
class Level {
 public:
  void set(std::size_t value, TimePoint now);
  void add(TimePoint now) { set(value_ + 1, now); }
  void remove(TimePoint now) { set(value_ - 1, now); }
  std::size_t value() const { return value_; }
  double mean(TimePoint start, TimePoint end) const;
  std::size_t most() const { return most_; }

 private:
  std::size_t value_ = 0;
  std::size_t most_ = 0;
  double area_ = 0;
  TimePoint since_{};
};

struct Meter {
  TimePoint started{};
  WallTime started_wall{};
  std::array<Duration, kWaits> waited{};
  Histogram latency;
  Level in_flight;  // requests
  Level unparsed;   // captures on their way to a record
  std::uint64_t requests = 0;
  std::uint64_t robots_requests = 0;
  std::uint64_t sitemap_requests = 0;
  std::uint64_t retries = 0;  // to be made
  std::uint64_t received_bytes = 0;
  Duration owner_cpu{};  // of the owner's thread, once the loop has ended
};

// How busy each stage was, as shares of the run's time (0 … 1).
struct Busy {
  double owner = 0;
  double fetch = 0;  // mean in flight / concurrency
  double parse = 0;  // of all workers
  double disk = 0;   // the appender
};

// What bounded the run, in a word and in a sentence with what to change.
struct Bound {
  std::string what;  // "politeness", "fetch", "parse", "owner", "disk", "nothing left to do"
  std::string advice;
};

struct BoundInput {
  const Meter* meter = nullptr;
  Busy busy;
  double elapsed = 0;  // seconds
  std::size_t workers = 1;
  std::size_t cores = 1;  // that parse workers may run on
  bool owner_transfers =
      false;  // the engine has no threads of its own: the owner's does the transfers too
  std::size_t concurrency = 1;
  std::size_t per_host = 1;
  std::string slowest_host;        // by politeness
  double slowest_delay = 0;        // seconds between its requests
  bool slowest_is_robots = false;  // the delay is the site's own Crawl-delay
  double slowest_politeness = 0;   // seconds its requests were kept apart, with what it asked for
  double slowest_held = 0;         // seconds it asked to be left alone for (Retry-After)
};
Bound what_bounded(const BoundInput& input);

}  // namespace scraper
