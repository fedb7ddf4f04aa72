#include "bench/engines/results.h"

#include <fmt/format.h>

#include <algorithm>
#include <boost/json.hpp>
#include <cmath>

namespace scraper::bench {

namespace json = boost::json;

namespace {

template <class T, class Figure>
Summary summary_of(const std::vector<T>& repeats, Figure figure) {
  std::vector<double> values;
  values.reserve(repeats.size());
  for (const T& repeat : repeats) values.push_back(figure(repeat));
  return summarise(std::move(values));
}

double a_request(double all, const Reading& reading) {
  return reading.requests == 0 ? NAN : all / static_cast<double>(reading.requests);
}

double rate(const Reading& reading) {
  return reading.seconds > 0 ? static_cast<double>(reading.requests) / reading.seconds : 0;
}

double memory_per_connection(const Reading& reading, const Cell& cell) {
  const double grown =
      static_cast<double>(reading.memory_after) - static_cast<double>(reading.memory_before);
  return std::max(0.0, grown) / static_cast<double>(cell.concurrency);
}

json::value ideal_ratio(const CellResult& result) {
  const auto best = ideal(result.planned.cell);
  if (!best) return nullptr;
  return to_json(
      summary_of(result.readings, [&](const Reading& reading) { return rate(reading) / *best; }));
}

void add_figures(json::object& out, const CellResult& result) {
  const auto add = [&](std::string_view name, auto figure) {
    out[name] = to_json(summary_of(result.readings, figure));
  };
  const Cell& cell = result.planned.cell;
  const auto best = ideal(cell);
  add("requests_per_second", rate);
  out["ideal"] = best ? json::value(*best) : json::value(nullptr);
  out["ideal_ratio"] = ideal_ratio(result);
  add("cpu_us", [](const Reading& r) { return a_request(r.cpu_us, r); });
  add("switches_voluntary",
      [](const Reading& r) { return a_request(static_cast<double>(r.switches_voluntary), r); });
  add("switches_involuntary",
      [](const Reading& r) { return a_request(static_cast<double>(r.switches_involuntary), r); });
  out["syscalls"] = result.syscalls ? json::value(*result.syscalls) : json::value(nullptr);
  add("peak_memory", [](const Reading& r) { return static_cast<double>(r.peak_memory); });
  add("memory_per_connection", [&](const Reading& r) { return memory_per_connection(r, cell); });
  add("latency_p50_us", [](const Reading& r) { return r.latency_p50_us; });
  add("latency_p99_us", [](const Reading& r) { return r.latency_p99_us; });
  add("machine_busy", [](const Reading& r) { return r.machine_busy; });
}

void add_counts(json::object& out, const CellResult& result) {
  std::size_t threads = 0;
  std::uint64_t errors = 0;
  std::string first_error;
  for (const Reading& reading : result.readings) {
    threads = std::max(threads, reading.threads);
    errors += reading.errors;
    if (first_error.empty()) first_error = reading.first_error;
  }
  out["threads"] = threads;
  out["errors"] = errors;
  if (!first_error.empty()) out["first_error"] = first_error;
  if (!result.failure.empty()) out["failure"] = result.failure;
}

json::object to_json(const CellResult& result) {
  json::object out = to_json(result.planned.cell);
  if (!result.planned.skipped.empty()) {
    out["skipped"] = result.planned.skipped;
  } else if (result.readings.empty()) {
    out["skipped"] = result.failure.empty() ? std::string("it was not measured") : result.failure;
  } else {
    add_figures(out, result);
    add_counts(out, result);
  }
  return out;
}

std::string_view name_of(fetch::Engine engine) {
  return engine == fetch::Engine::kThreads ? "threads" : "async";
}

json::array tasks_of(const EngineResults& results) {
  json::array tasks;
  for (const TaskResult& task : results.tasks) {
    json::object one{{"engine", name_of(task.engine)},
                     {"what", task.first.what},
                     {"unit", task.first.unit},
                     {"value", to_json(summarise(task.values))},
                     {"about", task.first.about}};
    if (!task.switches.empty()) one["switches"] = to_json(summarise(task.switches));
    tasks.push_back(std::move(one));
  }
  for (const TaskFailure& failure : results.task_failures) {
    tasks.push_back(json::object{{"engine", name_of(failure.engine)},
                                 {"what", to_string(failure.group)},
                                 {"skipped", failure.why}});
  }
  return tasks;
}

json::object server_of(const EngineResults& results) {
  const auto figure = [&](auto member) {
    return to_json(summary_of(results.server, [&](const BareFigures& f) { return f.*member; }));
  };
  json::object server{{"requests_per_second", figure(&BareFigures::requests_per_second)},
                      {"cpu_us", figure(&BareFigures::server_cpu_us)},
                      {"client_cpu_us", figure(&BareFigures::cpu_us)},
                      {"connections", results.server_run.connections},
                      {"body", results.server_run.page.body}};
  if (const auto times = headroom(results)) server["headroom"] = *times;
  return server;
}

json::object tls_of(const EngineResults& results) {
  const auto figure = [&](auto member) {
    return to_json(summary_of(results.tls, [&](const BareTlsFigures& f) { return f.*member; }));
  };
  return {{"openssl_cpu_us", figure(&BareTlsFigures::cpu_us)},
          {"server_cpu_us", figure(&BareTlsFigures::server_cpu_us)},
          {"connections_per_second", figure(&BareTlsFigures::connections_per_second)}};
}

}  // namespace

void EngineResults::add(fetch::Engine engine, const std::vector<TaskValue>& values) {
  for (const TaskValue& value : values) {
    const auto is_same = [&](const TaskResult& task) {
      return task.engine == engine && task.first.what == value.what;
    };
    auto found = std::find_if(tasks.begin(), tasks.end(), is_same);
    if (found == tasks.end()) found = tasks.insert(tasks.end(), TaskResult{engine, value, {}, {}});
    found->values.push_back(value.value);
    if (value.switches) found->switches.push_back(*value.switches);
  }
}

json::object to_json(const EngineResults& results) {
  json::array cells;
  for (const CellResult& cell : results.cells) cells.push_back(to_json(cell));
  json::object out;
  if (!results.server.empty()) out["server"] = server_of(results);
  out["cells"] = std::move(cells);
  out["tasks"] = tasks_of(results);
  if (!results.tls.empty()) out["tls_client"] = tls_of(results);
  if (!results.uncounted.empty()) out["syscalls_uncounted"] = results.uncounted;
  return out;
}

bool has_failed(const EngineResults& results) {
  const auto is_failed_cell = [](const CellResult& cell) {
    return cell.readings.empty() && cell.planned.skipped.empty();
  };
  const auto is_failed_task = [](const TaskFailure& task) { return !task.is_planned; };
  return std::any_of(results.cells.begin(), results.cells.end(), is_failed_cell) ||
         std::any_of(results.task_failures.begin(), results.task_failures.end(), is_failed_task);
}

std::optional<double> headroom(const EngineResults& results) {
  double most = 0;
  for (const CellResult& cell : results.cells) {
    const Cell& what = cell.planned.cell;
    if (what.body == results.server_run.page.body && !what.is_tls && what.is_kept)
      most = std::max(most, summary_of(cell.readings, rate).median);
  }
  if (most == 0 || results.server.empty()) return std::nullopt;
  return summary_of(results.server, [](const BareFigures& f) { return f.requests_per_second; })
             .median /
         most;
}

}  // namespace scraper::bench
