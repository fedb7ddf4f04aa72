#include "base/enum_table.h"

#include <cstdint>

#include "tests/catch.h"

namespace {

using namespace scraper;

enum class Fruit : std::uint8_t { kApple, kPear, kPlum };
enum class Truth : bool { kNo, kYes };
enum class One { kOnly };
struct Tree {
  enum class Part { kRoot, kLeaf };
};

constexpr std::array<Word<Fruit>, 3> kFruits = {
    {{"apple", Fruit::kApple}, {"pear", Fruit::kPear}, {"plum", Fruit::kPlum}}};
constexpr std::array<Word<Fruit>, 2> kTooFew = {{{"apple", Fruit::kApple}, {"pear", Fruit::kPear}}};
constexpr std::array<Word<Fruit>, 3> kMixedUp = {
    {{"apple", Fruit::kApple}, {"plum", Fruit::kPlum}, {"pear", Fruit::kPear}}};

}  // namespace

TEST_CASE("the values of an enum are counted") {
  STATIC_REQUIRE(count_of<Fruit>() == 3);
  STATIC_REQUIRE(count_of<Truth>() == 2);
  STATIC_REQUIRE(count_of<One>() == 1);
  STATIC_REQUIRE(count_of<Tree::Part>() == 2);
}

TEST_CASE("a table that lacks a row or has them in another order is not complete") {
  STATIC_REQUIRE(is_complete(kFruits));
  STATIC_REQUIRE_FALSE(is_complete(kTooFew));
  STATIC_REQUIRE_FALSE(is_complete(kMixedUp));
  STATIC_REQUIRE(row_of(kFruits, Fruit::kPlum).name == "plum");
}
