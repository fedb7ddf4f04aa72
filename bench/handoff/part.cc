// The parts "handoff-cell" and "handoff-event": what they are told and what they answer, as JSON.
#include <boost/json.hpp>

#include "bench/child.h"
#include "bench/handoff/cell.h"

namespace scraper::bench {

namespace json = boost::json;

namespace {

std::string directory_of(const json::object& task) {
  const json::value* const directory = task.if_contains("directory");
  return directory != nullptr && directory->is_string() ? std::string(directory->as_string())
                                                        : std::string();
}

int answer(const json::object& figures) { return say(figures) ? 0 : 1; }
int answer(const Error& error) { return say({{"error", error.context}}) ? 1 : 2; }

}  // namespace

int run_handoff_cell(const json::object& task) {
  const auto cell = cell_from(task);
  if (!cell) return answer(cell.error());
  const json::value* const window = task.if_contains("window_ms");
  const std::chrono::milliseconds most(
      window != nullptr && window->is_number() ? window->to_number<int>() : 100);
  const auto figures = measure_cell(*cell, directory_of(task), most);
  if (!figures) return answer(figures.error());
  const auto pages = static_cast<double>(figures->pages);
  return answer(
      {{"pages", figures->pages},
       {"failures", figures->failures},
       {"failure", figures->failure},
       {"pages_per_second", pages / figures->seconds},
       {"bytes_per_second", pages * static_cast<double>(cell->payload) / figures->seconds},
       {"cpu_us", 1e6 * figures->cpu_seconds / pages},
       {"owner_cpu_us", 1e6 * figures->owner_cpu_seconds / pages},
       {"memory", figures->memory}});
}

int run_handoff_event(const json::object& task) {
  const auto event = event_from(task);
  if (!event) return answer(event.error());
  const auto figures = measure_event(*event, directory_of(task));
  if (!figures) return answer(figures.error());
  return answer({{"milliseconds", figures->milliseconds}, {"memory", figures->memory}});
}

}  // namespace scraper::bench
