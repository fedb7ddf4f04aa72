#include "base/histogram.h"

#include <algorithm>
#include <bit>

namespace scraper {

namespace {

std::size_t bucket_of(std::uint64_t micros) {
  if (micros < 16) return micros;
  const auto power = static_cast<std::size_t>(std::bit_width(micros)) - 1;  // >= 4
  const std::size_t sixteenth = (micros >> (power - 4)) & 15;
  return std::min<std::size_t>((power - 3) * 16 + sixteenth, 16 * 40 - 1);
}

std::uint64_t middle_of(std::size_t bucket) {
  if (bucket < 16) return bucket;
  const std::size_t power = bucket / 16 + 3;
  const std::uint64_t low = (16 + bucket % 16) << (power - 4);
  return low + (std::uint64_t{1} << (power - 4)) / 2;
}

}  // namespace

void Histogram::add(Duration latency) {
  const auto micros = std::chrono::duration_cast<std::chrono::microseconds>(latency).count();
  ++buckets_[bucket_of(static_cast<std::uint64_t>(std::max<std::int64_t>(micros, 0)))];
  ++count_;
}

Duration Histogram::percentile(double p) const {
  const auto wanted = static_cast<std::uint64_t>(p / 100 * static_cast<double>(count_) + 0.5);
  std::uint64_t seen = 0;
  for (std::size_t i = 0; i < buckets_.size(); ++i) {
    seen += buckets_[i];
    if (seen >= std::max<std::uint64_t>(wanted, 1)) return std::chrono::microseconds(middle_of(i));
  }
  return {};
}

}  // namespace scraper
