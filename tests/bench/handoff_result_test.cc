// What the runs come to: the object that is written.
#include <boost/json.hpp>
#include <cmath>

#include "bench/handoff/samples.h"
#include "tests/catch.h"

namespace scraper::bench {
namespace {

namespace json = boost::json;
using parse::Handoff;

json::object answer(double pages_per_second, double cpu_us) {
  return {{"pages", 100},
          {"failures", 0},
          {"failure", ""},
          {"pages_per_second", pages_per_second},
          {"bytes_per_second", pages_per_second * 35'840},
          {"cpu_us", cpu_us},
          {"owner_cpu_us", 2.0},
          {"memory", 20'000'000}};
}

// File and inline, 35 KB parsed by gumbo with two workers.
HandoffPlan two_cells() {
  HandoffPlan plan;
  plan.repeats = 6;
  const HandoffCell file{Handoff::kFile,  Storage::kDisk, Opening::kKept,
                         Direction::kIn,  35 * 1024,      2,
                         PageWork::kGumbo};
  plan.cells = {file, file};
  plan.cells[1].handoff = Handoff::kInline;
  plan.events = {{Handoff::kFile, WorkerEvent::What::kSpawn},
                 {Handoff::kInline, WorkerEvent::What::kSpawn}};
  return plan;
}

HandoffSamples measured(const HandoffPlan& plan) {
  HandoffSamples samples(plan);
  for (std::size_t round = 0; round < plan.repeats; ++round) {
    const auto slow = static_cast<double>(1 + round);  // the machine is ever slower, for both alike
    samples.add_cell(0, round, answer(900 / slow, 2'160 * slow));
    samples.add_cell(1, round, answer(1'000 / slow, 2'000 * slow));
    samples.add_event(0, round, {{"milliseconds", 4.0}, {"memory", 4'400'000}});
    samples.add_event(1, round, {{"milliseconds", 0.2}, {"memory", 300'000}});
  }
  return samples;
}

double median(const json::value& summary) { return summary.at("median").to_number<double>(); }

TEST_CASE("a cell is what it is and summaries of what it gave") {
  const HandoffPlan plan = two_cells();
  const json::object result = measured(plan).to_json();
  const json::object& cell = result.at("cells").at(0).as_object();
  CHECK(cell.at("handoff") == "file");
  CHECK(cell.at("payload") == 35 * 1024);
  CHECK(cell.at("failures") == 0);
  CHECK(median(cell.at("memory")) == 20'000'000);
  CHECK(median(cell.at("cpu_us")) == 2'160 * 3.5);
  CHECK(cell.at("cpu_us").at("repeats") == 6);
  CHECK(measured(plan).first_failure().empty());
}

TEST_CASE("file is compared with inline round by round, so that a slow machine is no difference") {
  const HandoffPlan plan = two_cells();
  const json::object result = measured(plan).to_json();
  REQUIRE(result.at("file_over_inline").as_array().size() == 1);
  const json::value& one = result.at("file_over_inline").at(0);
  CHECK(one.at("cpu_us").at("low").to_number<double>() == Approx(1.08));
  CHECK(one.at("cpu_us").at("high").to_number<double>() == Approx(1.08));
  CHECK(median(one.at("pages_per_second")) == Approx(0.9));
}

TEST_CASE("the worker a crawl has is told by the documented names, others in words") {
  const HandoffPlan plan = two_cells();
  const json::object result = measured(plan).to_json();
  CHECK(result.at("workers").at(0).at("what") == "spawn");
  CHECK(result.at("workers").at(1).at("what") == "start, inline");
  CHECK(median(result.at("workers").at(1).at("milliseconds")) == 0.2);
}

TEST_CASE("a round that failed is missing from the summary and told") {
  const HandoffPlan plan = two_cells();
  HandoffSamples samples(plan);
  samples.add_cell(0, 0, answer(900, 2'000));
  samples.fail_cell(0, "it ended without an answer");
  const json::object result = samples.to_json();
  CHECK(result.at("cells").at(0).at("cpu_us").at("repeats") == 1);
  CHECK(result.at("cells").at(1).as_object().contains("skipped"));
  CHECK(samples.first_failure() == "file, 35 KB in, 2 workers, gumbo: it ended without an answer");
}

TEST_CASE("pages that failed are counted over all rounds, and why") {
  const HandoffPlan plan = two_cells();
  HandoffSamples samples(plan);
  json::object bad = answer(900, 2'000);
  bad["failures"] = 3;
  bad["failure"] = "crashed: signal 11";
  samples.add_cell(1, 0, bad);
  samples.add_cell(1, 1, bad);
  CHECK(samples.to_json().at("cells").at(1).at("failures") == 6);
  CHECK(samples.first_failure() ==
        "inline, 35 KB in, 2 workers, gumbo: 6 pages failed: crashed: signal 11");
}

TEST_CASE("what this machine cannot measure is skipped with the reason, and is no failure") {
  HandoffPlan plan = two_cells();
  plan.impossible = {plan.cells[0]};
  plan.impossible[0].direction = Direction::kOut;
  HandoffSamples samples(plan);
  samples.skip_cell(0, "there is no tmpfs here");
  const json::object result = samples.to_json();
  CHECK(result.at("cells").at(0).at("skipped") == "there is no tmpfs here");
  CHECK(result.at("cells").at(2).at("skipped") == "an answer has at most 8 MB");
  CHECK(result.at("cells").at(2).at("direction") == "out");
  CHECK(samples.first_failure().empty());
}

}  // namespace
}  // namespace scraper::bench
