#include "bench/handoff/samples.h"

#include <fmt/format.h>

#include <algorithm>
#include <array>
#include <limits>
#include <utility>

#include "bench/summary.h"

namespace scraper::bench {

namespace json = boost::json;

namespace {

constexpr double kNothing = std::numeric_limits<double>::quiet_NaN();
constexpr std::array<std::string_view, 5> kCellFigures = {"pages_per_second", "bytes_per_second",
                                                          "cpu_us", "owner_cpu_us", "memory"};
constexpr std::array<std::string_view, 2> kEventFigures = {"milliseconds", "memory"};

double number(const json::object& object, std::string_view name) {
  const json::value* const found = object.if_contains(name);
  return found != nullptr && found->is_number() ? found->to_number<double>() : kNothing;
}

// The two the result file names are of the hand-off a crawl has by itself; what goes beyond is in
// words for a person.
std::string what_of(const WorkerEvent& event) {
  const bool is_default = event.handoff == parse::Handoff::kFile;
  if (is_default && event.what == WorkerEvent::What::kSpawn) return "spawn";
  if (is_default && event.what == WorkerEvent::What::kCrashNext) return "crash";
  return describe(event);
}

}  // namespace

HandoffSamples::HandoffSamples(const HandoffPlan& plan)
    : plan_(plan), cells_(plan.cells.size()), events_(plan.events.size()) {}

void HandoffSamples::add(Row& row, std::string_view name, std::size_t round,
                         const json::object& answer) {
  auto& values = row.values[std::string(name)];
  values.resize(std::max(values.size(), plan_.repeats), kNothing);
  values[round] = number(answer, name);
}

void HandoffSamples::add_cell(std::size_t which, std::size_t round, const json::object& answer) {
  Row& row = cells_[which];
  for (const std::string_view name : kCellFigures) add(row, name, round, answer);
  const double failures = number(answer, "failures");
  if (!(failures > 0)) return;
  row.failures += static_cast<std::size_t>(failures);
  if (const json::value* const words = answer.if_contains("failure");
      words != nullptr && words->is_string()) {
    row.failure = words->as_string();
  }
}

void HandoffSamples::add_event(std::size_t which, std::size_t round, const json::object& answer) {
  for (const std::string_view name : kEventFigures) add(events_[which], name, round, answer);
}

std::string HandoffSamples::first_failure() const {
  for (std::size_t i = 0; i < cells_.size(); ++i) {
    const Row& row = cells_[i];
    if (!row.why_not.empty()) return fmt::format("{}: {}", describe(plan_.cells[i]), row.why_not);
    if (row.failures > 0)
      return fmt::format("{}: {} pages failed: {}", describe(plan_.cells[i]), row.failures,
                         row.failure);
  }
  for (std::size_t i = 0; i < events_.size(); ++i) {
    if (!events_[i].why_not.empty())
      return fmt::format("{}: {}", describe(plan_.events[i]), events_[i].why_not);
  }
  return {};
}

json::object HandoffSamples::cell(std::size_t which) const {
  const Row& row = cells_[which];
  json::object out = bench::to_json(plan_.cells[which]);
  if (row.values.empty()) {
    out["skipped"] = row.skipped.empty() ? row.why_not : row.skipped;
    return out;
  }
  for (const auto& [name, values] : row.values) out[name] = bench::to_json(summarise(values));
  out["failures"] = row.failures;
  return out;
}

json::object HandoffSamples::event(std::size_t which) const {
  const WorkerEvent& event = plan_.events[which];
  const Row& row = events_[which];
  json::object out = bench::to_json(event);
  out["what"] = what_of(event);
  if (row.values.empty()) out["skipped"] = row.why_not;
  for (const auto& [name, values] : row.values) out[name] = bench::to_json(summarise(values));
  return out;
}

const HandoffSamples::Row* HandoffSamples::row_of(const HandoffCell& cell) const {
  const auto found = std::find(plan_.cells.begin(), plan_.cells.end(), cell);
  return found == plan_.cells.end()
             ? nullptr
             : &cells_[static_cast<std::size_t>(found - plan_.cells.begin())];
}

std::vector<double> HandoffSamples::ratios(const Row& above, const Row& below,
                                           std::string_view name) const {
  std::vector<double> out;
  const auto a = above.values.find(name);
  const auto b = below.values.find(name);
  if (a == above.values.end() || b == below.values.end()) return out;
  for (std::size_t i = 0; i < plan_.repeats; ++i) out.push_back(a->second[i] / b->second[i]);
  return out;
}

// Of the two in the same round each time: what slows the machine for a while slows both.
json::array HandoffSamples::file_over_inline() const {
  json::array out;
  for (std::size_t i = 0; i < plan_.cells.size(); ++i) {
    HandoffCell cell = plan_.cells[i];
    if (cell.handoff != parse::Handoff::kInline) continue;
    cell.handoff = parse::Handoff::kFile;
    const Row* const file = row_of(cell);
    if (file == nullptr || file->values.empty() || cells_[i].values.empty()) continue;
    json::object one = bench::to_json(cell);
    for (const std::string_view member : {"handoff", "storage", "open"}) one.erase(member);
    one["cpu_us"] = bench::to_json(summarise(ratios(*file, cells_[i], "cpu_us")));
    one["pages_per_second"] =
        bench::to_json(summarise(ratios(*file, cells_[i], "pages_per_second")));
    out.push_back(std::move(one));
  }
  return out;
}

json::object HandoffSamples::to_json() const {
  json::array cells;
  for (std::size_t i = 0; i < cells_.size(); ++i) cells.push_back(cell(i));
  for (const HandoffCell& cell : plan_.impossible) {
    json::object out = bench::to_json(cell);
    out["skipped"] = "an answer has at most 8 MB";
    cells.push_back(std::move(out));
  }
  json::array events;
  for (std::size_t i = 0; i < events_.size(); ++i) events.push_back(event(i));
  return {{"cells", std::move(cells)},
          {"workers", std::move(events)},
          {"file_over_inline", file_over_inline()}};
}

}  // namespace scraper::bench
