// `scraper bench engines`: the plan, run pass by pass, each run in a process of its own, against a
// load server in another.
#include <fmt/format.h>

#include <algorithm>
#include <boost/json.hpp>
#include <memory>
#include <utility>

#include "base/clock.h"
#include "base/output.h"
#include "base/say.h"
#include "bench/bench.h"
#include "bench/child.h"
#include "bench/engines/plan.h"
#include "bench/engines/results.h"
#include "bench/load/bare_client.h"
#include "bench/load/server.h"
#include "bench/machine.h"
#include "bench/output.h"
#include "bench/run_watch.h"
#include "bench/syscall_counter.h"

namespace scraper::bench {

namespace json = boost::json;

namespace {

using std::chrono::milliseconds;

constexpr milliseconds kCellPatience{90'000};
constexpr milliseconds kTaskPatience{120'000};

class EngineBench {
 public:
  EngineBench(const BenchOptions& options, const cli::Machine& machine)
      : options_(options),
        machine_(machine),
        plan_(plan_engines(machine, options.is_quick)),
        progress_("bench engines", seconds_of(plan_)) {
    for (const PlannedCell& planned : plan_.cells) results_.cells.push_back({planned, {}, {}, {}});
    results_.server_run.connections =
        static_cast<unsigned>(most_connections(results_.server_run.connections, machine));
  }

  Result<void> measure() {
    auto server = LoadServer::start({kServerAddresses, true, 1});
    if (!server) return server.error();
    server_ = std::move(*server);
    for (pass_ = 0; pass_ < plan_.repeats; ++pass_) {
      if (auto proved = prove_server(); !proved) return proved;
      if (auto run = run_cells(); !run) return run;
      run_tasks();
      if (is_interrupted()) return {};
      ++whole_passes_;
    }
    count_calls();
    return {};
  }

  const EngineResults& results() const { return results_; }
  std::size_t whole_passes() const { return whole_passes_; }
  std::size_t planned_passes() const { return plan_.repeats; }

 private:
  static bool is_interrupted() { return InterruptWatch::is_interrupted(); }

  void show(const std::string& what, double planned_seconds) {
    progress_.begin(
        fmt::format("repeat {} of {}, {}", std::min(pass_ + 1, plan_.repeats), plan_.repeats, what),
        planned_seconds);
  }

  Result<void> prove_server() {
    if (is_interrupted()) return {};
    const milliseconds duration(plan_.is_quick ? 500 : 1'000);
    show("the load server alone", 2 * seconds(duration));
    results_.server_run.duration = duration;
    auto figures = run_bare_client(server_->site(), results_.server_run);
    if (!figures) return figures.error();
    results_.server.push_back(*figures);
    auto tls = run_bare_tls(server_->site(), server_->certificate_file(),
                            {results_.server_run.page.body, duration, false});
    if (!tls) return tls.error();
    results_.tls.push_back(*tls);
    return {};
  }

  // Every second pass goes the other way, so that no engine is always the one that comes after the
  // other.
  Result<void> run_cells() {
    for (std::size_t i = 0; i < results_.cells.size() && !is_interrupted(); ++i) {
      CellResult& cell = results_.cells[pass_ % 2 == 0 ? i : results_.cells.size() - 1 - i];
      if (!cell.planned.skipped.empty() || (pass_ > 0 && cell.readings.empty())) continue;
      show(describe(cell.planned.cell), seconds_of(cell.planned));
      auto reading = run_cell_in_child(cell.planned);
      if (is_interrupted()) break;
      if (reading) {
        cell.readings.push_back(std::move(*reading));
        continue;
      }
      cell.failure = reading.error().context;
      if (auto stats = server_->site().stats(); !stats) return stats.error();
    }
    return {};
  }

  CellTask task_of(const Cell& cell, double window, bool is_counted) const {
    LoadPage page;
    page.body = cell.body;
    page.delay = milliseconds(cell.delay_ms);
    page.is_https = cell.is_tls;
    page.is_new_connection = !cell.is_kept;
    CellTask task{cell, window, is_counted, {}, cell.is_tls ? server_->certificate_file() : ""};
    for (std::size_t i = 0; i < server_->site().addresses.size(); ++i)
      task.urls.push_back(server_->site().url(page, i));
    return task;
  }

  Result<Reading> run_cell_in_child(const PlannedCell& planned) const {
    auto child = Child::start("engine-cell", to_json(task_of(planned.cell, planned.window, false)));
    if (!child) return child.error();
    auto answer = (*child)->answer(kCellPatience);
    if (!answer) return answer.error();
    auto reading = reading_from(*answer);
    (*child)->end(kCellPatience);
    if (reading && reading->requests == 0) {
      return Error{Errc::kOther, fmt::format("no request was answered ({})", reading->first_error)};
    }
    return reading;
  }

  void run_tasks() {
    for (const TaskGroup group : kTaskGroups) {
      const bool is_threads_first = pass_ % 2 == 0;
      for (const bool is_first : {true, false}) {
        if (is_interrupted()) return;
        run_task_in_child(
            group, is_first == is_threads_first ? fetch::Engine::kThreads : fetch::Engine::kAsync);
      }
    }
  }

  void run_task_in_child(TaskGroup group, fetch::Engine engine) {
    const bool has_failed = std::any_of(
        results_.task_failures.begin(), results_.task_failures.end(),
        [&](const TaskFailure& one) { return one.group == group && one.engine == engine; });
    if (has_failed) return;
    const Runner runner = engine == fetch::Engine::kThreads ? Runner::kThreads : Runner::kAsync;
    const TaskRoom room = room_for(group, runner, machine_);
    if (!room.shortage.empty()) {
      results_.task_failures.push_back({engine, group, room.shortage, true});
      return;
    }
    show(fmt::format("{}: {}", to_string(runner), to_string(group)),
         task_seconds(plan_) / std::size(kTaskGroups) / 2);
    const auto values = task_values(group, engine, room.count);
    if (is_interrupted()) return;
    if (values) {
      results_.add(engine, *values);
    } else {
      results_.task_failures.push_back({engine, group, values.error().context, false});
    }
  }

  Result<std::vector<TaskValue>> task_values(TaskGroup group, fetch::Engine engine,
                                             std::size_t count) const {
    auto child =
        Child::start("engine-task", to_json(TaskWork{group, engine, count, server_->site()}));
    if (!child) return child.error();
    auto answer = (*child)->answer(kTaskPatience);
    if (!answer) return answer.error();
    (*child)->end(kCellPatience);
    return task_values_from(*answer);
  }

  void count_calls() {
    for (CellResult& cell : results_.cells) {
      const std::uint64_t requests = cell.planned.counted_requests;
      if (is_interrupted() || !results_.uncounted.empty()) return;
      if (requests == 0 || cell.readings.empty()) continue;
      show("system calls of " + describe(cell.planned.cell), counted_seconds_of(cell.planned));
      auto child = Child::start("engine-cell", to_json(task_of(cell.planned.cell, 0, true)));
      if (!child || !(*child)->answer(kCellPatience)) continue;
      const auto calls = count_system_calls((*child)->pid(), requests);
      if (calls) {
        cell.syscalls = *calls;
      } else if (calls.error().code == Errc::kFile) {
        results_.uncounted =
            calls.error().context;  // ptrace itself: it would be the same with the others
      }
    }
  }

  const BenchOptions& options_;
  const cli::Machine& machine_;
  const Plan plan_;
  RunProgress progress_;
  EngineResults results_;
  std::unique_ptr<LoadServer> server_;
  std::size_t pass_ = 0;
  std::size_t whole_passes_ = 0;
};

void announce(const cli::Machine& machine, const BenchOptions& options) {
  const Plan plan = plan_engines(machine, options.is_quick);
  scraper::say(fmt::format(
      "bench engines: {} cells and {} groups of tasks with each engine, {} repeats: about {}\n",
      plan.cells.size(), std::size(kTaskGroups), plan.repeats,
      duration_in_words(seconds_of(plan))));
  for (const std::string& line : shortages_in_words(plan)) scraper::say("  " + line + "\n");
}

// What a measurement came to, as a whole or until it was interrupted.
struct Outcome {
  EngineResults results;
  double took = 0;
  bool is_interrupted = false;
};

json::object document_of(const BenchOptions& options, const Outcome& outcome) {
  json::object document{{"kind", "engines"},
                        {"version", 1},
                        {"quick", options.is_quick},
                        {"seconds", outcome.took},
                        {"machine", describe_machine(options.command)}};
  if (outcome.is_interrupted) document["interrupted"] = true;
  for (auto& member : to_json(outcome.results)) document[member.key()] = std::move(member.value());
  return document;
}

int finish(const BenchOptions& options, const Outcome& outcome) {
  const json::object document = document_of(options, outcome);
  const int published = publish(options.output, "engines.json", json::serialize(document) + "\n");
  if (outcome.is_interrupted) return InterruptWatch::exit_code();
  if (published != 0 || !has_failed(outcome.results)) return published;
  cli::complain("some cells or tasks could not be measured: engines.json says which");
  return 1;
}

int give_up(const OutputDirectory& output, const Error& error) {
  output.abandon();
  return cli::complain(error);
}

}  // namespace

int run_bench_engines(const BenchOptions& options) {
  const TimePoint begun = SteadyClock::now();
  const cli::Machine machine = cli::Machine::here();
  if (std::string why = shortage_of_server(machine); !why.empty())
    return cli::complain(Error{Errc::kExhausted, std::move(why)});
  const InterruptWatch watch;
  const auto output = OutputDirectory::open(options.output, "engines.json");
  if (!output) return cli::complain(output.error());
  announce(machine, options);
  Outcome outcome;
  {
    EngineBench bench(options, machine);
    const auto measured = bench.measure();
    outcome.is_interrupted = InterruptWatch::is_interrupted();
    if (outcome.is_interrupted)
      cli::complain(interrupted_in_words(bench.whole_passes(), bench.planned_passes(), "repeat"));
    if (outcome.is_interrupted && bench.whole_passes() == 0)
      return output->abandon(), InterruptWatch::exit_code();
    if (!measured && !outcome.is_interrupted) return give_up(*output, measured.error());
    outcome.results = bench.results();
  }
  outcome.took = seconds(SteadyClock::now() - begun);
  return finish(options, outcome);
}

}  // namespace scraper::bench
