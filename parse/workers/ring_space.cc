#include "parse/workers/ring_space.h"

namespace scraper::parse {

std::size_t RingSpace::lay(std::size_t at, std::size_t length) {
  used_.push_back(at);
  head_ = at + length;
  return at;
}

std::optional<std::size_t> RingSpace::take(std::size_t length) {
  if (used_.empty()) head_ = 0;
  const std::size_t tail = used_.empty() ? 0 : used_.front();
  const bool has_turned = !used_.empty() && head_ <= tail;  // equal: full
  if (has_turned) {
    if (tail - head_ < length) return std::nullopt;
    return lay(head_, length);
  }
  const bool fits_behind = bytes_ - head_ >= length;
  const bool fits_before = tail >= length;
  if (fits_before && (head_ >= kTurnPast || !fits_behind)) return lay(0, length);
  if (!fits_behind) return std::nullopt;
  return lay(head_, length);
}

void RingSpace::give_back_until(std::uint64_t count) {
  for (; given_back_ < count && !used_.empty(); ++given_back_) used_.pop_front();
}

}  // namespace scraper::parse
