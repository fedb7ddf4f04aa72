#include "parse/robots_directives.h"

#include "tests/catch.h"
#include "tests/parse/records.h"

using namespace scraper;
using namespace scraper::parse;
using namespace scraper::parse::testing;

namespace {

std::string shown(const RobotsDirectives& directives) {
  return std::string(directives.asks_nofollow ? "nofollow " : "") +
         (directives.asks_noindex ? "noindex" : "");
}

std::string of_meta(std::string_view content) {
  RobotsDirectives directives;
  add_meta_directives(content, directives);
  return shown(directives);
}

std::string of_field(std::string_view field) {
  RobotsDirectives directives;
  add_field_directives(field, "scraper/1.0 (+https://a.test/)", directives);
  return shown(directives);
}

}  // namespace

TEST_CASE("directives are words between commas, in any case") {
  CHECK(of_meta("noindex, NoFollow") == "nofollow noindex");
  CHECK(of_meta("none") == "nofollow noindex");
  CHECK(of_meta("index,follow") == "");
  CHECK(of_meta(" nofollow ,,") == "nofollow ");
  CHECK(of_meta("nofollowing, noindex-ish") == "");
  CHECK(of_meta("") == "");
}

TEST_CASE("what follows an agent's name in X-Robots-Tag is for that agent") {
  CHECK(of_field("nofollow") == "nofollow ");
  CHECK(of_field("scraper: nofollow") == "nofollow ");
  CHECK(of_field("SCRAPER: noindex, nofollow") == "nofollow noindex");
  CHECK(of_field("otherbot: noindex, nofollow") == "");
  CHECK(of_field("noindex, otherbot: nofollow") == "noindex");
  CHECK(of_field("otherbot: noindex, scraper: nofollow") == "nofollow ");
  CHECK(of_field("unavailable_after: 25 Jun 2010 15:00:00 PST, nofollow") == "nofollow ");
  CHECK(of_field("max-snippet: 20, noindex") == "noindex");
  CHECK(of_field(": nofollow") == "");
}

TEST_CASE("a page's directives for all and for us add up, those for others do not count") {
  const auto asked = [](std::string_view head, std::string_view body) {
    PageOptions options;
    options.robots_agent = "FooBot/2.0";
    const PageRecord record =
        parsed(response(body, "Content-Type: text/html\r\n" + std::string(head)), options);
    return shown({record.asks_nofollow, record.asks_noindex});
  };
  CHECK(asked("", "<meta name=robots content=noindex>") == "noindex");
  CHECK(asked("", "<meta name=FooBot content=nofollow>") == "nofollow ");
  CHECK(asked("", "<meta name=otherbot content=nofollow>") == "");
  CHECK(asked("X-Robots-Tag: foobot: nofollow\r\nX-Robots-Tag: noindex\r\n", "") ==
        "nofollow noindex");
  CHECK(asked("X-Robots-Tag: otherbot: nofollow\r\n", "") == "");
}
