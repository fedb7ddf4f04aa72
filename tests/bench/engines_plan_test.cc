#include "scraper/bench/engines/plan.h"

#include <algorithm>
#include <set>

#include "tests/catch.h"

using namespace scraper;
using namespace scraper::bench;

namespace {

cli::Machine machine_with(std::size_t descriptors, std::size_t threads = 100'000, std::uint64_t memory = 64ull << 30) {
  cli::Machine machine;
  machine.descriptors = descriptors;
  machine.threads = threads;
  machine.memory = memory;
  machine.cores = 2;
  return machine;
}

const PlannedCell* find(const Plan& plan, const Cell& cell) {
  const auto found = std::find_if(plan.cells.begin(), plan.cells.end(), [&](const PlannedCell& one) { return one.cell == cell; });
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
        CHECK(planned->counted_requests >= 2);
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
  for (const PlannedCell& planned : plan_engines(machine_with(1'000'000), GENERATE(false, true)).cells) {
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
        "10000 transfers with threads take 30128 descriptors and 20000 may be open here (ulimit -n 30128 would do)");
  CHECK(planned->counted_requests == 0);
  CHECK(seconds_of(*planned) == 0);
  CHECK(find(plan, {Runner::kAsync, 10'000, 200, 10'240})->skipped.empty());
  CHECK(find(plan, {Runner::kThreads, 5'000, 200, 10'240})->skipped.empty());
  CHECK(shortage(Runner::kThreads, 10'000, false, machine_with(30'128)).empty());
  CHECK_FALSE(shortage(Runner::kThreads, 10'000, false, machine_with(30'127)).empty());
}

TEST_CASE("threads and memory are limits, too") {
  CHECK(shortage(Runner::kThreads, 1'000, false, machine_with(1'000'000, 500)) ==
        "1000 threads are more than the 500 that may be here (threads-max, pid_max, pids.max, ulimit -u: 1016 would do)");
  CHECK(shortage(Runner::kAsync, 1'000, false, machine_with(1'000'000, 500)).empty());
  const std::string memory = shortage(Runner::kThreads, 1'000, true, machine_with(1'000'000, 100'000, 64ull << 20));
  CHECK(memory.find("and 65 MB are free") != memory.npos);
  CHECK(shortage(Runner::kThreads, 1'000, true, machine_with(1'000'000, 100'000, 512ull << 20)).empty());
}

TEST_CASE("as many transfers are cancelled as there can be") {
  CHECK(most_transfers(Runner::kAsync, 10'000, machine_with(20'000)) == 10'000);
  CHECK(most_transfers(Runner::kThreads, 10'000, machine_with(20'000)) == 6'600);
  CHECK(most_transfers(Runner::kThreads, 10'000, machine_with(1'000'000)) == 10'000);
}
