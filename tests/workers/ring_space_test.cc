#include "parse/workers/ring_space.h"

#include <deque>
#include <random>

#include "tests/catch.h"

namespace scraper::parse {
namespace {

using At = std::optional<std::size_t>;

TEST_CASE("pieces lie one behind the other until the end, then before the oldest in use") {
  RingSpace space(100);
  CHECK(space.take(40) == At(0));
  CHECK(space.take(40) == At(40));
  CHECK(space.take(40) == At());
  space.give_back_until(1);
  CHECK(space.take(41) == At());
  CHECK(space.take(40) == At(0));
  CHECK(space.take(1) == At());
  space.give_back_until(2);
  CHECK(space.take(60) == At(40));
}

TEST_CASE("with everything given back the ring begins anew and all of it can be had") {
  RingSpace space(100);
  CHECK(space.take(70) == At(0));
  CHECK(space.take(100) == At());
  space.give_back_until(1);
  CHECK(space.take(100) == At(0));
  space.give_back_until(1);  // said again
  CHECK(space.take(1) == At());
  space.give_back_until(9);  // more than was taken
  CHECK(space.take(100) == At(0));
}

TEST_CASE("small pieces stay at the beginning of a large ring") {
  RingSpace space(16u << 20);
  std::size_t highest = 0;
  for (std::uint64_t i = 0; i < 10'000; ++i) {
    space.give_back_until(i > 32 ? i - 32 : 0);
    const At at = space.take(5'000);
    REQUIRE(at);
    highest = std::max(highest, *at);
  }
  CHECK(highest < 2u << 20);
}

TEST_CASE("no piece overlaps another that is in use") {
  std::mt19937 random(7);
  RingSpace space(10'000);
  std::deque<std::pair<std::size_t, std::size_t>> used;
  std::uint64_t given_back = 0;
  for (int i = 0; i < 50'000; ++i) {
    const std::size_t length = 1 + random() % 4'000;
    const At at = space.take(length);
    if (!at) {
      REQUIRE(!used.empty());
      used.pop_front();
      space.give_back_until(++given_back);
      continue;
    }
    REQUIRE(*at + length <= 10'000);
    for (const auto& [begin, end] : used) REQUIRE((*at >= end || *at + length <= begin));
    used.emplace_back(*at, *at + length);
  }
}

}  // namespace
}  // namespace scraper::parse
