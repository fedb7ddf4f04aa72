#include "bench/report/paint.h"

#include <fmt/format.h>

namespace scraper::bench::report {

std::string stand_in(Paint paint) {
  return fmt::format("#0000{:02x}", 0xf0 + static_cast<int>(paint));
}

std::string_view css(Paint paint) {
  switch (paint) {
    case Paint::kText: break;
    case Paint::kGrid: return "var(--grid)";
    case Paint::kAxis: return "var(--axis)";
    case Paint::kIdeal: return "var(--ideal)";
    case Paint::kFirst: return "var(--first)";
    case Paint::kSecond: return "var(--second)";
    case Paint::kThird: return "var(--third)";
    case Paint::kFourth: return "var(--fourth)";
    case Paint::kFifth: return "var(--fifth)";
  }
  return "currentColor";
}

}  // namespace scraper::bench::report
