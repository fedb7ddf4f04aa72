// The parts of a measurement that run in processes of their own, by name.
#include <fmt/format.h>
#include <sys/prctl.h>

#include <array>
#include <boost/json.hpp>
#include <csignal>

#include "bench/bench.h"
#include "bench/child.h"
#include "bench/engines/cell.h"
#include "bench/engines/tasks.h"
#include "bench/handoff/cell.h"
#include "bench/load/server.h"

namespace scraper::bench {

namespace {

struct Part {
  std::string_view name;
  int (*run)(const boost::json::object& task);
};

// A row a part: {"name", function}.
constexpr std::array kParts = {
    Part{"engine-cell", run_engine_cell},   Part{"engine-task", run_engine_task},
    Part{"handoff-cell", run_handoff_cell}, Part{"handoff-event", run_handoff_event},
    Part{"load-server", run_load_server},
};

}  // namespace

int run_bench_child(std::string_view part) {
  ::prctl(PR_SET_PDEATHSIG, SIGKILL);
  auto task = read_task();
  if (!task) {
    fmt::print(stderr, "scraper: {}\n", task.error().context);
    return 2;
  }
  for (const Part& one : kParts) {
    if (one.name == part) return one.run(*task);
  }
  say({{"error", fmt::format("no part of a measurement is called '{}'", part)}});
  return 2;
}

}  // namespace scraper::bench
