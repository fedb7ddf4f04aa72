// RingSpace: which bytes of a ring are free. Answers are laid down in order, each in one piece, and
// given back in order. It starts again at the beginning as soon as it may, so that a worker whose
// answers are small touches little of a large ring. Pure; whose the ring is to write keeps it: the
// worker for its answers, the owner for an inbox.
#pragma once

#include <cstddef>
#include <cstdint>
#include <deque>
#include <optional>

namespace scraper::parse {

class RingSpace {
 public:
  explicit RingSpace(std::size_t bytes) : bytes_(bytes) {}

  // Where `length` bytes (at least one) may be written; nothing when they must wait until more has
  // been given back. With everything given back any length up to the ring's is there.
  std::optional<std::size_t> take(std::size_t length);

  // The first `count` pieces ever taken are free again. Counts are kept by the other end, hence
  // absolute: none gets lost.
  void give_back_until(std::uint64_t count);

 private:
  static constexpr std::size_t kTurnPast = 1u << 20;

  std::size_t lay(std::size_t at, std::size_t length);

  const std::size_t bytes_;
  std::size_t head_ =
      0;  // where the next piece goes; pieces in use lie before it and, past a turn, behind it
  std::deque<std::size_t> used_;  // starts of the pieces in use, the oldest first
  std::uint64_t given_back_ = 0;
};

}  // namespace scraper::parse
