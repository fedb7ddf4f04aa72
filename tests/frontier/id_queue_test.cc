#include "scraper/frontier/id_queue.h"

#include <deque>
#include <random>

#include "tests/catch.h"

using namespace scraper::storage;

TEST_CASE("numbers leave a queue in the order in which they came, whatever their distances") {
  const unsigned farthest = GENERATE(1u, 1'000u, 0xFFFFFFFEu);
  std::minstd_rand random(farthest);
  std::deque<UrlId> expected;
  IdQueue queue;
  for (int turn = 0; turn < 200; ++turn) {
    for (unsigned n = random() % 300; n > 0; --n) {
      expected.push_back(static_cast<UrlId>(random() % farthest));
      queue.push_back(expected.back());
    }
    for (unsigned n = random() % 300; n > 0 && !expected.empty(); --n) {
      REQUIRE(queue.front() == expected.front());
      queue.pop_front();
      expected.pop_front();
    }
    REQUIRE(queue.empty() == expected.empty());
  }
}

TEST_CASE("neighbours in a queue take a byte each") {
  IdQueue queue;
  for (UrlId id = 1'000'000; id < 1'010'000; ++id) queue.push_back(id);
  CHECK(queue.bytes() < 10'010);
  for (int n = 0; n < 9'999; ++n) queue.pop_front();
  CHECK(queue.front() == 1'009'999);
  CHECK(queue.bytes() == 1);
}
