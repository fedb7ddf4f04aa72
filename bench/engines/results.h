// What `scraper bench engines` has measured so far, and what it comes to: engines.json
// (docs/measurements/README.md). Values; one thread.
#pragma once

#include <boost/json/fwd.hpp>
#include <optional>
#include <string>
#include <vector>

#include "bench/engines/plan.h"
#include "bench/engines/tasks.h"
#include "bench/load/bare_client.h"
#include "bench/summary.h"

namespace scraper::bench {

struct CellResult {
  PlannedCell planned;
  std::vector<Reading> readings;   // a repeat each
  std::optional<double> syscalls;  // a request
  std::string failure;             // why the last repeat that has no reading has none
};

struct TaskResult {
  fetch::Engine engine = fetch::Engine::kThreads;
  TaskValue first;  // what, unit, about
  std::vector<double> values;
  std::vector<double> switches;
};

// A group of tasks that could not be measured.
struct TaskFailure {
  fetch::Engine engine = fetch::Engine::kThreads;
  TaskGroup group = TaskGroup::kLife;
  std::string why;
  bool is_planned = false;  // this system cannot do it, as was known before: no failure
};

struct EngineResults {
  std::vector<CellResult> cells;
  std::vector<TaskResult> tasks;
  std::vector<TaskFailure> task_failures;
  std::vector<BareFigures> server;
  BareRun server_run;
  std::vector<BareTlsFigures> tls;
  std::string uncounted;  // why system calls could not be counted; empty: they could

  void add(fetch::Engine engine, const std::vector<TaskValue>& values);
};

// The members of engines.json that are measured: "server", "cells", "tasks", "tls_client", "notes".
boost::json::object to_json(const EngineResults& results);

// Whether something has no figures that the system should have been able to do.
bool has_failed(const EngineResults& results);

// The server's requests a second to the bare client, over the most any engine was served; nothing
// when nothing was measured.
std::optional<double> headroom(const EngineResults& results);

}  // namespace scraper::bench
