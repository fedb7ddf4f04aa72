#include "bench/handoff/document.h"

#include <algorithm>
#include <string_view>

#include "tests/catch.h"

namespace scraper::bench {
namespace {

std::size_t count(std::string_view text, std::string_view what) {
  std::size_t found = 0;
  for (auto at = text.find(what); at != text.npos; at = text.find(what, at + 1)) ++found;
  return found;
}

TEST_CASE("a page has exactly the size asked for") {
  for (const std::size_t size : {256u, 1'024u, 10'240u, 35'840u, 102'400u, 1'048'576u}) {
    for (std::uint32_t number = 0; number < 4; ++number)
      CHECK(documentation_page(size, number).size() == size);
  }
}

TEST_CASE("a page is the same each time, and another one has another text") {
  CHECK(documentation_page(35'840, 3) == documentation_page(35'840, 3));
  CHECK(documentation_page(35'840, 3) != documentation_page(35'840, 4));
}

TEST_CASE("a page of 35 KB has the links, tables and listings of a page of documentation") {
  for (std::uint32_t number = 0; number < 8; ++number) {
    const std::string page = documentation_page(35 * 1024, number);
    CHECK(count(page, "<a href=\"") >= 75);
    CHECK(count(page, "<a href=\"") <= 95);
    CHECK(count(page, "<table") >= 3);
    CHECK(count(page, "<pre") >= 2);
    CHECK(count(page, "<p>") >= 10);
  }
}

TEST_CASE("every page has a link, and tags that are whole") {
  for (const std::size_t size : {1'024u, 4'096u, 10'240u, 35'840u}) {
    for (std::uint32_t number = 0; number < 16; ++number) {
      const std::string page = documentation_page(size, number);
      CAPTURE(size, number);
      CHECK(count(page, "<a href=\"") >= 1);
      CHECK(count(page, "<") == count(page, ">"));
      CHECK(page.starts_with("<!DOCTYPE html>"));
      CHECK(page.ends_with("</html>\n"));
    }
  }
}

TEST_CASE("a page is printable ASCII, so that it comes back as it is") {
  const std::string page = documentation_page(100'000, 1);
  CHECK(std::all_of(page.begin(), page.end(),
                    [](char c) { return c == '\n' || (c >= ' ' && c <= '~'); }));
}

}  // namespace
}  // namespace scraper::bench
