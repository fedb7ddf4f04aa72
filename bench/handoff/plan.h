// What `scraper bench handoff` measures, and how long that takes. Pure; any thread.
// docs/measurements/README.md says what a cell's members mean.
#pragma once

#include <boost/json/fwd.hpp>
#include <chrono>
#include <cstddef>
#include <string>
#include <string_view>
#include <vector>

#include "base/error.h"
#include "parse/workers/handoff_kind.h"

namespace scraper::bench {

enum class Storage { kDisk, kTmpfs };
enum class Opening {
  kKept,
  kEach
};  // of a segment: a descriptor that stays open, or every page in a file of its own
enum class Direction { kIn, kOut };  // out: the document comes back whole as the answer's text
enum class PageWork { kNone, kGumbo, kScan };  // nothing, or read by that parser

struct HandoffCell {
  parse::Handoff handoff = parse::Handoff::kFile;
  Storage storage = Storage::kDisk;
  Opening opening = Opening::kKept;
  Direction direction = Direction::kIn;
  std::size_t payload = 0;  // bytes of a document
  std::size_t workers = 1;
  PageWork work = PageWork::kNone;
  friend bool operator==(const HandoffCell&, const HandoffCell&) = default;
};

// One worker, from its start, or from its end by SIGKILL, to the first answer.
struct WorkerEvent {
  enum class What {
    kSpawn,
    kCrashNext,
    kCrashHeld
  };  // the task was given after the kill; was the one it held
  parse::Handoff handoff = parse::Handoff::kFile;
  What what = What::kSpawn;
};

struct HandoffPlan {
  std::vector<HandoffCell> cells;
  std::vector<HandoffCell> impossible;  // named by the question, and larger than an answer may be
  std::vector<WorkerEvent> events;
  std::size_t repeats = 0;
  std::chrono::milliseconds window{};  // of a cell, at least, each time
};

HandoffPlan plan_handoff(bool is_quick);

// Documents that are made, handed over and awaited together; a cell's window is some such bursts.
// Enough that their beginning and end weigh little; few enough that they fit into memory and, where
// they are parsed, into the time.
std::size_t burst_of(const HandoffCell& cell);

// Tasks that are outstanding at once.
std::size_t outstanding_of(const HandoffCell& cell);

// Of one run; of all of them.
double estimated_seconds(const HandoffCell& cell, std::chrono::milliseconds window,
                         std::size_t cores);
double estimated_seconds(const HandoffPlan& plan, std::size_t cores);
inline constexpr double kEventSeconds = 0.15;

std::string_view to_string(parse::Handoff handoff);
std::string to_size(std::size_t bytes);  // "35 KB"
std::string describe(const HandoffCell& cell);
std::string describe(const WorkerEvent& event);

// The members of a cell that say which it is, as in handoff.json; and back, as a part of the
// measurement is told.
boost::json::object to_json(const HandoffCell& cell);
Result<HandoffCell> cell_from(const boost::json::object& object);
boost::json::object to_json(const WorkerEvent& event);
Result<WorkerEvent> event_from(const boost::json::object& object);

}  // namespace scraper::bench
