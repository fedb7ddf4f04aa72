#include "scraper/frontier/seen_table.h"

#include <cstring>
#include <random>
#include <unordered_map>

#include "base/fingerprint.h"
#include "tests/catch.h"

using namespace scraper;
using namespace scraper::storage;

namespace {

Fingerprint print_of(std::uint64_t n) {
  char bytes[8];
  std::memcpy(bytes, &n, sizeof n);
  return fingerprint({bytes, sizeof bytes}, {5, 6});
}

}  // namespace

TEST_CASE("the seen table finds what was added, with its row, and nothing else") {
  constexpr UrlId kRows = 1'000'000;
  SeenTable table;
  CHECK_FALSE(table.find(print_of(0)));
  for (UrlId row = 0; row < kRows; ++row) table.add(print_of(row), row);
  UrlId wrong = 0;
  for (UrlId row = 0; row < kRows; ++row) {
    if (table.find(print_of(row)) != row) ++wrong;
    if (table.find(print_of(row + std::uint64_t{kRows}))) ++wrong;
  }
  CHECK(wrong == 0);
  CHECK(table.bytes() < kRows * 105ull / 10 + (8u << 20) + (1u << 16));
}

// Tags that differ in their lowest bits only want the same place, or the last one of all.
TEST_CASE(
    "fingerprints that are alike stand side by side, in the middle and at the end of a region, and "
    "growth loses none") {
  const std::uint64_t tag = GENERATE(0ull, 0x0000'7FFF'FFFF'FE00ull, 0x0000'FFFF'FFFF'FE00ull);
  constexpr UrlId kAlike =
      40;  // more at the end of a region nothing but bad luck of 2^-48 brings together
  SeenTable table;
  for (UrlId row = 0; row < kAlike; ++row)
    table.add({tag + row, 0}, SeenTable::kMostRows - 1 - row);
  for (UrlId row = 0; row < kAlike; ++row) {
    REQUIRE(table.find({tag + row, 0}) == SeenTable::kMostRows - 1 - row);
  }
  CHECK_FALSE(table.find({tag + kAlike, 0}));
}
