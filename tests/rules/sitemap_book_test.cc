#include "scraper/rules/sitemap_book.h"

#include "parse/url/url.h"
#include "tests/catch.h"

using namespace scraper;

namespace {

Url url(std::string_view text) { return parse::parse_url(text).value(); }

CrawlOptions with_seeds() {
  CrawlOptions options;
  options.depth = 5;
  options.seeds.push_back({url("http://a.test/"), {}, {}, kNoLimit, {}, {}});
  options.seeds.push_back({url("http://b.test/"), 2, {}, kNoLimit, {}, {}});
  options.seeds.push_back({url("http://b.test/more"), 3, {}, kNoLimit, {}, {}});
  return options;
}

}  // namespace

TEST_CASE("a sitemap is asked for once") {
  SitemapBook book(with_seeds());
  const auto first = book.add(url("http://a.test/s.xml"));
  REQUIRE(first);
  CHECK(book.url(*first) == "http://a.test/s.xml");
  CHECK_FALSE(book.add(url("http://a.test/s.xml#again")));
  CHECK(book.counts().named == 1);
}

TEST_CASE("an index lists sitemaps of its own site, two levels deep") {
  SitemapBook book(with_seeds());
  const auto index = book.add(url("http://www.a.com/s.xml"));
  REQUIRE(index);
  CHECK_FALSE(book.add_listed(url("http://b.com/s.xml"), *index));
  const auto second = book.add_listed(url("http://maps.a.com/s.xml"), *index);
  REQUIRE(second);
  const auto third = book.add_listed(url("http://maps.a.com/t.xml"), *second);
  REQUIRE(third);
  CHECK_FALSE(book.add_listed(url("http://maps.a.com/u.xml"), *third));
  CHECK(book.counts().left_out == 2);
}

TEST_CASE(
    "what is listed is a link away from the seed on its host that goes deepest, else from the "
    "first") {
  const SitemapBook book(with_seeds());
  const auto at = [&](std::string_view listed) {
    const auto start = book.start_of(listed);
    CHECK(start.path.depth == 1);
    return std::pair<std::uint32_t, std::int64_t>(start.seed, start.path.left);
  };
  CHECK(at("http://a.test/x") == std::pair<std::uint32_t, std::int64_t>(0, 4));
  CHECK(at("https://b.test:8080/x") == std::pair<std::uint32_t, std::int64_t>(2, 2));
  CHECK(at("http://c.test/x") == std::pair<std::uint32_t, std::int64_t>(0, 4));
}
