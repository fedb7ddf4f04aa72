#include "bench/report/plane.h"

#include <algorithm>
#include <tuple>

namespace scraper::bench::report {

namespace {

double commonest_body(const EngineRun& run) {
  std::map<double, int> counts;
  for (const EngineCell& cell : run.cells) ++counts[cell.body];
  const auto most =
      std::max_element(counts.begin(), counts.end(),
                       [](const auto& a, const auto& b) { return a.second < b.second; });
  return most == counts.end() ? 0 : most->first;
}

bool is_measured(const EngineCell& cell) {
  return cell.skipped.empty() && cell.requests_per_second.has_value();
}

}  // namespace

Plane::Plane(const EngineRun& run) : run_(run), body_(commonest_body(run)) {
  std::map<std::pair<double, double>, Pair> pairs;
  for (const EngineCell& cell : run_.cells) {
    if (!holds(cell) || !is_measured(cell) || (cell.engine != "threads" && cell.engine != "async"))
      continue;
    Pair& pair = pairs[{cell.delay_ms, cell.concurrency}];
    pair.concurrency = cell.concurrency;
    (cell.engine == "threads" ? pair.threads : pair.async) = &cell;
  }
  for (const auto& [key, pair] : pairs) rows_[key.first].push_back(pair);
}

bool Plane::holds(const EngineCell& cell) const {
  return cell.scheme == "http" && cell.connection == "kept" && cell.body == body_;
}

const std::vector<Pair>* Plane::row(double delay_ms) const {
  const auto found = rows_.find(delay_ms);
  return found == rows_.end() ? nullptr : &found->second;
}

std::vector<const EngineCell*> Plane::cells(std::string_view engine) const {
  std::vector<const EngineCell*> found;
  for (const EngineCell& cell : run_.cells) {
    if (cell.engine == engine && holds(cell) && is_measured(cell)) found.push_back(&cell);
  }
  std::sort(found.begin(), found.end(), [](const EngineCell* a, const EngineCell* b) {
    return std::tie(a->delay_ms, a->concurrency) < std::tie(b->delay_ms, b->concurrency);
  });
  return found;
}

const EngineCell* Plane::cell(std::string_view engine, double concurrency, double delay_ms) const {
  for (const EngineCell* cell : cells(engine)) {
    if (cell->concurrency == concurrency && cell->delay_ms == delay_ms) return cell;
  }
  return nullptr;
}

}  // namespace scraper::bench::report
