#include "bench/report/crossing.h"

#include "bench/report/compare.h"

namespace scraper::bench::report {

namespace {

const Summary& rate(const EngineCell* cell) { return *cell->requests_per_second; }

double share(const Pair& pair) {
  return rate(pair.async).median > 0 ? rate(pair.threads).median / rate(pair.async).median : 1;
}

}  // namespace

bool is_behind(const Pair& pair) {
  return pair.is_complete() && is_materially_less(rate(pair.threads), rate(pair.async));
}

bool is_ahead(const Pair& pair) {
  return pair.is_complete() && is_materially_less(rate(pair.async), rate(pair.threads));
}

Crossing crossing_of(double delay_ms, const std::vector<Pair>& row) {
  Crossing crossing;
  crossing.delay_ms = delay_ms;
  for (const Pair& pair : row) {
    if (!pair.is_complete()) continue;
    ++crossing.count;
    if (is_behind(pair)) {
      ++crossing.count_behind;
      if (crossing.behind == nullptr) crossing.behind = &pair;
      if (crossing.worst == nullptr || share(pair) < share(*crossing.worst)) crossing.worst = &pair;
      continue;
    }
    crossing.level = &pair;
    if (!is_ahead(pair) && is_uncertain(ratio_of(rate(pair.threads), rate(pair.async))))
      crossing.uncertain.push_back(&pair);
    crossing.behind = nullptr;
    if (is_ahead(pair) && (crossing.best == nullptr || share(pair) > share(*crossing.best)))
      crossing.best = &pair;
  }
  return crossing;
}

}  // namespace scraper::bench::report
