#include "bench/report/data.h"

#include "tests/bench/report_sample.h"
#include "tests/catch.h"

using namespace scraper::bench::report;

namespace {

constexpr const char* kCell =
    R"("engine":"threads","concurrency":10,"delay_ms":0,"body":1024,"scheme":"http","connection":"kept")";

EngineRun run_with_cell(const std::string& rest) {
  return parse_engines(
             R"({"kind":"engines","version":1,"cells":[{)" + std::string(kCell) + rest + "}]}",
             "engines.json")
      .value();
}

}  // namespace

TEST_CASE("a figure is a summary or a number, and absent where the file has neither") {
  const EngineCell cell =
      run_with_cell(
          R"(,"cpu_us":{"median":5,"low":4,"high":7,"repeats":6},"syscalls":2.5,"ideal":null,"ideal_ratio":"much",)"
          R"("peak_memory":{"median":1,"repeats":0},"threads":{"low":1})")
          .cells.at(0);
  REQUIRE(cell.cpu_us.has_value());
  CHECK(cell.cpu_us->low == 4);
  CHECK(cell.cpu_us->high == 7);
  CHECK(cell.cpu_us->repeats == 6);
  CHECK_FALSE(cell.cpu_us->is_range);
  REQUIRE(cell.syscalls.has_value());
  CHECK(cell.syscalls->median == 2.5);
  CHECK(cell.syscalls->repeats == 1);
  CHECK_FALSE(cell.ideal.has_value());
  CHECK_FALSE(cell.ideal_ratio.has_value());
  CHECK_FALSE(cell.peak_memory.has_value());
  CHECK_FALSE(cell.threads.has_value());
}

TEST_CASE("a range says that it is one, and a number past what a double holds is no figure") {
  const EngineCell cell =
      run_with_cell(
          R"(,"cpu_us":{"median":5,"low":4,"high":7,"repeats":3,"range":true},"syscalls":1e999)")
          .cells.at(0);
  REQUIRE(cell.cpu_us.has_value());
  CHECK(cell.cpu_us->is_range);
  CHECK_FALSE(cell.syscalls.has_value());
}

TEST_CASE("a skipped cell has its sentence and no figures") {
  const EngineCell cell =
      run_with_cell(R"(,"skipped":"no descriptors left","cpu_us":3)").cells.at(0);
  CHECK(cell.skipped == "no descriptors left");
  CHECK_FALSE(cell.cpu_us.has_value());
}

TEST_CASE("a file that is not what it should be is refused in one line that names it") {
  struct Row {
    const char* bytes;
    const char* message;
  };
  for (
      const Row& row :
      {Row{"nonsense", "cannot use x.json: it is no JSON"},
       Row{R"({"kind":"handoff","version":1})", "it holds no figures of engines"},
       Row{R"({"kind":"engines","version":3})", "version 3 is not known here"},
       Row{R"({"kind":"engines","version":1,"tasks":{}})", "'tasks' is no array"},
       Row{R"({"kind":"engines","version":1,"cells":[{"engine":"a","scheme":"http","connection":"kept","concurrency":-1}]})",
           "a cell has no 'concurrency'"}}) {
    const auto run = parse_engines(row.bytes, "x.json");
    CAPTURE(row.bytes);
    REQUIRE(run.has_error());
    CHECK(run.error().context.find(row.message) != std::string::npos);
    CHECK(run.error().context.find('\n') == std::string::npos);
  }
}

TEST_CASE("the sample is read whole") {
  const EngineRun engines = parse_engines(scraper::test::sample_engines(), "engines.json").value();
  CHECK(engines.run.machine.cores == 2);
  CHECK(engines.run.seconds == 3120);
  CHECK(engines.server_requests_per_second.has_value());
  CHECK(engines.openssl_cpu_us.has_value());
  CHECK(engines.cells.size() == 160);
  CHECK(engines.tasks.size() == 9);
  const HandoffRun handoffs =
      parse_handoffs(scraper::test::sample_handoffs(), "handoff.json").value();
  CHECK(handoffs.run.is_quick);
  CHECK(handoffs.workers.size() == 2);
  CHECK(handoffs.cells.at(0).pages_per_second.has_value());
}
