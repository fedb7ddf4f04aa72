// The plan of `scraper bench engines`: which cells and tasks are measured, how often and for how
// long, and which this system cannot do, with the reason. Computed from numbers before anything
// starts, so that no limit is met by running into it. Pure; any thread.
#pragma once

#include <cstddef>
#include <cstdint>
#include <string>
#include <vector>

#include "bench/engines/cells.h"
#include "bench/engines/tasks.h"
#include "scraper/config/sizing.h"

namespace scraper::bench {

struct PlannedCell {
  Cell cell;
  std::string skipped;  // why it cannot be measured and what number would do; empty: it can
  double window = 1.5;  // seconds, of a repeat
  std::uint64_t counted_requests =
      0;  // in the run whose system calls are counted: two of every asker at least; 0: none such
};

struct Plan {
  std::size_t repeats = 6;
  std::vector<PlannedCell> cells;  // in the order of one pass; engines alternate
  std::size_t tasks = 10'000;      // idle tasks, cancelled transfers
  bool is_quick = false;
};

// Of the load server: transfers are spread over them, so that no client runs out of ports. It
// listens twice on each, for HTTP and HTTPS.
inline constexpr unsigned kServerAddresses = 100;

Plan plan_engines(const cli::Machine& machine, bool is_quick);

// Why so many transfers of that kind cannot be had, with the number that would do; empty: they can.
std::string shortage(Runner runner, std::size_t concurrency, bool is_tls,
                     const cli::Machine& machine);

// Why not even the load server can be had, which is a process with the same limits as this one;
// empty: it can.
std::string shortage_of_server(const cli::Machine& machine);

// The connections that the load server can have at once, at most `wanted`.
std::size_t most_connections(std::size_t wanted, const cli::Machine& machine);

// The most transfers at once that `machine` allows, at most `wanted`, in hundreds; 0: not even a
// hundred.
std::size_t most_transfers(Runner runner, std::size_t wanted, const cli::Machine& machine);

// How many tasks or transfers of that group there can be, at most as many as it is measured with;
// or why there can be none.
struct TaskRoom {
  std::size_t count = 0;
  std::string shortage;  // empty: there is room
};
TaskRoom room_for(TaskGroup group, Runner runner, const cli::Machine& machine);

// Each reason for which cells of the plan are skipped, once, with their number; empty: none is.
std::vector<std::string> shortages_in_words(const Plan& plan);

// Why so many idle threads cannot be had; empty: they can.
std::string shortage_of_threads(std::size_t threads, const cli::Machine& machine);

// How long it will take: one run of a cell; its counted run; all of it.
double seconds_of(const PlannedCell& planned);
double counted_seconds_of(const PlannedCell& planned);
double task_seconds(const Plan& plan);  // all tasks of both engines once
double seconds_of(const Plan& plan);

}  // namespace scraper::bench
