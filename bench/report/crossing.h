// From which concurrency on threads fall behind async. Pure; any thread. What is pointed at belongs
// to the row given.
#pragma once

#include <vector>

#include "bench/report/plane.h"

namespace scraper::bench::report {

// Of one delay, over the concurrencies that both engines were measured at.
struct Crossing {
  double delay_ms = 0;
  const Pair* level =
      nullptr;  // the last one before threads are behind; null: they are from the first on
  const Pair* behind = nullptr;  // the first of those that are behind up to the last one measured;
                                 // null: threads are level at the last
  const Pair* worst =
      nullptr;  // where threads are furthest behind, anywhere in the row; null: nowhere
  const Pair* best = nullptr;  // where they are furthest ahead; null: nowhere
  std::vector<const Pair*>
      uncertain;  // neither behind nor ahead, and the intervals too wide to call that level
  std::size_t count_behind = 0;
  std::size_t count = 0;  // concurrencies compared; 0: none, and all else is null
};

// Behind, and ahead: by intervals that do not overlap, and by 5 % or more.
bool is_behind(const Pair& pair);
bool is_ahead(const Pair& pair);

Crossing crossing_of(double delay_ms, const std::vector<Pair>& row);

}  // namespace scraper::bench::report
