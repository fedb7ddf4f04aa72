// Where threads fall behind, what does it and what becomes of the advice, for each shape that a
// measurement can have.
#include "bench/report/crossing.h"

#include "bench/report/compare.h"
#include "bench/report/findings.h"
#include "tests/bench/report_runs.h"
#include "tests/catch.h"

using namespace scraper::bench::report;
using namespace scraper::test;
using scraper::bench::Summary;

namespace {

constexpr const char* kWhere = "Where threads fall behind";
constexpr const char* kWhich = "Which does it";
constexpr const char* kAdvice = "The common advice";

// At 50 ms: level at 100 and 500 connections, behind at 1,000.
EngineRun behind_at(double rate) {
  EngineRun run;
  add_pair(run, 100, 50, rate / 10, rate / 10);
  add_pair(run, 500, 50, rate / 2, rate / 2);
  add_pair(run, 1000, 50, rate * 0.8, rate);
  return run;
}

EngineRun level_up_to(double rate) {
  EngineRun run;
  add_pair(run, 10, 50, rate / 10, rate / 10);
  add_pair(run, 1000, 50, rate, rate);
  return run;
}

}  // namespace

TEST_CASE("two figures differ when their intervals do not overlap") {
  CHECK(compare(about(100), about(110)) == Order::kLess);
  CHECK(compare(about(110), about(100)) == Order::kGreater);
  CHECK(compare(about(100), about(101)) == Order::kSame);
  CHECK(is_materially_less(about(90), about(100)));
  CHECK_FALSE(is_materially_less(about(97), about(100)));       // apart, and less than 5 %
  CHECK_FALSE(is_materially_less(about(90, 0.2), about(100)));  // more than 5 %, and not apart
  CHECK(ratio_of(about(100), Summary{}).median == 0);
  const Summary ratio = ratio_of(about(120), about(100));
  CHECK(ratio.median == Approx(1.2));
  CHECK(ratio.low == Approx(118.8 / 101));
  CHECK(ratio.high == Approx(121.2 / 99));
}

TEST_CASE("a crossing is where threads are behind from there to the end of the row") {
  struct Row {
    const char* what;
    std::vector<double> threads;  // of async's 100, by concurrency
    int level, behind;            // index; -1: none
    std::size_t count_behind;
  };
  for (const Row& row :
       {Row{"never", {100, 99, 101}, 2, -1, 0}, Row{"at the end", {100, 100, 80}, 1, 2, 1},
        Row{"from the first", {80, 80, 80}, -1, 0, 3},
        Row{"in the middle only", {100, 80, 100}, 2, -1, 1}, Row{"twice", {80, 100, 80}, 1, 2, 2},
        Row{"ahead", {100, 120, 100}, 2, -1, 0}}) {
    CAPTURE(row.what);
    EngineRun run;
    for (std::size_t i = 0; i < row.threads.size(); ++i)
      add_pair(run, static_cast<double>(i + 1), 50, row.threads[i], 100);
    const Plane plane(run);
    const Crossing crossing = crossing_of(50, *plane.row(50));
    const auto index = [](const Pair* pair) {
      return pair == nullptr ? -1 : static_cast<int>(pair->concurrency) - 1;
    };
    CHECK(index(crossing.level) == row.level);
    CHECK(index(crossing.behind) == row.behind);
    CHECK(crossing.count_behind == row.count_behind);
    CHECK((crossing.best != nullptr) == (std::string(row.what) == "ahead"));
  }
}

TEST_CASE("where threads fall behind is said with both figures and where they were level") {
  const std::string text = said(find_crossing(behind_at(20000)), kWhere);
  CHECK(has(text,
            "Threads fall behind async from 20,000 [19,800–20,200] requests a second on, with "
            "1,000 connections at 50 ms"));
  CHECK(has(text, "they do 16,000 [15,800–16,200] there, 20 % fewer"));
  CHECK(has(
      text,
      "With 500 connections they are level, 10,000 [9,900–10,100] against 10,000 [9,900–10,100]"));
  CHECK(has(
      text,
      "At 50 ms: level up to 500 connections (10,000 a second), behind from 1,000 connections on"));
  CHECK_FALSE(has(text, "ystem calls"));  // none were counted
}

TEST_CASE("where they are level throughout, that is said, and no more") {
  const auto findings = find_crossing(level_up_to(12000));
  CHECK(has(said(findings, kWhere),
            "With a delay threads do not fall behind async from any rate on that was measured: "
            "they do 12,000 [11,900–12,100] "
            "requests a second"));
  CHECK(has(said(findings, kWhere), "At 50 ms: never behind, up to 1,000 connections"));
  CHECK(has(said(findings, kWhich), "None of them, as far as was measured."));
}

TEST_CASE("a row that is behind here and there is told from one that falls behind") {
  EngineRun run = level_up_to(12000);
  add_pair(run, 100, 50, 900, 1000);
  CHECK(has(said(find_crossing(run), kWhere),
            "behind at 1 of 3 concurrencies, though not from one on (most with 100:"));
}

TEST_CASE("without a delay the rate is the engines' own and decides nothing about a rate") {
  EngineRun run = level_up_to(12000);
  add_pair(run, 1, 0, 3000, 5000);
  const std::string text = said(find_crossing(run), kWhere);
  CHECK(has(text, "With a delay threads do not fall behind"));
  CHECK(has(text, "Without delay: behind from 1 connection on"));
  CHECK(has(text,
            "the limit and not the waiting, they are behind at 1 of 1 concurrencies, most with 1 "
            "connection: 3,000"));
  CHECK(has(said(find_crossing(run), kAdvice), "without delay threads are behind."));
  EngineRun nothing_else;
  add_pair(nothing_else, 1, 0, 3000, 5000);
  CHECK(find_crossing(nothing_else).empty());
}

TEST_CASE("where only a busy machine without delay tells the engines apart, that names CPU") {
  EngineRun run = level_up_to(12000);
  add_pair(run, 1, 0, 5000, 5000);
  add_pair(run, 100, 0, 29500, 38400);
  for (EngineCell& cell : run.cells) {
    cell.machine_busy = about(cell.concurrency >= 100 ? 0.99 : 0.5);
    cell.cpu_us = about(cell.engine == "threads" ? 60 : 30);
  }
  const std::string text = said(find_crossing(run), kWhich);
  CHECK(has(text, "CPU: threads need more of it a request."));
  CHECK(has(text,
            "With 100 connections without delay: the machine is 99 % busy with threads; a request "
            "costs threads 60 µs"));
  for (EngineCell& cell : run.cells) cell.requests_per_second = about(1000);
  CHECK(has(said(find_crossing(run), kWhere), "they are behind at none of 2 concurrencies."));
  CHECK(has(said(find_crossing(run), kWhich), "CPU is the next: the machine is busy"));
}

TEST_CASE("what is behind here and there with a delay is in the answer too") {
  EngineRun run = level_up_to(12000);
  add_pair(run, 100, 50, 900, 1000);
  CHECK(has(said(find_crossing(run), kWhere),
            "Behind they are here and there all the same, most with 100 connections at 50 ms."));
}

TEST_CASE("a single repeat has no interval and tells nothing apart") {
  Summary once = about(47);
  Summary other = about(100);
  CHECK(difference(once, other) == "53\u00a0% fewer");
  CHECK(difference(about(47, 1.2), other) == "too uncertain to tell");
  once.repeats = other.repeats = 1;
  CHECK(compare(once, other) == Order::kSame);
  CHECK(difference(once, other) == "too uncertain to tell");
}

TEST_CASE("an engine that could not be measured is no engine that is behind") {
  EngineRun run = level_up_to(12000);
  run.cells.push_back(engine_cell("async", 10000, 50, 90000));
  EngineCell skipped = engine_cell("threads", 10000, 50, 0);
  skipped.requests_per_second.reset();
  skipped.skipped = "20,000 descriptors allow 9,900 threads";
  run.cells.push_back(skipped);
  const auto findings = find_crossing(run);
  CHECK(has(
      said(findings, kWhere),
      "never behind, up to 1,000 connections (12,000 a second); threads not measured with 10,000"));
  CHECK(has(said(findings, kWhich),
            "threads were not measured with 10,000 connections at 50 ms (20,000 descriptors allow "
            "9,900 threads)"));
}

TEST_CASE("the advice is judged by the rates on both sides of 10,000") {
  struct Row {
    const char* what;
    EngineRun run;
    const char* verdict;
  };
  EngineRun both = behind_at(6000);
  add_pair(both, 200, 10, 18000, 18000);
  for (const Row& row :
       {Row{"behind below", behind_at(8000),
            "promises too much here: threads fall behind at 8,000"},
        Row{"level beyond", behind_at(30000), "is too cautious here: threads keep up at 15,000"},
        Row{"level throughout and beyond", level_up_to(12000),
            "is too cautious here: threads keep up at 12,000"},
        Row{"around it", behind_at(14000),
            "fits what was measured here: threads are level at 7,000"},
        Row{"not reached", level_up_to(4000),
            "can neither be confirmed nor refuted: threads keep up as far as was measured, 4,000"},
        Row{"either way", both, "does not hold as a rate here: threads fall behind at 6,000"}}) {
    CAPTURE(row.what);
    CHECK(has(said(find_crossing(row.run), kAdvice), row.verdict));
  }
}

TEST_CASE("the advice is read in system calls too where they were counted") {
  EngineRun run = level_up_to(12000);
  for (EngineCell& cell : run.cells) cell.syscalls = Summary{2.5, 2.5, 2.5, 1, true};
  CHECK(has(
      said(find_crossing(run), kAdvice),
      "threads keep up at 30,000 system calls a second (2.5 a request), 3 times what is advised"));
  CHECK(has(said(find_crossing(run), kWhere),
            "That is 30,000 system calls a second (2.5 a request) by threads."));
}

TEST_CASE("what does it is told by what separates the engines") {
  struct Row {
    const char* what;
    double busy, cpu_threads, cpu_async, switches_threads, switches_async, memory;
    const char* verdict;
  };
  for (const Row& row :
       {Row{"CPU and switches", 0.98, 70, 50, 4, 0.2, 1e8, "CPU, and context switches go with it"},
        Row{"CPU alone", 0.98, 70, 50, 2, 0.2, 1e8,
            "CPU: threads need more of it a request. It is not a growing number of context "
            "switches"},
        Row{"switches on an idle machine", 0.4, 70, 50, 4, 0.2, 1e8,
            "Context switches, by their number; the machine is not fully used."},
        Row{"switches on a busy machine", 0.98, 50, 50, 4, 0.2, 1e8,
            "Context switches, by their number: the machine is fully used"},
        Row{"busy, and level in both", 0.98, 50, 50, 2, 2, 1e8,
            "neither CPU nor context switches a request tell the engines apart"},
        Row{"none", 0.4, 50, 50, 2, 2, 1e8, "None of context switches and CPU explains it"},
        Row{"memory", 0.98, 70, 50, 4, 0.2, 6e8, "Memory is near its limit too."}}) {
    CAPTURE(row.what);
    EngineRun run = behind_at(20000);
    run.run.machine.memory_bytes = 1e9;
    for (EngineCell& cell : run.cells) {
      const bool is_threads = cell.engine == "threads";
      const bool is_crowd = cell.concurrency == 1000;
      cell.machine_busy = about(row.busy);
      cell.cpu_us = about(is_threads ? row.cpu_threads : row.cpu_async);
      cell.switches_voluntary =
          about(is_threads ? (is_crowd ? row.switches_threads : 2) : row.switches_async);
      cell.switches_involuntary = about(0.001);
      cell.peak_memory = about(row.memory);
    }
    const std::string text = said(find_crossing(run), kWhich);
    CHECK(has(text, row.verdict));
    CHECK(has(text, "a request costs threads"));
    CHECK(has(text, "With 1,000 connections at 50 ms:"));
  }
}
