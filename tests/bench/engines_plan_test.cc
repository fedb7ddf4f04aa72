#include "bench/engines/plan.h"

#include <algorithm>
#include <set>

#include "tests/catch.h"

using namespace scraper;
using namespace scraper::bench;

namespace {

cli::Machine machine_with(std::size_t descriptors, std::size_t threads = 100'000,
                          std::uint64_t memory = 64ull << 30) {
  cli::Machine machine;
  machine.descriptors = descriptors;
  machine.threads = threads;
  machine.memory = memory;
  machine.cores = 2;
  return machine;
}

const PlannedCell* find(const Plan& plan, const Cell& cell) {
  const auto found = std::find_if(plan.cells.begin(), plan.cells.end(),
                                  [&](const PlannedCell& one) { return one.cell == cell; });
  return found == plan.cells.end() ? nullptr : &*found;
}

}  // namespace

TEST_CASE("the grid goes from 1 to 10,000 at every delay with both engines") {
  const Plan plan = plan_engines(machine_with(1'000'000), false);
  CHECK(plan.repeats == 6);
  for (const Runner runner : {Runner::kThreads, Runner::kAsync}) {
    for (const unsigned delay : {0u, 10u, 50u, 200u, 1'000u}) {
      for (const std::size_t concurrency : {1u, 10u, 100u, 1'000u, 10'000u}) {
        const PlannedCell* planned = find(plan, {runner, concurrency, delay, 10'240});
        REQUIRE(planned != nullptr);
        CHECK(planned->skipped.empty());
        CHECK(planned->window >= 1.5);
        const bool is_too_much = runner == Runner::kThreads && concurrency > 1'000;
        CHECK((is_too_much ? planned->counted_requests == 0
                           : planned->counted_requests >= 2 * concurrency));
      }
    }
  }
}

TEST_CASE("body, scheme and connection are varied one at a time from three points") {
  const Plan plan = plan_engines(machine_with(1'000'000), false);
  std::set<std::pair<std::size_t, unsigned>> points;
  for (const PlannedCell& planned : plan.cells) {
    if (planned.cell.body == 1'024) points.emplace(planned.cell.concurrency, planned.cell.delay_ms);
  }
  REQUIRE(points.size() == 3);
  for (const Runner runner : {Runner::kThreads, Runner::kAsync}) {
    for (const auto& [concurrency, delay] : points) {
      CHECK(find(plan, {runner, concurrency, delay, 10'240}) != nullptr);
      CHECK(find(plan, {runner, concurrency, delay, 102'400}) != nullptr);
      CHECK(find(plan, {runner, concurrency, delay, 10'240, true, true}) != nullptr);
      CHECK(find(plan, {runner, concurrency, delay, 10'240, false, false}) != nullptr);
    }
  }
}

TEST_CASE("wherever a bare loop runs the engine of its kind runs too") {
  const Plan plan = plan_engines(machine_with(1'000'000), GENERATE(false, true));
  std::size_t bare = 0;
  for (const PlannedCell& planned : plan.cells) {
    if (!is_bare(planned.cell.runner)) continue;
    ++bare;
    Cell engine = planned.cell;
    engine.runner = engine.runner == Runner::kBareThreads ? Runner::kThreads : Runner::kAsync;
    CHECK(find(plan, engine) != nullptr);
  }
  CHECK(bare >= 4);
}

TEST_CASE("a window is a whole number of the server's delays") {
  for (const PlannedCell& planned :
       plan_engines(machine_with(1'000'000), GENERATE(false, true)).cells) {
    if (planned.cell.delay_ms == 0) continue;
    const double delays = planned.window * 1'000 / planned.cell.delay_ms;
    CHECK(delays == Approx(static_cast<int>(delays + 0.5)));
    CHECK(delays >= 1.99);
  }
}

TEST_CASE("a full run is planned for less than an hour, a quick one for less than two minutes") {
  for (const std::size_t descriptors : {1'024u, 20'000u, 1'000'000u}) {
    CHECK(seconds_of(plan_engines(machine_with(descriptors), false)) < 55 * 60);
    CHECK(seconds_of(plan_engines(machine_with(descriptors), true)) < 115);
  }
}

TEST_CASE("what the system cannot do is in the plan with the number that would do") {
  const Plan plan = plan_engines(machine_with(20'000), false);
  const PlannedCell* planned = find(plan, {Runner::kThreads, 10'000, 200, 10'240});
  REQUIRE(planned != nullptr);
  CHECK(planned->skipped ==
        "10000 transfers with threads take 30128 descriptors and 20000 may be open here (ulimit -n "
        "30128 would do)");
  CHECK(planned->counted_requests == 0);
  CHECK(seconds_of(*planned) == 0);
  CHECK(find(plan, {Runner::kAsync, 10'000, 200, 10'240})->skipped.empty());
  CHECK(find(plan, {Runner::kThreads, 5'000, 200, 10'240})->skipped.empty());
  CHECK(shortage(Runner::kThreads, 10'000, false, machine_with(30'128)).empty());
  CHECK_FALSE(shortage(Runner::kThreads, 10'000, false, machine_with(30'127)).empty());
}

TEST_CASE("threads and memory are limits, too") {
  CHECK(shortage(Runner::kThreads, 1'000, false, machine_with(1'000'000, 500)) ==
        "1000 threads are more than the 500 that may be here (threads-max, pid_max, pids.max, "
        "ulimit -u: 1016 would do)");
  CHECK(shortage(Runner::kAsync, 1'000, false, machine_with(1'000'000, 500)).empty());
  const std::string memory =
      shortage(Runner::kThreads, 1'000, true, machine_with(1'000'000, 100'000, 64ull << 20));
  CHECK(memory.find("and 65 MB are free") != memory.npos);
  CHECK(shortage(Runner::kThreads, 1'000, true, machine_with(1'000'000, 100'000, 512ull << 20))
            .empty());
}

TEST_CASE("the load server's descriptors are counted as its own") {
  CHECK(shortage(Runner::kAsync, 100, false, machine_with(315)) ==
        "100 connections take 316 descriptors of the load server and 315 may be open here (ulimit "
        "-n 316 would do)");
  CHECK(shortage(Runner::kAsync, 100, false, machine_with(316)).empty());
  CHECK(shortage_of_server(machine_with(200)) ==
        "the load server alone takes 217 descriptors and 200 may be open here: ulimit -n 217 would "
        "do, 32768 for all");
  CHECK(shortage_of_server(machine_with(217)).empty());
  CHECK(most_connections(100, machine_with(217)) == 1);
  CHECK(most_connections(100, machine_with(240)) == 24);
  CHECK(most_connections(100, machine_with(20'000)) == 100);
}

TEST_CASE("a group of tasks that there is no room for says which limit it is") {
  struct Row {
    TaskGroup group;
    Runner runner;
    std::size_t descriptors, count;
  };
  for (const Row& row : {Row{TaskGroup::kLife, Runner::kThreads, 217, 10'000},
                         Row{TaskGroup::kTogether, Runner::kAsync, 217, 2},
                         Row{TaskGroup::kFirstByte, Runner::kThreads, 217, 1},
                         Row{TaskGroup::kCancel, Runner::kAsync, 450, 200},
                         Row{TaskGroup::kCancel, Runner::kThreads, 450, 100},
                         Row{TaskGroup::kDeadline, Runner::kThreads, 450, 100},
                         Row{TaskGroup::kHandOver, Runner::kAsync, 300, 0},
                         Row{TaskGroup::kHandOver, Runner::kAsync, 20'000, 1'000},
                         Row{TaskGroup::kCancel, Runner::kAsync, 20'000, 10'000}}) {
    CAPTURE(to_string(row.group), row.descriptors);
    const TaskRoom room = room_for(row.group, row.runner, machine_with(row.descriptors));
    CHECK(room.count == row.count);
    CHECK(room.shortage.empty() == (row.count > 0));
    if (row.count == 0) CHECK(room.shortage.find("descriptors") != std::string::npos);
  }
  CHECK(room_for(TaskGroup::kLife, Runner::kThreads, machine_with(20'000, 500))
            .shortage.find("threads") != std::string::npos);
}

TEST_CASE("each reason for what is beyond the system is said once, with the number of cells") {
  const Plan plan = plan_engines(machine_with(20'000), false);
  const auto lines = shortages_in_words(plan);
  CHECK(std::set<std::string>(lines.begin(), lines.end()).size() == lines.size());
  REQUIRE(lines.size() == 1);
  CHECK(lines[0].starts_with(
      "5 cells are beyond this system: 10000 transfers with threads take 30128"));
  CHECK(shortages_in_words(plan_engines(machine_with(1'000'000), false)).empty());
}

TEST_CASE("as many transfers are cancelled as there can be") {
  CHECK(most_transfers(Runner::kAsync, 10'000, machine_with(20'000)) == 10'000);
  CHECK(most_transfers(Runner::kThreads, 10'000, machine_with(20'000)) == 6'600);
  CHECK(most_transfers(Runner::kThreads, 10'000, machine_with(1'000'000)) == 10'000);
}
