#include "scraper/rules/robots_book.h"

#include <cstring>

#include "parse/robots.h"
#include "tests/catch.h"

using namespace scraper;
using namespace std::chrono_literals;

namespace {

PageRecord forbidding(const char* path) {
  PageRecord record;
  record.bytes.assign(path, path + std::strlen(path));
  record.robots_rules.rules.push_back({{record.bytes.data(), record.bytes.size()}, 7, false});
  return record;
}

}  // namespace

TEST_CASE("an origin's rules decide, and a new copy replaces the old one") {
  RobotsBook book;
  CHECK_FALSE(book.disallowing_line(0, "http://a.test/x"));
  book.obey(0, forbidding("/x"));
  CHECK(book.disallowing_line(0, "http://a.test/x?y") == 7);
  CHECK_FALSE(book.disallowing_line(0, "http://a.test/y"));
  CHECK_FALSE(book.disallowing_line(1, "http://b.test/x"));
  book.obey(0, {});
  CHECK_FALSE(book.disallowing_line(0, "http://a.test/x"));
  CHECK(book.has_copy(0));
}

TEST_CASE(
    "a file that cannot be had is left alone for longer and longer, up to half an hour, and a copy "
    "of it stays") {
  RobotsBook book;
  CHECK_FALSE(book.has_copy(0));
  CHECK(book.missed(0) == 1min);
  CHECK(book.missed(0) == 2min);
  for (int i = 0; i < 10; ++i) CHECK(book.missed(0) <= 32min);
  CHECK_FALSE(book.has_copy(0));
  book.obey(0, forbidding("/x"));
  CHECK(book.missed(0) == 1min);
  CHECK(book.has_copy(0));
  CHECK(book.disallowing_line(0, "http://a.test/x") == 7);
}

TEST_CASE("five redirects are followed to a file, each time it is asked for") {
  RobotsBook book;
  for (int i = 0; i < 5; ++i) CHECK(book.follow(0));
  CHECK_FALSE(book.follow(0));
  book.obey(0, {});
  CHECK(book.follow(0));
}
