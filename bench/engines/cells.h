// The words of `scraper bench engines`: a cell is one point of the measurement, a reading what one
// run of it came to. A run is a child process (bench-child engine-cell), told its cell as JSON and
// answering with its reading as JSON. Pure; any thread.
#pragma once

#include <boost/json/fwd.hpp>
#include <cstddef>
#include <cstdint>
#include <optional>
#include <string>
#include <string_view>
#include <vector>

#include "base/error.h"

namespace scraper::bench {

// Who asks: one of our engines, or a bare libcurl loop of the same kind (one blocking easy handle a
// thread; one curl_multi on epoll).
enum class Runner : std::uint8_t { kThreads, kAsync, kBareThreads, kBareMulti };

std::string_view to_string(Runner runner);
inline bool is_bare(Runner runner) {
  return runner == Runner::kBareThreads || runner == Runner::kBareMulti;
}
inline bool has_thread_each(Runner runner) {
  return runner == Runner::kThreads || runner == Runner::kBareThreads;
}

struct Cell {
  Runner runner = Runner::kThreads;
  std::size_t concurrency = 1;  // requests in flight all the time
  unsigned delay_ms = 0;        // the server's own
  std::size_t body = 10'240;    // bytes
  bool is_tls = false;
  bool is_kept = true;  // the connection; else a new one for each request

  friend bool operator==(const Cell&, const Cell&) = default;
};

// "async, 1000 at once, 200 ms, 10 KB, https, new connections"
std::string describe(const Cell& cell);

// Requests a second if nothing cost anything; nothing where the server does not delay.
std::optional<double> ideal(const Cell& cell);

// {"engine", "concurrency", "delay_ms", "body", "scheme", "connection"}, and back.
boost::json::object to_json(const Cell& cell);
Result<Cell> engine_cell_from(const boost::json::object& object);

// What a run of a cell is told: {"cell", "seconds", "is_counted", "urls", "ca_file"}.
struct CellTask {
  Cell cell;
  double seconds = 1.5;     // of the window
  bool is_counted = false;  // instead it says {"warm": true} when its window opens, and goes on
                            // until it is killed, marking each request for SyscallCounter
  std::vector<std::string> urls;  // one a server address; transfers are spread over them
  std::string ca_file;            // that the server's certificate is signed with
};
boost::json::object to_json(const CellTask& task);
Result<CellTask> cell_task_from(const boost::json::object& object);

// One run. All but `errors` is of the window in which it measured: from the moment every transfer
// has had an answer.
struct Reading {
  double seconds = 0;
  std::uint64_t requests = 0;
  std::uint64_t errors = 0;  // of the whole run
  std::string first_error;   // what the first one was
  double cpu_us = 0;         // user and system, of the process, in all
  std::uint64_t switches_voluntary = 0;
  std::uint64_t switches_involuntary = 0;
  std::uint64_t memory_before = 0;  // resident before anything was made
  std::uint64_t memory_after = 0;   // resident at the end of the window
  std::uint64_t peak_memory = 0;
  std::size_t threads = 0;
  double machine_busy = 0;    // share of all cores in use, 0 … 1
  double latency_p50_us = 0;  // beyond the server's delay
  double latency_p99_us = 0;
};
boost::json::object to_json(const Reading& reading);
Result<Reading> reading_from(const boost::json::object& object);

}  // namespace scraper::bench
