#include "bench/summary.h"

#include <algorithm>
#include <boost/json.hpp>
#include <cmath>

namespace scraper::bench {

namespace {

// The greatest k for which the k-th least and the k-th greatest of n values enclose the median with
// 95 % certainty; 0: none does.
std::size_t rank_of_interval(std::size_t n) {
  const double limit = 0.025 * std::pow(2.0, static_cast<double>(n));
  double ways = 1;  // n over i
  double tail = 1;  // sum of them up to i
  std::size_t rank = 0;
  for (std::size_t i = 0; tail <= limit && i < n; ++i) {
    rank = i + 1;
    ways *= static_cast<double>(n - i) / static_cast<double>(i + 1);
    tail += ways;
  }
  return rank;
}

}  // namespace

Summary summarise(std::vector<double> values) {
  std::erase_if(values, [](double value) { return !std::isfinite(value); });
  Summary summary;
  const std::size_t n = summary.repeats = values.size();
  if (n == 0) return summary;
  std::sort(values.begin(), values.end());
  summary.median = (values[(n - 1) / 2] + values[n / 2]) / 2;
  const std::size_t rank =
      n > 500 ? n / 2 - static_cast<std::size_t>(0.98 * std::sqrt(static_cast<double>(n)))
              : rank_of_interval(n);
  summary.is_range = rank == 0;
  const std::size_t edge = rank == 0 ? 0 : rank - 1;
  summary.low = values[edge];
  summary.high = values[n - 1 - edge];
  return summary;
}

boost::json::object to_json(const Summary& summary) {
  boost::json::object out{{"median", summary.median},
                          {"low", summary.low},
                          {"high", summary.high},
                          {"repeats", summary.repeats}};
  if (summary.is_range) out["range"] = true;
  return out;
}

}  // namespace scraper::bench
