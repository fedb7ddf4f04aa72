#include "bench/engines/results.h"

#include <boost/json.hpp>

#include "tests/catch.h"

using namespace scraper;
using namespace scraper::bench;

namespace {

// Two seconds with that many requests, each of which took 50 us of CPU.
Reading reading(std::uint64_t requests) {
  Reading one;
  one.seconds = 2;
  one.requests = requests;
  one.cpu_us = 50.0 * static_cast<double>(requests);
  one.switches_voluntary = requests * 2;
  one.memory_before = 1'000'000;
  one.memory_after = 3'000'000;
  one.threads = 11;
  return one;
}

CellResult measured(Runner runner, std::size_t concurrency, unsigned delay_ms,
                    std::uint64_t requests) {
  CellResult result;
  result.planned.cell = {runner, concurrency, delay_ms, 10'240};
  result.readings = {reading(requests), reading(requests)};
  return result;
}

const boost::json::object& cell(const boost::json::object& document, std::size_t index) {
  return document.at("cells").as_array().at(index).as_object();
}

double median(const boost::json::object& object, std::string_view name) {
  return object.at(name).at("median").to_number<double>();
}

}  // namespace

TEST_CASE("a cell's figures are a request's, a second's and a connection's") {
  EngineResults results;
  results.cells = {measured(Runner::kThreads, 100, 200, 900)};
  results.cells[0].readings[1].errors = 3;
  results.cells[0].readings[1].first_error = "timeout";
  results.cells[0].syscalls = 11.5;
  const auto document = to_json(results);
  const auto& one = cell(document, 0);
  CHECK(one.at("engine").as_string() == "threads");
  CHECK(one.at("scheme").as_string() == "http");
  CHECK(one.at("connection").as_string() == "kept");
  CHECK(median(one, "requests_per_second") == 450);
  CHECK(one.at("ideal").to_number<double>() == 500);
  CHECK(median(one, "ideal_ratio") == Approx(0.9));
  CHECK(median(one, "cpu_us") == 50);
  CHECK(median(one, "switches_voluntary") == 2);
  CHECK(median(one, "memory_per_connection") == 20'000);
  CHECK(one.at("syscalls").to_number<double>() == 11.5);
  CHECK(one.at("errors").to_number<int>() == 3);
  CHECK(one.at("first_error").as_string() == "timeout");
  CHECK(one.at("threads").to_number<int>() == 11);
  CHECK(one.at("requests_per_second").at("repeats").to_number<int>() == 2);
  CHECK_FALSE(one.contains("skipped"));
}

TEST_CASE("without a delay there is no ideal, without ptrace no count") {
  EngineResults results;
  results.cells = {measured(Runner::kAsync, 100, 0, 900)};
  const auto document = to_json(results);
  CHECK(cell(document, 0).at("ideal").is_null());
  CHECK(cell(document, 0).at("ideal_ratio").is_null());
  CHECK(cell(document, 0).at("syscalls").is_null());
}

TEST_CASE("what was not measured says why") {
  EngineResults results;
  results.cells.resize(2);
  results.cells[0].planned.skipped = "too many descriptors";
  results.cells[1].failure = "it ended";
  results.task_failures = {{fetch::Engine::kThreads, TaskGroup::kLife, "too many threads"}};
  const auto document = to_json(results);
  CHECK(cell(document, 0).at("skipped").as_string() == "too many descriptors");
  CHECK(cell(document, 1).at("skipped").as_string() == "it ended");
  CHECK_FALSE(cell(document, 0).contains("requests_per_second"));
  CHECK(document.at("tasks").at(0).at("skipped").as_string() == "too many threads");
}

TEST_CASE("a task's repeats come together by engine and name") {
  EngineResults results;
  results.add(fetch::Engine::kThreads, {{"end 10000", "ms", "about it", 10, {}},
                                        {"hand a value over", "us", "to and fro", 2, 1.0}});
  results.add(fetch::Engine::kAsync, {{"end 10000", "ms", "about it", 1, {}}});
  results.add(fetch::Engine::kThreads, {{"end 10000", "ms", "about it", 20, {}}});
  const auto document = to_json(results);
  const auto& tasks = document.at("tasks").as_array();
  REQUIRE(tasks.size() == 3);
  CHECK(tasks[0].at("value").at("median").to_number<double>() == 15);
  CHECK(tasks[0].at("about").as_string() == "about it");
  CHECK(tasks[1].at("switches").at("median").to_number<double>() == 1);
  CHECK_FALSE(tasks[0].as_object().contains("switches"));
}

TEST_CASE("the server's headroom is its requests a second over the fastest cell's") {
  EngineResults results;
  results.cells = {measured(Runner::kAsync, 100, 0, 40'000),
                   measured(Runner::kBareMulti, 100, 0, 60'000)};
  results.server.resize(2);
  for (BareFigures& figures : results.server) figures.requests_per_second = 45'000;
  CHECK(headroom(results) == 1.5);
  CHECK(to_json(results).at("server").at("headroom").to_number<double>() == 1.5);
}

TEST_CASE("what could have been measured and was not is a failure, be it a cell or a task") {
  EngineResults results;
  CHECK_FALSE(has_failed(results));
  results.cells.resize(1);
  results.cells[0].planned.skipped = "too few descriptors";
  results.task_failures = {
      {fetch::Engine::kThreads, TaskGroup::kCancel, "too few descriptors", true}};
  CHECK_FALSE(has_failed(results));
  results.task_failures[0].is_planned = false;
  CHECK(has_failed(results));
  results.task_failures.clear();
  results.cells[0].planned.skipped.clear();
  CHECK(has_failed(results));
}
