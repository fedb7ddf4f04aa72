// `scraper bench engines`: the plan, run pass by pass, each run in a process of its own, against a load server in another.
#include <fmt/format.h>

#include <algorithm>
#include <boost/json.hpp>
#include <filesystem>
#include <memory>
#include <utility>

#include "scraper/base/clock.h"
#include "scraper/bench/bench.h"
#include "scraper/bench/child.h"
#include "scraper/bench/engines/plan.h"
#include "scraper/bench/engines/results.h"
#include "scraper/bench/engines/table.h"
#include "scraper/bench/load/bare_client.h"
#include "scraper/bench/load/server.h"
#include "scraper/bench/machine.h"
#include "scraper/bench/run_watch.h"
#include "scraper/bench/syscall_counter.h"
#include "scraper/cli/output.h"
#include "scraper/file.h"
#include "scraper/say.h"

namespace scraper::bench {

namespace json = boost::json;

namespace {

using std::chrono::milliseconds;

constexpr unsigned kAddresses = 100;
constexpr milliseconds kCellPatience{90'000};
constexpr milliseconds kTaskPatience{120'000};
constexpr std::size_t kCountedTasks = 10'000;

class EngineBench {
 public:
  EngineBench(const BenchOptions& options, const cli::Machine& machine)
      : options_(options),
        machine_(machine),
        plan_(plan_engines(machine, options.is_quick)),
        progress_("bench engines", seconds_of(plan_)) {
    for (const PlannedCell& planned : plan_.cells) results_.cells.push_back({planned, {}, {}, {}});
  }

  Result<void> measure() {
    auto server = LoadServer::start({kAddresses, true, 1});
    if (!server) return server.error();
    server_ = std::move(*server);
    for (pass_ = 0; pass_ < plan_.repeats; ++pass_) {
      if (auto proved = prove_server(); !proved) return proved;
      if (auto run = run_cells(); !run) return run;
      run_tasks();
    }
    count_calls();
    return {};
  }

  const EngineResults& results() const { return results_; }
  bool has_failed_runs() const {
    const auto has_failed = [](const CellResult& cell) { return cell.readings.empty() && cell.planned.skipped.empty(); };
    return std::any_of(results_.cells.begin(), results_.cells.end(), has_failed);
  }

 private:
  static bool is_interrupted() { return InterruptWatch::is_interrupted(); }

  void show(const std::string& what, double planned_seconds) {
    progress_.begin(fmt::format("repeat {} of {}, {}", std::min(pass_ + 1, plan_.repeats), plan_.repeats, what), planned_seconds);
  }

  Result<void> prove_server() {
    if (is_interrupted()) return {};
    const milliseconds duration(plan_.is_quick ? 500 : 1'000);
    show("the load server alone", 2 * seconds(duration));
    results_.server_run.duration = duration;
    auto figures = run_bare_client(server_->site(), results_.server_run);
    if (!figures) return figures.error();
    results_.server.push_back(*figures);
    auto tls = run_bare_tls(server_->site(), server_->certificate_file(), {results_.server_run.page.body, duration, false});
    if (!tls) return tls.error();
    results_.tls.push_back(*tls);
    return {};
  }

  // Every second pass goes the other way, so that no engine is always the one that comes after the other.
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
    for (std::size_t i = 0; i < server_->site().addresses.size(); ++i) task.urls.push_back(server_->site().url(page, i));
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
        run_task_in_child(group, is_first == is_threads_first ? fetch::Engine::kThreads : fetch::Engine::kAsync);
      }
    }
  }

  void run_task_in_child(TaskGroup group, fetch::Engine engine) {
    const bool has_failed = std::any_of(results_.task_failures.begin(), results_.task_failures.end(),
                                        [&](const TaskFailure& one) { return one.group == group && one.engine == engine; });
    if (has_failed) return;
    const Runner runner = engine == fetch::Engine::kThreads ? Runner::kThreads : Runner::kAsync;
    show(fmt::format("{}: {}", to_string(runner), to_string(group)), task_seconds(plan_) / std::size(kTaskGroups) / 2);
    auto values = task_values(group, engine, runner);
    if (is_interrupted()) return;
    if (values) {
      results_.add(engine, *values);
    } else {
      results_.task_failures.push_back({engine, group, values.error().context});
    }
  }

  Result<std::vector<TaskValue>> task_values(TaskGroup group, fetch::Engine engine, Runner runner) const {
    TaskWork work{group, engine, kCountedTasks, server_->site()};
    if (group == TaskGroup::kCancel) work.count = most_transfers(runner, kCountedTasks, machine_);
    if (group == TaskGroup::kLife && has_thread_each(runner)) {
      if (auto why = shortage_of_threads(work.count, machine_); !why.empty()) return Error{Errc::kExhausted, std::move(why)};
    }
    auto child = Child::start("engine-task", to_json(work));
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
        results_.uncounted = calls.error().context;  // ptrace itself: it would be the same with the others
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
};

Result<void> make_directory(const std::string& path) {
  std::error_code error;
  std::filesystem::create_directories(path, error);
  if (error) return Error{Errc::kFile, fmt::format("cannot make {}: {}", path, error.message())};
  return {};
}

void announce(const cli::Machine& machine, bool is_quick) {
  const Plan plan = plan_engines(machine, is_quick);
  const auto skipped = std::count_if(plan.cells.begin(), plan.cells.end(), [](const PlannedCell& c) { return !c.skipped.empty(); });
  scraper::say(fmt::format("bench engines: {} cells and {} groups of tasks with each engine, {} repeats: about {}\n",
                           plan.cells.size(), std::size(kTaskGroups), plan.repeats, duration_in_words(seconds_of(plan))));
  std::string before;
  for (const PlannedCell& cell : plan.cells) {
    if (cell.skipped.empty() || cell.skipped == before) continue;
    if (before.empty()) scraper::say(fmt::format("bench engines: {} cells are beyond this system:\n", skipped));
    scraper::say("  " + cell.skipped + "\n");
    before = cell.skipped;
  }
}

Result<void> write(const BenchOptions& options, const EngineResults& results, double took) {
  json::object document{{"kind", "engines"},
                        {"version", 1},
                        {"quick", options.is_quick},
                        {"seconds", took},
                        {"machine", describe_machine(options.command)}};
  for (auto& member : to_json(results)) document[member.key()] = std::move(member.value());
  return replace_file(options.output + "/engines.json", json::serialize(document) + "\n");
}

}  // namespace

int run_bench_engines(const BenchOptions& options) {
  const TimePoint begun = SteadyClock::now();
  const cli::Machine machine = cli::Machine::here();
  if (auto made = make_directory(options.output); !made) return cli::complain(made.error());
  announce(machine, options.is_quick);
  EngineResults results;
  bool has_failed = false;
  {
    const InterruptWatch watch;
    EngineBench bench(options, machine);
    auto measured = bench.measure();
    if (InterruptWatch::is_interrupted()) {
      scraper::say("\nscraper: interrupted; nothing was written\n");
      return InterruptWatch::exit_code();
    }
    if (!measured) return cli::complain(measured.error());
    results = bench.results();
    has_failed = bench.has_failed_runs();
  }
  if (auto written = write(options, results, seconds(SteadyClock::now() - begun)); !written) return cli::complain(written.error());
  if (const int code = cli::write_standard_output(engine_table(results)); code != 0) return code;
  if (const int code = run_bench_report(options.output); code != 0) return code;
  if (has_failed) cli::complain("some cells could not be measured: engines.json says which");
  return has_failed ? 1 : 0;
}

}  // namespace scraper::bench
