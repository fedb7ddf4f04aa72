// What is said of costs, tasks, hand-offs and workers, for each case that the figures can be.
#include "bench/report/findings.h"

#include "tests/bench/report_runs.h"
#include "tests/catch.h"

using namespace scraper::bench::report;
using namespace scraper::test;
using scraper::bench::Summary;

TEST_CASE("nothing measured, nothing said") {
  CHECK(find({}).empty());
  CHECK(find({EngineRun(), HandoffRun()}).empty());
}

TEST_CASE("the ratio to the ideal is the least at 200 ms up to 5,000 connections") {
  EngineRun run;
  for (const auto& [count, delay, ratio] : {std::tuple{1000.0, 200.0, 0.99},
                                            {5000.0, 200.0, 0.9},
                                            {10000.0, 200.0, 0.4},
                                            {5000.0, 50.0, 0.3}}) {
    run.cells.push_back(engine_cell("threads", count, delay, 5000));
    run.cells.back().ideal_ratio = about(ratio, 0.001);
    run.cells.back().machine_busy = about(0.97);
  }
  CHECK(said(find_costs(run), "Ratio to the ideal") ==
        "Threads: 90 % [89.9–90.1] at least, with 5,000 connections (the machine is 97 % busy "
        "there: it is the limit).");
  run.cells[1].machine_busy = about(0.5);
  CHECK(has(said(find_costs(run), "Ratio to the ideal"), "(the machine is 50 % busy there)"));
  CHECK_FALSE(
      said(find_costs(run), "Ratio to the ideal at 200 ms, up to 5,000 connections").empty());
  run.cells[1].ideal_ratio.reset();
  CHECK_FALSE(
      said(find_costs(run), "Ratio to the ideal at 200 ms, up to 1,000 connections").empty());
  run.cells.push_back(engine_cell("async", 3000, 200, 5000));
  run.cells.back().ideal_ratio = about(0.99, 0.001);
  CHECK(has(said(find_costs(run), "Ratio to the ideal at 200 ms, up to 3,000 connections"),
            "measured up to 1,000 connections only"));
}

TEST_CASE("an engine's CPU is set against the bare loop of its kind in the same cell") {
  EngineRun run;
  for (const auto& [engine, count, cpu] : {std::tuple{"threads", 100.0, 55.0},
                                           {"bare-threads", 100.0, 50.0},
                                           {"threads", 1000.0, 80.0},
                                           {"bare-threads", 1000.0, 50.0},
                                           {"async", 100.0, 50.0}}) {
    run.cells.push_back(engine_cell(engine, count, 50, 1000));
    run.cells.back().cpu_us = about(cpu);
  }
  const std::string text = said(find_costs(run), "CPU a request against a bare");
  CHECK(has(text,
            "threads against a loop of blocking handles: from 1.1 × [1.08–1.12] to 1.6 × "
            "[1.57–1.63], the most with 1,000 "
            "connections at 50 ms"));
  CHECK(has(text, "more than 1.25 × for certain in 1 of 2 cells"));
  CHECK_FALSE(has(text, "async"));  // there is no bare loop to set it against
  for (EngineCell& cell : run.cells) {
    if (cell.concurrency == 1000) cell.scheme = "https";
  }
  CHECK(has(said(find_costs(run), "CPU a request against a bare"),
            "threads with one thing changed: 1.6 × [1.57–1.63], the most with 1,000 connections at "
            "50 ms, HTTPS (80 µs"));
}

TEST_CASE("memory is that of the greatest concurrency, HTTP and HTTPS apart") {
  EngineRun run;
  for (const auto& [count, kilobytes, scheme] :
       {std::tuple{100.0, 90.0, "http"}, {5000.0, 36.0, "http"}, {2000.0, 110.0, "https"}}) {
    run.cells.push_back(engine_cell("threads", count, 200, 1000));
    run.cells.back().memory_per_connection = about(kilobytes * 1024);
    run.cells.back().scheme = scheme;
  }
  CHECK(said(find_costs(run), "Memory a connection") ==
        "Resident, a connection: threads 36 KB [35.6–36.4] with 5,000 connections, over HTTPS 110 "
        "KB [109–111] with 2,000 "
        "connections.");
}

TEST_CASE("one thing changed is set against the same cell of the plane") {
  EngineRun run;
  add_pair(run, 100, 0, 1000, 1000);
  add_pair(run, 500, 50, 1000, 1000);
  for (EngineCell& cell : run.cells) cell.cpu_us = about(50);
  run.cells.push_back(engine_cell("async", 100, 0, 600));
  run.cells.back().scheme = "https";
  run.cells.back().cpu_us = about(75);
  CHECK(has(said(find_costs(run), "One thing changed"), "HTTPS: async 1.5 × [1.47–1.53]"));
}

TEST_CASE("a load server that is hardly faster than what it measured is said to be in doubt") {
  EngineRun run;
  add_pair(run, 100, 0, 20000, 25000);
  run.server_requests_per_second = about(80000);
  CHECK(said(find_costs(run), "The load server") ==
        "It serves 80,000 [79,200–80,800] requests a second to a bare socket client, 3.2 × "
        "[3.14–3.26] the most that was measured "
        "(25,000, async).");
  run.server_requests_per_second = about(40000);
  CHECK(has(said(find_costs(run), "The load server"), "That is not several times as much"));
  run.server_requests_per_second = about(60000, 0.3);
  CHECK(has(said(find_costs(run), "The load server"),
            "By the interval it may be less than twice as much"));
}

TEST_CASE("errors and what was left out are counted, with the reasons") {
  EngineRun run;
  add_pair(run, 100, 0, 1, 1);
  CHECK(said(find_costs(run), "What went wrong") ==
        "No request failed in any of 2 cells; none was left out.");
  run.cells[0].errors = 7;
  run.cells.push_back(engine_cell("threads", 10000, 0, 1));
  run.cells.back().skipped = "too few descriptors";
  CHECK(said(find_costs(run), "What went wrong") ==
        "7 requests failed, in 1 of 2 cells (the tables say which); 1 could not be measured, "
        "because:\ntoo few descriptors");
}

TEST_CASE("tasks are compared where their intervals allow it") {
  EngineRun run;
  run.tasks = {{"threads", "start 10000", "ms", "", "", about(280), {}},
               {"async", "start 10000", "ms", "", "", about(14), {}},
               {"threads", "cancel one of 10000", "us", "", "", about(60), {}},
               {"async", "cancel one of 10000", "us", "", "", about(60.5), {}},
               {"threads", "hand a value over", "us", "", "", about(9), about(2)},
               {"async", "hand a value over", "us", "", "", {}, {}},
               {"async", "memory a task", "bytes", "", "", about(2048), {}}};
  const std::string text = said(find_tasks(run), "A task's life");
  CHECK(has(text,
            "starting 10,000 idle tasks: threads 280 ms [277–283], async 14 ms [13.9–14.1]; "
            "threads take 20 × [19.6–20.4] as much"));
  CHECK(has(text,
            "cancelling one of 10,000 by its id: threads 60 µs [59.4–60.6], async 60.5 µs "
            "[59.9–61.1]; no difference to be seen"));
  CHECK(has(text,
            "one task handing a value to another: threads 9 µs [8.91–9.09] and 2 [1.98–2.02] "
            "context switches, async not measured"));
  CHECK(has(text, "memory of an idle task: async 2 KB [1.98–2.02]"));
  run.tasks = {{"threads", "end 2000", "ms", "", "", about(1), {}},
               {"threads", "something new", "", "", "no such thing", {}, {}}};
  CHECK(said(find_tasks(run), "A task's life") ==
        "Smaller is better in each:\nending 2,000 idle tasks: threads 1 ms [0.99–1.01]\nsomething "
        "new: threads not measured (no "
        "such thing)");
}

TEST_CASE("what the owner does is not compared where one engine's owner does more") {
  EngineRun run;
  run.tasks = {
      {"threads", "hand a value over, owner to engine", "us", "", "", about(5), {}},
      {"async", "hand a value over, to a loop on another thread", "us", "", "", about(6), {}},
      {"threads", "hand over a URL", "us", "", "", about(4), {}},
      {"async", "hand over a URL", "us", "", "", about(9), {}},
      {"threads", "hand over a URL and take its capture", "us", "", "", about(10), {}},
      {"async", "hand over a URL and take its capture", "us", "", "", about(27), {}}};
  const std::string text = said(find_tasks(run), "A task's life");
  CHECK_FALSE(has(text, "as much"));
  CHECK(has(text,
            "a thread of the engine: threads 5 µs [4.95–5.05]; async has no thread of its own to "
            "hand one to"));
  CHECK(has(text,
            "a value to a loop on another thread, which async would pay if it had one: async 6 µs "
            "[5.94–6.06]"));
  CHECK(has(text, "async 27 µs [26.7–27.3]; not alike: of async this is the whole transfer"));
  CHECK(has(text, "async 9 µs [8.91–9.09]; not alike"));
}

TEST_CASE("a hand-off wins where nothing else reaches its interval") {
  HandoffRun run;
  for (const auto& [payload, file, pipe, shm] : {std::tuple{1024.0, 100.0, 130.0, 160.0},
                                                 {10240.0, 100.0, 101.0, 100.0},
                                                 {102400.0, 100.0, 101.0, 99.0}}) {
    run.cells.push_back(handoff_cell("file", payload, file));
    run.cells.push_back(handoff_cell("pipe", payload, pipe));
    run.cells.push_back(handoff_cell("shm", payload, shm));
  }
  CHECK(said(find_handoffs(run),
             "Which hand-off wins: the payload goes to the worker, without work, one worker") ==
        "Of the three that keep the worker a process of its own: shm at 1 KB.\n"
        "1 KB: shm, 160 [158–162] pages a second; 1.23 × [1.21–1.26] the next, pipe\n"
        "10 KB to 100 KB: no difference to be seen between file, pipe and shm");
}

TEST_CASE("isolation is file, pipe and shm against inline at the payload next to 35 KB") {
  HandoffRun run;
  for (const auto& [handoff, rate, cpu] :
       {std::tuple{"inline", 500.0, 2000.0}, {"file", 450.0, 2200.0}, {"shm", 499.0, 2005.0}}) {
    run.cells.push_back(handoff_cell(handoff, 35000, rate, "gumbo"));
    run.cells.back().cpu_us = about(cpu);
  }
  const std::string text = said(find_handoffs(run), "What isolation costs");
  CHECK(has(text, "A page of 35 KB, handed to a process of its own"));
  CHECK(has(text,
            "file with gumbo, one worker: 450 [446–454] pages a second against 500 [495–505], 10 % "
            "fewer; CPU a page 2,200 µs "
            "[2,180–2,220] against "
            "2,000 µs [1,980–2,020], 1.1 × [1.08–1.12]"));
  CHECK(has(text,
            "shm with gumbo, one worker: 499 [494–504] pages a second against 500 [495–505], no "
            "difference to be seen; CPU a page "
            "2,010 µs"));
  for (HandoffCell& cell : run.cells) cell.work = "scan";
  CHECK(has(said(find_handoffs(run), "What isolation costs"),
            "file with the scanner, one worker: 450 [446–454] pages a second"));
  for (HandoffCell& cell : run.cells) cell.payload = 1e6;
  CHECK(said(find_handoffs(run), "What isolation costs").empty());
}

TEST_CASE("file on tmpfs and opened for each page are set against the usual way") {
  HandoffRun run;
  for (const double payload : {1024.0, 10240.0}) {
    run.cells.push_back(handoff_cell("file", payload, 1000));
    run.cells.push_back(handoff_cell("file", payload, 1005));
    run.cells.back().storage = "tmpfs";
    run.cells.push_back(handoff_cell("file", payload, payload > 2000 ? 995 : 700));
    run.cells.back().open = "each";
  }
  CHECK(
      has(said(find_handoffs(run), "file on disk against tmpfs"),
          "No difference to be seen in pages a second from 1 KB to 10 KB (0.995 × [0.975–1.02])."));
  const std::string opened = said(find_handoffs(run), "file: a path opened");
  CHECK(has(opened, "A difference in pages a second at 1 of 2 payloads"));
  CHECK(has(opened, "1 KB: 700 [693–707] pages a second against 1,000 [990–1,010], 30 % fewer"));
}

TEST_CASE(
    "a worker's start and its replacement have their times, by hand-off where the file says") {
  HandoffRun run;
  run.workers = {{"spawn", "", "spawn", "", about(4), about(8388608)},
                 {"crash", "", "crash", "", about(7), {}}};
  CHECK(
      said(find_workers(run), "A worker's start") ==
      "What a process of its own takes to be there:\n"
      "from a worker's start to its first answer: 4 ms [3.96–4.04] and 8 MB [7.92–8.08] resident\n"
      "from its death to the answer for the next page: 7 ms [6.93–7.07]");
  run.workers = {{"x", "", "crash held", "file", about(7), {}},
                 {"y", "no memory", "crash held", "pipe", {}, {}}};
  CHECK(has(said(find_workers(run), "A worker's start"),
            "the page it held: file 7 ms [6.93–7.07]; pipe not measured (no memory)"));
}

TEST_CASE("what intervals are too wide to tell is not said to be level") {
  HandoffRun run;
  run.cells = {handoff_cell("inline", 35840, 500), handoff_cell("file", 35840, 490),
               handoff_cell("pipe", 35840, 480)};
  for (HandoffCell& cell : run.cells)
    cell.pages_per_second = about(cell.pages_per_second->median, 0.5);
  CHECK(has(said(find_handoffs(run), "What isolation costs"),
            "490 [245–735] pages a second against 500 [250–750], too uncertain to tell"));
  CHECK(has(said(find_handoffs(run), "Which hand-off wins"),
            "35 KB: too uncertain to tell between file and pipe"));
  EngineRun engines;
  engines.tasks = {{"threads", "deadline lateness p99", "us", "", "", about(13000, 0.4), {}},
                   {"async", "deadline lateness p99", "us", "", "", about(12000, 0.4), {}}};
  CHECK(has(said(find_tasks(engines), "A task's life"),
            "lateness of a deadline, 99th percentile: threads 13 ms [7.8–18.2], async 12 ms "
            "[7.2–16.8]; too uncertain to tell"));
  add_pair(engines, 10, 50, 1000, 1000);
  engines.cells[0].requests_per_second = about(1000, 0.4);
  CHECK(has(said(find_crossing(engines), "Where threads fall behind"),
            "never behind, up to 10 connections (1,000 a second); too uncertain to tell with 10"));
}

TEST_CASE("isolation names the ratio of the same repeats where the file has it") {
  HandoffRun run;
  run.cells = {handoff_cell("inline", 35840, 500, "gumbo"),
               handoff_cell("file", 35840, 490, "gumbo")};
  run.file_over_inline = {{"out", "gumbo", 35840, 1, about(7), about(7)},
                          {"in", "gumbo", 35840, 1, about(0.98, 0.001), about(1.04, 0.001)}};
  CHECK(has(said(find_handoffs(run), "What isolation costs"),
            "repeat by repeat 0.98 × [0.979–0.981] the pages a second, 1.04 × [1.04–1.04] the CPU "
            "a page"));
}

TEST_CASE("a quick run and figures that are ranges are said to be that") {
  EngineRun run;
  add_pair(run, 100, 50, 1, 1);
  CHECK(said(find({run, {}}), "How far to trust it").empty());
  run.cells[0].requests_per_second->is_range = true;
  CHECK(has(said(find({run, {}}), "How far to trust it"), "fewer than six repeats"));
  run.run.is_quick = true;
  CHECK(has(said(find({run, {}}), "How far to trust it"), "measured with --quick"));
  run.run.is_quick = false;
  run.run.is_interrupted = true;
  CHECK(has(said(find({run, {}}), "How far to trust it"),
            "was interrupted: its figures are of the repeats until then."));
}
