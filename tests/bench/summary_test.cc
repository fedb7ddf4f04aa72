#include "bench/summary.h"

#include <cmath>
#include <numeric>

#include "tests/catch.h"

using scraper::bench::summarise;

namespace {

std::vector<double> one_to(int n) {
  std::vector<double> values(static_cast<std::size_t>(n));
  std::iota(values.rbegin(), values.rend(),
            1.0);  // the greatest first: the order of the repeats does not matter
  return values;
}

}  // namespace

TEST_CASE("a median lies between its interval's ends") {
  CHECK(summarise({3, 1, 2}).median == 2);
  CHECK(summarise({4, 1, 2, 3}).median == 2.5);
  CHECK(summarise({7}).median == 7);
}

TEST_CASE("below six repeats the interval is the range and says so") {
  const auto five = summarise(one_to(5));
  CHECK(five.is_range);
  CHECK(five.low == 1);
  CHECK(five.high == 5);
}

// The ranks of the 95 % interval of a median, from tables of the binomial distribution.
TEST_CASE("from six repeats on the interval is the median's") {
  struct Row {
    int repeats;
    int rank;
  };
  for (const Row& row : {Row{6, 1}, Row{8, 1}, Row{9, 2}, Row{11, 2}, Row{12, 3}, Row{20, 6},
                         Row{25, 8}, Row{50, 18}}) {
    const auto summary = summarise(one_to(row.repeats));
    CAPTURE(row.repeats);
    CHECK_FALSE(summary.is_range);
    CHECK(summary.low == row.rank);
    CHECK(summary.high == row.repeats + 1 - row.rank);
  }
}

TEST_CASE("what is not finite is no measurement") {
  const auto summary = summarise({NAN, 2, INFINITY});
  CHECK(summary.repeats == 1);
  CHECK(summary.median == 2);
  CHECK(summarise({}).repeats == 0);
}
