// One run of one cell of `scraper bench handoff`, and of one worker's start or end: in a process of
// its own, whose memory and CPU time are then the run's.
//
// What is counted begins where the crawl's begins: the record is in its segment, and where the
// hand-off takes the bytes themselves they are in the owner's memory, as the appender gives them
// back. A burst of documents is made ready so, without being counted, handed over, and awaited to
// the last answer; a run is one such burst to warm up and then some until the window is full. What
// frees the bytes is counted: in the crawl somebody frees them with every hand-off, but to keep
// that small none goes back to the kernel.
#pragma once

#include <boost/json/fwd.hpp>
#include <chrono>
#include <cstdint>
#include <string>

#include "base/error.h"
#include "bench/handoff/plan.h"

namespace scraper::bench {

struct CellFigures {
  std::uint64_t pages = 0;
  std::uint64_t failures = 0;
  std::string failure;  // the first one, in words
  double seconds = 0;
  double cpu_seconds = 0;        // owner and workers
  double owner_cpu_seconds = 0;  // of these, the owner's thread alone
  // Resident at most: owner and workers, a ring that both map once; what was made ready beyond what
  // is outstanding at once is left out.
  std::uint64_t memory = 0;
};

struct EventFigures {
  double milliseconds = 0;
  std::uint64_t memory = 0;  // the worker's; of a thread: what the process grew by
};

// `directory` exists, is empty, and the caller's to remove.
Result<CellFigures> measure_cell(const HandoffCell& cell, const std::string& directory,
                                 std::chrono::milliseconds window);
Result<EventFigures> measure_event(const WorkerEvent& event, const std::string& directory);

// The parts of that name (scraper/bench/child.h): {…cell, "directory", "window_ms"} and {…event,
// "directory"}.
int run_handoff_cell(const boost::json::object& task);
int run_handoff_event(const boost::json::object& task);

}  // namespace scraper::bench
