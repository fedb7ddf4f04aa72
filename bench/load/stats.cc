#include "bench/load/stats.h"

#include <algorithm>
#include <bit>
#include <boost/json.hpp>
#include <cmath>
#include <numeric>
#include <utility>

namespace scraper::bench {

namespace json = boost::json;

namespace {

// The name in JSON of each plain figure.
constexpr std::pair<const char*, std::uint64_t LoadStats::*> kFigures[] = {
    {"requests", &LoadStats::requests},
    {"bytes", &LoadStats::bytes},
    {"accepted", &LoadStats::accepted},
    {"open", &LoadStats::open},
    {"most_open", &LoadStats::most_open},
    {"refused", &LoadStats::refused},
    {"abandoned", &LoadStats::abandoned},
    {"broken", &LoadStats::broken},
    {"unaccepted", &LoadStats::unaccepted},
    {"cpu_us", &LoadStats::cpu_us},
    {"voluntary_switches", &LoadStats::voluntary_switches},
    {"involuntary_switches", &LoadStats::involuntary_switches},
};

}  // namespace

std::size_t lateness_bucket(std::uint64_t microseconds) {
  if (microseconds < 8) return microseconds;
  const auto power = static_cast<std::size_t>(std::bit_width(microseconds)) - 1;
  return std::min(8 * (power - 2) + ((microseconds >> (power - 3)) & 7), kLatenessBuckets - 1);
}

std::uint64_t lateness_bound(std::size_t bucket) {
  if (bucket < 8) return bucket;
  const std::size_t power = bucket / 8 + 2;
  return ((bucket % 8 + 9) << (power - 3)) - 1;
}

std::uint64_t LoadStats::lateness_us(double quantile) const {
  const auto all = std::accumulate(lateness.begin(), lateness.end(), std::uint64_t{0});
  const auto wanted = static_cast<std::uint64_t>(std::ceil(quantile * static_cast<double>(all)));
  std::uint64_t below = 0;
  for (std::size_t i = 0; i < kLatenessBuckets; ++i) {
    below += lateness[i];
    if (below > 0 && below >= wanted) return lateness_bound(i);
  }
  return 0;
}

LoadStats operator-(const LoadStats& later, const LoadStats& earlier) {
  LoadStats between = later;
  for (const auto& [name, figure] : kFigures) {
    if (figure != &LoadStats::open && figure != &LoadStats::most_open)
      between.*figure -= earlier.*figure;
  }
  for (std::size_t i = 0; i < kLatenessBuckets; ++i) between.lateness[i] -= earlier.lateness[i];
  return between;
}

json::object to_json(const LoadStats& stats) {
  json::object answer;
  for (const auto& [name, figure] : kFigures) answer[name] = stats.*figure;
  answer["lateness"] = json::array(stats.lateness.begin(), stats.lateness.end());
  return answer;
}

Result<LoadStats> load_stats_from(const json::object& answer) {
  const auto number = [](const json::value* value) -> std::int64_t {
    boost::system::error_code fault;
    const auto read = value == nullptr ? -1 : value->to_number<std::int64_t>(fault);
    return fault ? -1 : read;
  };
  LoadStats stats;
  bool is_whole = true;
  for (const auto& [name, figure] : kFigures) {
    const std::int64_t value = number(answer.if_contains(name));
    is_whole = is_whole && value >= 0;
    stats.*figure = static_cast<std::uint64_t>(value);
  }
  const json::value* lateness = answer.if_contains("lateness");
  is_whole = is_whole && lateness != nullptr && lateness->is_array() &&
             lateness->get_array().size() == kLatenessBuckets;
  for (std::size_t i = 0; is_whole && i < kLatenessBuckets; ++i) {
    stats.lateness[i] =
        static_cast<std::uint64_t>(std::max<std::int64_t>(0, number(&lateness->get_array()[i])));
  }
  if (!is_whole)
    return Error{Errc::kInvalid, "the load server's counters are not what they should be"};
  return stats;
}

void LoadCounters::add_lateness(std::chrono::nanoseconds late) {
  const auto microseconds = std::chrono::duration_cast<std::chrono::microseconds>(late).count();
  lateness_[lateness_bucket(static_cast<std::uint64_t>(std::max<std::int64_t>(0, microseconds)))]
      .add();
}

void LoadCounters::add_to(LoadStats& sum) const {
  const auto of = [](const Count& count) { return count.value.load(std::memory_order_relaxed); };
  sum.requests += of(requests);
  sum.bytes += of(bytes);
  sum.accepted += of(accepted);
  sum.refused += of(refused);
  sum.abandoned += of(abandoned);
  sum.broken += of(broken);
  sum.unaccepted += of(unaccepted);
  for (std::size_t i = 0; i < kLatenessBuckets; ++i) sum.lateness[i] += of(lateness_[i]);
}

}  // namespace scraper::bench
