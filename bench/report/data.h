// The figures of a measurement, read back from the JSON that `scraper bench` wrote
// (docs/measurements/README.md). Plain values, any thread; nothing here is trusted: names are any
// text, figures are finite, and what a file does not have is absent.
#pragma once

#include <cstdint>
#include <optional>
#include <string>
#include <string_view>
#include <vector>

#include "base/error.h"
#include "bench/summary.h"

namespace scraper::bench::report {

// Absent where the file has null, or nothing. A bare number is a figure of one repeat.
using Figure = std::optional<Summary>;

struct Machine {
  std::string cpu, kernel, date, command, program, libcurl;
  double cores = 0;
  double memory_bytes = 0;
  double descriptors = 0;
};

struct Run {
  Machine machine;
  bool is_quick = false;
  bool is_interrupted = false;  // after one whole repeat at least
  double seconds = 0;
};

// Times in microseconds, sizes in bytes; all but the first three of the figures are a request.
struct EngineCell {
  std::string engine, scheme, connection;
  double concurrency = 0;
  double delay_ms = 0;
  double body = 0;
  std::string skipped;  // why there are no figures; empty: there are
  Figure requests_per_second, ideal, ideal_ratio;
  Figure cpu_us, switches_voluntary, switches_involuntary, syscalls;
  Figure peak_memory, memory_per_connection, latency_p50_us, latency_p99_us, threads, machine_busy;
  double errors = 0;
};

struct Task {
  std::string engine, what, unit, about, skipped;
  Figure value, switches;
};

struct EngineRun {
  Run run;
  Figure server_requests_per_second, server_cpu_us;
  std::vector<EngineCell> cells;
  std::vector<Task> tasks;
  Figure openssl_cpu_us;  // of a bare client that makes a new connection for each request
};

struct HandoffCell {
  std::string handoff, storage, open, direction, work;
  double payload = 0;
  double workers = 0;
  std::string skipped;
  Figure pages_per_second, bytes_per_second, cpu_us, owner_cpu_us, memory;
  double failures = 0;
};

struct WorkerFigure {
  std::string what, skipped;
  std::string event;  // "spawn", "crash next", "crash held"; as `what` where the file does not say
  std::string handoff;  // may be empty
  Figure milliseconds, memory;
};

// `file` over `inline`, repeat by repeat: what slows the machine for a while slows both.
struct PairedRatio {
  std::string direction, work;
  double payload = 0;
  double workers = 0;
  Figure pages_per_second, cpu_us;
};

struct HandoffRun {
  Run run;
  std::vector<HandoffCell> cells;
  std::vector<WorkerFigure> workers;
  std::vector<PairedRatio> file_over_inline;
};

struct Measured {
  std::optional<EngineRun> engines;
  std::optional<HandoffRun> handoffs;
};

// What `json` holds; `name` is the file's, for the message. Fails when it is no JSON, of another
// kind or version, or when a cell does not say what it is of.
Result<EngineRun> parse_engines(std::string_view json, const std::string& name);
Result<HandoffRun> parse_handoffs(std::string_view json, const std::string& name);

// DIRECTORY/engines.json and DIRECTORY/handoff.json, either of which may be missing; both missing
// is an Error.
Result<Measured> read_measured(const std::string& directory);

}  // namespace scraper::bench::report
