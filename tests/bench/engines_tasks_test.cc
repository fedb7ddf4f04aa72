#include "bench/engines/tasks.h"

#include <algorithm>
#include <boost/json.hpp>
#include <map>

#include "tests/bench/engines_serving.h"

using namespace scraper;
using namespace scraper::bench;
using scraper::bench::test::EnginesServing;

namespace {

#define EITHER_ENGINE GENERATE(fetch::Engine::kThreads, fetch::Engine::kAsync)

std::map<std::string, TaskValue> values_of(const TaskWork& work) {
  const auto values = run_task(work);
  if (!values) FAIL(values.error().context);
  std::map<std::string, TaskValue> by_name;
  for (const TaskValue& value : *values) {
    CHECK(value.value >= 0);  // a few coroutines may live in memory that was there
    CHECK_FALSE(value.about.empty());
    by_name[value.what] = value;
  }
  return by_name;
}

}  // namespace

TEST_CASE("idle tasks start, take memory and end") {
  const auto values = values_of({TaskGroup::kLife, EITHER_ENGINE, 500, {}});
  CHECK(values.count("start 500") == 1);
  CHECK(values.count("end 500") == 1);
  CHECK(values.at("memory a task").unit == "bytes");
}

TEST_CASE(
    "a value handed from coroutine to coroutine costs no switch, one from thread to thread does") {
  const auto threads = values_of({TaskGroup::kTogether, fetch::Engine::kThreads, 0, {}});
  const auto async = values_of({TaskGroup::kTogether, fetch::Engine::kAsync, 0, {}});
  CHECK(*async.at("hand a value over").switches < 0.5);
  CHECK(*threads.at("hand a value over").switches > *async.at("hand a value over").switches);
  CHECK(threads.count("hand a value over, owner to engine") == 1);
  CHECK(async.count("hand a value over, owner to engine") == 0);  // it has no thread of its own
  CHECK(async.at("hand a value over, to a loop on another thread").about.find("would pay") !=
        std::string::npos);
}

TEST_CASE("the first byte comes sooner when the engine runs") {
  const EnginesServing server;
  const auto values = values_of({TaskGroup::kFirstByte, EITHER_ENGINE, 1, server.site()});
  CHECK(values.at("first byte, engine running").value < values.at("first byte").value);
}

TEST_CASE("one of many transfers is cancelled, then all the others") {
  const EnginesServing server;
  const auto values = values_of({TaskGroup::kCancel, EITHER_ENGINE, 200, server.site()});
  CHECK(values.at("cancel one of 10000").value < 1e6);  // within the second that is promised
  CHECK(values.at("cancel one of 10000").about.find("one of 200 transfers") != std::string::npos);
  CHECK(values.at("cancel 10000").value < 1e3);
}

TEST_CASE("transfers end late at their deadline, but end") {
  const EnginesServing server;
  const auto values = values_of({TaskGroup::kDeadline, EITHER_ENGINE, 50, server.site()});
  CHECK(values.at("deadline lateness p99").value < 5e6);
}

TEST_CASE("handing a URL over is a part of handing it over and taking its capture") {
  const EnginesServing server;
  const auto values = values_of({TaskGroup::kHandOver, EITHER_ENGINE, 50, server.site()});
  CHECK(values.at("hand over a URL").value <=
        values.at("hand over a URL and take its capture").value);
}

TEST_CASE("tasks survive the way to a child and back") {
  LoadSite site;
  site.port = 1'234;
  site.addresses = {"127.0.0.1", "127.0.0.2"};
  const auto work =
      task_work_from(to_json(TaskWork{TaskGroup::kHandOver, fetch::Engine::kAsync, 77, site}));
  REQUIRE(work.has_value());
  CHECK(work->group == TaskGroup::kHandOver);
  CHECK(work->engine == fetch::Engine::kAsync);
  CHECK(work->count == 77);
  CHECK(work->site.port == 1'234);
  CHECK(work->site.addresses == site.addresses);
  const auto values = task_values_from(
      to_json(std::vector<TaskValue>{{"a", "us", "b", 2.5, 1.5}, {"c", "ms", "d", 3, {}}}));
  REQUIRE(values.has_value());
  REQUIRE(values->size() == 2);
  CHECK(values->front().what == "a");
  CHECK(values->front().value == 2.5);
  CHECK(values->front().switches == 1.5);
  CHECK_FALSE(values->back().switches.has_value());
}
