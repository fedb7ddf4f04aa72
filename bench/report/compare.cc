#include "bench/report/compare.h"

#include <fmt/format.h>

#include <algorithm>
#include <cmath>

#include "bench/report/text.h"

namespace scraper::bench::report {

Order compare(const Summary& a, const Summary& b) {
  if (a.repeats < 2 || b.repeats < 2) return Order::kSame;
  if (a.high < b.low) return Order::kLess;
  if (a.low > b.high) return Order::kGreater;
  return Order::kSame;
}

bool is_materially_less(const Summary& a, const Summary& b) {
  return compare(a, b) == Order::kLess && a.median <= b.median * (1 - kMaterial);
}

Summary ratio_of(const Summary& a, const Summary& b) {
  if (b.low <= 0 || b.median <= 0) return {};
  return {a.median / b.median, a.low / b.high, a.high / b.low, std::min(a.repeats, b.repeats),
          a.is_range || b.is_range};
}

Summary scaled(const Summary& summary, double factor) {
  return {summary.median * factor, summary.low * factor, summary.high * factor, summary.repeats,
          summary.is_range};
}

Figure sum_of(const Figure& a, const Figure& b) {
  if (!a || !b) return a ? a : b;
  return Summary{a->median + b->median, a->low + b->low, a->high + b->high,
                 std::min(a->repeats, b->repeats), a->is_range || b->is_range};
}

std::string times(const Summary& ratio) { return with_interval(ratio, "×"); }

bool is_uncertain(const Summary& ratio) {
  return ratio.repeats < 2 || ratio.low <= 0 || ratio.high / ratio.low > 1.5;
}

std::string_view no_difference(const Summary& ratio) {
  return is_uncertain(ratio) ? "too uncertain to tell" : "no difference to be seen";
}

std::string spread(const std::vector<Summary>& ratios) {
  const auto [least, most] =
      std::minmax_element(ratios.begin(), ratios.end(),
                          [](const Summary& a, const Summary& b) { return a.median < b.median; });
  const std::string from = times(*least);
  const std::string to = times(*most);
  return from == to ? from : fmt::format("{} to {}", from, to);
}

std::string difference(const Summary& a, const Summary& b, std::string_view less,
                       std::string_view more) {
  if (compare(a, b) == Order::kSame) return std::string(no_difference(ratio_of(a, b)));
  const double share = b.median > 0 ? a.median / b.median - 1 : 0;
  return fmt::format("{} {}", percent(std::abs(share)), share < 0 ? less : more);
}

}  // namespace scraper::bench::report
