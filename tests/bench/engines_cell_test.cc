// Real runs of cells, small ones: with both engines and both bare loops, in this process and in one
// of their own.
#include <boost/json.hpp>

#include "base/sanitized.h"
#include "bench/engines/cell.h"
#include "bench/process_usage.h"
#include "tests/bench/engines_serving.h"
#include "tests/support/program.h"

using namespace scraper;
using namespace scraper::bench;
using scraper::bench::test::EnginesServing;

namespace {

constexpr double kWindow = 0.3;

#define EVERY_RUNNER \
  GENERATE(Runner::kThreads, Runner::kAsync, Runner::kBareThreads, Runner::kBareMulti)

Reading reading_of(const EnginesServing& server, const Cell& cell) {
  INFO(describe(cell));
  const auto reading = run_cell(server.task(cell, kWindow));
  if (!reading) FAIL(reading.error().context);
  CHECK(reading->first_error.empty());
  CHECK(reading->errors == 0);
  CHECK(reading->requests > 0);
  CHECK(reading->cpu_us > 0);
  CHECK(reading->seconds >= kWindow);
  CHECK(reading->latency_p50_us <= reading->latency_p99_us);
  CHECK(reading->threads >= (has_thread_each(cell.runner) ? cell.concurrency : 1));
  CHECK(reading->machine_busy <= 1);
  return *reading;
}

}  // namespace

TEST_CASE("a cell has plausible figures whoever asks") {
  const EnginesServing server;
  const Runner runner = EVERY_RUNNER;
  const Cell usual{runner, 6, 0, 2'000};
  SECTION("over kept connections") {
    const auto before = server.site().stats();
    reading_of(server, usual);
    const auto after = server.site().stats();
    REQUIRE((before && after));
    CHECK((*after - *before).accepted <= usual.concurrency + 1);  // and the one that asks
  }
  SECTION("over a new connection each time") {
    Cell cell = usual;
    cell.is_kept = false;
    const auto before = server.site().stats();
    const Reading reading = reading_of(server, cell);
    const auto after = server.site().stats();
    REQUIRE((before && after));
    CHECK((*after - *before).accepted >= reading.requests);
  }
  SECTION("over HTTPS") {
    Cell cell = usual;
    cell.is_tls = true;
    reading_of(server, cell);
  }
  SECTION("over HTTPS and a new connection each time") {
    Cell cell = usual;
    cell.is_tls = true;
    cell.is_kept = false;
    reading_of(server, cell);
  }
}

TEST_CASE("no cell is faster than the server's delay allows") {
  const EnginesServing server;
  const Cell cell{EVERY_RUNNER, 5, 30, 500};
  const Reading reading = reading_of(server, cell);
  CHECK(static_cast<double>(reading.requests) / reading.seconds <= 1.05 * *ideal(cell));
}

TEST_CASE("an answer that is not what was asked for is an error") {
  const EnginesServing server;
  CellTask task = server.task({EVERY_RUNNER, 2, 0, 1'000}, 0.1);
  SECTION("of another size") {
    task.cell.body = 999;
    const auto reading = run_cell(task);
    REQUIRE(reading.has_value());
    CHECK(reading->requests == 0);
    CHECK(reading->errors > 0);
    CHECK(reading->first_error == "a body of another size");
  }
  SECTION("not there") {
    for (std::string& url : task.urls) url += "/no/such/path";
    const auto reading = run_cell(task);
    REQUIRE(reading.has_value());
    CHECK(reading->requests == 0);
    CHECK(reading->first_error == "an answer that is no 200");
  }
}

TEST_CASE("a cell is run in a process of its own") {
  const EnginesServing server;
  const Cell cell{GENERATE(Runner::kThreads, Runner::kAsync), 3, 0, 1'000};
  const auto ended = scraper::test::run_program(
      {"bench-child", "engine-cell"},
      boost::json::serialize(to_json(server.task(cell, kWindow))) + "\n", {}, "scraper-bench");
  CHECK(ended.err.empty());
  REQUIRE(ended.code == 0);
  const auto reading = reading_from(boost::json::parse(ended.out).as_object());
  REQUIRE(reading.has_value());
  CHECK(reading->requests > 0);
  CHECK(reading->errors == 0);
  constexpr std::size_t kOfTheSanitizer =
      kHasThreadSanitizer ? 1 : 0;  // beside the first thread that is started
  CHECK(reading->threads == (cell.runner == Runner::kThreads ? 4 + kOfTheSanitizer : 1));
  CHECK(reading->memory_after >= reading->memory_before);
  CHECK(reading->peak_memory >= reading->memory_after / 2);
}

TEST_CASE("a cell that makes no sense is refused in words") {
  const auto ended = scraper::test::run_program({"bench-child", "engine-cell"}, "{\"cell\": 1}\n",
                                                {}, "scraper-bench");
  CHECK(ended.code == 1);
  CHECK(ended.out.find("\"error\":") != ended.out.npos);
}

TEST_CASE("a cell survives the way to a child and back") {
  const Cell cell{Runner::kBareMulti, 17, 50, 1'024, true, false};
  const auto back =
      cell_task_from(to_json(CellTask{cell, 1.25, true, {"http://127.0.0.1:1/"}, "/some/file"}));
  REQUIRE(back.has_value());
  CHECK(back->cell == cell);
  CHECK(back->seconds == 1.25);
  CHECK(back->is_counted);
  CHECK(back->urls == std::vector<std::string>{"http://127.0.0.1:1/"});
  CHECK(back->ca_file == "/some/file");
  CHECK(describe(cell) == "bare-multi, 17 at once, 50 ms, 1 KB, https, new connections");
}

TEST_CASE("the process sees its own size") {
  const ProcessSize before = ProcessSize::now();
  const std::vector<char> grown(64 << 20, 1);
  const ProcessSize after = ProcessSize::now();
  CHECK(after.resident >= before.resident + (60u << 20));
  CHECK(after.peak_resident >= before.peak_resident);
  CHECK(after.threads >= 1);
  CHECK(grown.back() == 1);
}
