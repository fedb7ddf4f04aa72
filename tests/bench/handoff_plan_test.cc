#include "bench/handoff/plan.h"

#include <algorithm>
#include <boost/json.hpp>

#include "tests/catch.h"

namespace scraper::bench {
namespace {

using parse::Handoff;

constexpr std::size_t kKilo = 1024;

bool has(const HandoffPlan& plan, const HandoffCell& cell) {
  return std::find(plan.cells.begin(), plan.cells.end(), cell) != plan.cells.end();
}

TEST_CASE("every hand-off is measured at every payload, with and without work") {
  const HandoffPlan plan = plan_handoff(false);
  for (const Handoff handoff : {Handoff::kFile, Handoff::kPipe, Handoff::kShm, Handoff::kInline}) {
    for (const std::size_t payload :
         {kKilo, 10 * kKilo, 35 * kKilo, 100 * kKilo, 1024 * kKilo, 10 * 1024 * kKilo}) {
      for (const PageWork work : {PageWork::kNone, PageWork::kGumbo, PageWork::kScan}) {
        for (const std::size_t workers : {1u, 2u}) {
          CHECK(has(plan, {handoff, Storage::kDisk, Opening::kKept, Direction::kIn, payload,
                           workers, work}));
        }
      }
      CHECK(has(plan, {handoff, Storage::kDisk, Opening::kKept, Direction::kIn, payload, 4,
                       PageWork::kNone}));
    }
    CHECK(has(plan, {handoff, Storage::kDisk, Opening::kKept, Direction::kOut, 35 * kKilo, 2,
                     PageWork::kNone}));
  }
}

TEST_CASE(
    "every hand-off is measured at 35 KB with the scanner, quick or not, with one worker and two") {
  for (const bool is_quick : {false, true}) {
    const HandoffPlan plan = plan_handoff(is_quick);
    for (const Handoff handoff :
         {Handoff::kFile, Handoff::kPipe, Handoff::kShm, Handoff::kInline}) {
      for (const std::size_t workers : {1u, 2u}) {
        CHECK(has(plan, {handoff, Storage::kDisk, Opening::kKept, Direction::kIn, 35 * kKilo,
                         workers, PageWork::kScan}));
      }
    }
  }
}

TEST_CASE("a file is measured on both kinds of storage, kept open and opened each time") {
  for (const bool is_quick : {false, true}) {
    const HandoffPlan plan = plan_handoff(is_quick);
    for (const Storage storage : {Storage::kDisk, Storage::kTmpfs}) {
      for (const Opening opening : {Opening::kKept, Opening::kEach}) {
        CHECK(has(plan, {Handoff::kFile, storage, opening, Direction::kIn, 35 * kKilo, 2,
                         PageWork::kNone}));
      }
    }
  }
}

TEST_CASE("what an answer cannot hold is named and not tried") {
  const HandoffPlan plan = plan_handoff(false);
  REQUIRE_FALSE(plan.impossible.empty());
  for (const HandoffCell& cell : plan.impossible) {
    CHECK(cell.direction == Direction::kOut);
    CHECK(cell.payload == 10 * 1024 * kKilo);
    CHECK_FALSE(has(plan, cell));
  }
}

TEST_CASE("a worker's start is measured of every hand-off, its crash where there is a process") {
  for (const bool is_quick : {false, true}) {
    std::size_t starts = 0;
    for (const WorkerEvent& event : plan_handoff(is_quick).events) {
      if (event.what == WorkerEvent::What::kSpawn) {
        ++starts;
      } else {
        CHECK(event.handoff != Handoff::kInline);
      }
    }
    CHECK(starts == 4);
  }
}

TEST_CASE("no cell is measured twice in a round") {
  for (const bool is_quick : {false, true}) {
    const HandoffPlan plan = plan_handoff(is_quick);
    for (const HandoffCell& cell : plan.cells)
      CHECK(std::count(plan.cells.begin(), plan.cells.end(), cell) == 1);
  }
}

TEST_CASE(
    "a full run is planned for a quarter of an hour at most, a quick one for under two minutes") {
  CHECK(estimated_seconds(plan_handoff(false), 2) <= 15 * 60);
  CHECK(estimated_seconds(plan_handoff(true), 2) < 2 * 60);
  CHECK(plan_handoff(false).repeats >= 6);  // or there is no interval
}

TEST_CASE("a burst keeps every worker busy alike and fits into memory") {
  for (const HandoffCell& cell : plan_handoff(false).cells) {
    CAPTURE(describe(cell));
    CHECK(burst_of(cell) >= cell.workers);
    CHECK(burst_of(cell) % cell.workers == 0);
    CHECK(burst_of(cell) * cell.payload <= 80u << 20);
    CHECK(outstanding_of(cell) <= burst_of(cell));
    CHECK(outstanding_of(cell) >= cell.workers);
  }
}

TEST_CASE("cells and events read back from their JSON") {
  for (const HandoffCell& cell : plan_handoff(false).cells) {
    const auto back = cell_from(to_json(cell));
    REQUIRE(back.has_value());
    CHECK(*back == cell);
  }
  for (const WorkerEvent& event : plan_handoff(false).events) {
    const auto back = event_from(to_json(event));
    REQUIRE(back.has_value());
    CHECK(back->handoff == event.handoff);
    CHECK(back->what == event.what);
  }
}

TEST_CASE("a cell with a member missing, unknown or of another type is refused") {
  const boost::json::object good = to_json(plan_handoff(true).cells.front());
  for (const auto& member : good) {
    boost::json::object bad = good;
    bad.erase(member.key());
    CHECK_FALSE(cell_from(bad).has_value());
    bad[member.key()] = "unheard-of";
    CHECK_FALSE(cell_from(bad).has_value());
    bad[member.key()] = nullptr;
    CHECK_FALSE(cell_from(bad).has_value());
  }
  CHECK_FALSE(event_from({{"handoff", "file"}}).has_value());
  CHECK_FALSE(event_from({{"handoff", "file"}, {"event", "nap"}}).has_value());
}

TEST_CASE("sizes are told in round numbers") {
  CHECK(to_size(kKilo) == "1 KB");
  CHECK(to_size(35 * kKilo) == "35 KB");
  CHECK(to_size(10 * 1024 * kKilo) == "10 MB");
}

}  // namespace
}  // namespace scraper::bench
