// RFC 9309, clause by clause; the numbers are its sections.
#include "parse/robots.h"

#include <chrono>

#include "tests/catch.h"

using namespace scraper::parse;
using scraper::RobotsRules;
using namespace std::string_literals;
using namespace std::string_view_literals;

namespace {

struct Robots {
  explicit Robots(std::string_view body, std::string_view agent = "FooBot")
      : rules(parse_robots(body, agent, storage)) {}
  Robots(const Robots&) = delete;
  Robots& operator=(const Robots&) = delete;

  bool allows(std::string_view path) const { return robots_verdict(rules, path).is_allowed; }
  std::uint32_t deciding_line(std::string_view path) const {
    const RobotsVerdict verdict = robots_verdict(rules, path);
    return verdict.rule == nullptr ? 0 : verdict.rule->line;
  }

  std::string storage;
  RobotsRules rules;
};

bool allows(std::string_view rule_lines, std::string_view path) {
  const std::string body = "User-agent: *\n" + std::string(rule_lines);
  return Robots(body).allows(path);
}

std::string repeated(std::string_view piece, std::size_t count) {
  std::string text;
  while (count-- > 0) text += piece;
  return text;
}

}  // namespace

TEST_CASE("2.1: without a rule for it, everything is allowed") {
  CHECK(Robots("").allows("/x"));
  CHECK(Robots("Disallow: /\n").allows("/x"));  // in no group
  CHECK(Robots("User-agent: Other\nDisallow: /\n").allows("/x"));
  CHECK(Robots("User-agent: FooBot\nDisallow:\n").allows("/x"));
  CHECK(Robots("<!DOCTYPE html><p>User-agent: *<br>Disallow: /").allows("/x"));
}

TEST_CASE("2.1: consecutive user-agent lines share the rules behind them") {
  const char* body =
      "User-agent: FooBot\nUser-agent: BarBot\nDisallow: /a\n\nUser-agent: BazBot\nDisallow: /b\n";
  CHECK_FALSE(Robots(body, "FooBot").allows("/a"));
  CHECK_FALSE(Robots(body, "BarBot").allows("/a"));
  CHECK(Robots(body, "BazBot").allows("/a"));
  CHECK(Robots(body, "FooBot").allows("/b"));
}

TEST_CASE("2.2.1: the product token is compared without regard to case, and whole") {
  CHECK_FALSE(Robots("USER-AGENT: fOObOT\nDISALLOW: /\n").allows("/x"));
  CHECK_FALSE(Robots("User-agent: FooBot/2.1\nDisallow: /\n").allows("/x"));
  CHECK_FALSE(
      Robots("User-agent: FooBot\nDisallow: /\n", "FooBot/1.0 (+https://foo.test)").allows("/x"));
  CHECK(Robots("User-agent: Foo\nDisallow: /\n").allows("/x"));
  CHECK(Robots("User-agent: FooBotImages\nDisallow: /\n").allows("/x"));
  CHECK(Robots("User-agent: FooBot-News\nDisallow: /\n").allows("/x"));
}

TEST_CASE("2.2.1: a name with digits, which the grammar has not, finds its own group") {
  const char* body = "User-agent: bot1\nDisallow: /one\nUser-agent: bot2\nDisallow: /two\n";
  CHECK_FALSE(Robots(body, "bot2/1.0").allows("/two"));
  CHECK(Robots(body, "bot2/1.0").allows("/one"));
}

TEST_CASE("2.2.1: groups of one token are merged") {
  const Robots robots(
      "User-agent: FooBot\nDisallow: /a\nUser-agent: *\nDisallow: /b\nUser-agent: "
      "foobot\nDisallow: /c\n");
  CHECK_FALSE(robots.allows("/a"));
  CHECK(robots.allows("/b"));
  CHECK_FALSE(robots.allows("/c"));
}

TEST_CASE("2.2.1: '*' speaks to those without a group of their own, even an empty one") {
  const char* body =
      "User-agent: *\nDisallow: /a\nUser-agent: *\nDisallow: /b\nUser-agent: FooBot\nAllow:\n";
  CHECK_FALSE(Robots(body, "Other").allows("/a"));
  CHECK_FALSE(Robots(body, "Other").allows("/b"));
  CHECK(Robots(body, "FooBot").allows("/a"));
}

TEST_CASE(
    "2.2.2: the path of a rule is a prefix, compared octet by octet and with regard to case") {
  CHECK_FALSE(allows("Disallow: /fish", "/fish"));
  CHECK_FALSE(allows("Disallow: /fish", "/fishheads/yummy.html?id=1"));
  CHECK(allows("Disallow: /fish", "/Fish.asp"));
  CHECK(allows("Disallow: /fish", "/catfish"));
  CHECK(allows("Disallow: /fish/", "/fish"));
  CHECK(allows("Disallow: fish", "/fish"));
}

TEST_CASE("2.2.2: the longest match decides, allow on a tie, whatever their order") {
  CHECK_FALSE(allows("Allow: /\nDisallow: /p", "/page"));
  CHECK(allows("Disallow: /\nAllow: /p", "/page"));
  CHECK(allows("Disallow: /folder\nAllow: /folder", "/folder/page"));
  CHECK_FALSE(allows("Allow: /page\nDisallow: /*.htm", "/page.htm"));
  CHECK(allows("Allow: /$\nDisallow: /", "/"));
  CHECK_FALSE(allows("Allow: /$\nDisallow: /", "/page"));
}

TEST_CASE("2.2.2: octets past ASCII are compared percent-encoded") {
  CHECK_FALSE(allows("Disallow: /foo/bar/\xE3\x83\x84", "/foo/bar/%E3%83%84"));
  CHECK_FALSE(allows("Disallow: /foo/bar/%e3%83%84", "/foo/bar/%E3%83%84"));
  CHECK_FALSE(allows("Disallow: /\xFF", "/%FF"));
}

TEST_CASE(
    "2.2.2: escapes of unreserved characters are decoded, others only agree in their digits' "
    "case") {
  CHECK_FALSE(allows("Disallow: /foo/bar/%62%61%7A", "/foo/bar/baz"));
  CHECK_FALSE(allows("Disallow: /foo/bar/baz", "/foo/bar/%62%61%7a"));
  CHECK_FALSE(allows("Disallow: /a%3cd", "/a%3Cd.html"));
  CHECK(allows("Disallow: /a%2fb", "/a/b"));
  CHECK_FALSE(allows("Disallow: /a%2fb", "/a%2Fb"));
  CHECK_FALSE(allows("Disallow: /%2%65x", "/%2%65x"));
}

TEST_CASE("2.2.2: what the URL parser escapes may stand bare in a rule") {
  CHECK_FALSE(allows("Disallow: /a b/\"c\"", "/a%20b/%22c%22"));
  CHECK_FALSE(allows("Disallow: /{x}?y={z}", "/%7Bx%7D?y={z}"));
  CHECK_FALSE(allows("Disallow: /it's?q='", "/it's?q=%27"));
}

TEST_CASE("2.2.2: robots.txt itself is allowed") {
  CHECK(allows("Disallow: /", "/robots.txt"));
  CHECK_FALSE(allows("Disallow: /", "/robots.txt/x"));
}

TEST_CASE("2.2.3: '*' is any sequence, '$' at the end is the end, '#' begins a comment") {
  CHECK_FALSE(allows("Disallow: /*.php", "/folder/file.php?x"));
  CHECK(allows("Disallow: /*.php", "/windows.PHP"));
  CHECK_FALSE(allows("Disallow: /*.php$", "/folder/file.php"));
  CHECK(allows("Disallow: /*.php$", "/file.php?x"));
  CHECK_FALSE(allows("Disallow: /*.php$", "/x.php/y.php"));
  CHECK_FALSE(allows("Disallow: /fish*.php", "/fishheads/catfish.php?x"));
  CHECK_FALSE(allows("Disallow: *", "/"));
  CHECK_FALSE(allows("Disallow: /a*b*c$", "/abcbc"));
  CHECK(allows("Disallow: /a*b*b$", "/ab"));
  CHECK(allows("Disallow: /*aa$", "/a"));
  CHECK_FALSE(allows("Disallow: /fish*", "/fish"));
  CHECK_FALSE(allows("Disallow: /x # not /xy", "/x"));
  CHECK(allows("# Disallow: /x", "/x"));
  CHECK(allows("Disallow: /x#y", "/z"));
}

TEST_CASE("2.2.3: escaped, the special characters stand for themselves") {
  CHECK_FALSE(allows("Disallow: /path/file-with-a-%2A.html", "/path/file-with-a-*.html"));
  CHECK(allows("Disallow: /path/file-with-a-%2A.html", "/path/file-with-a-b.html"));
  CHECK_FALSE(allows("Disallow: /path/foo-%24", "/path/foo-$"));
  CHECK_FALSE(allows("Disallow: /path/foo-%24", "/path/foo-$x"));
  CHECK_FALSE(allows("Disallow: /a$b", "/a$b"));
  CHECK_FALSE(allows("Disallow: /a$b", "/a%24bc"));
}

TEST_CASE("2.2.4: other lines neither begin nor end a group") {
  const Robots robots(
      "User-agent: FooBot\nSitemap: https://a.test/s.xml\nClean-param: x\nUser-agent: "
      "BarBot\nDisallow: /a\n");
  CHECK_FALSE(robots.allows("/a"));
  REQUIRE(robots.rules.sitemaps.size() == 1);
  CHECK(robots.rules.sitemaps[0] == "https://a.test/s.xml");
}

TEST_CASE("2.5: 500 KiB are read, and no half of a line") {
  const std::string filler =
      repeated("# 45 characters of comment to fill the file\n", 500 * 1024 / 44 - 1);
  const std::string head = "User-agent: *\nDisallow: /first\n";
  const Robots robots(head + filler.substr(head.size()) + "Disallow: /last\n" + filler +
                      "Disallow: /beyond\n");
  CHECK_FALSE(robots.allows("/first"));
  CHECK_FALSE(robots.allows("/last"));
  CHECK(robots.allows("/beyond"));
  const Robots cut("User-agent: *\n"s + repeated("#", 500 * 1024 - 32) +
                   "\nDisallow: /a-rule-that-passes-the-limit\n");
  CHECK(cut.rules.rules.empty());
}

TEST_CASE("lines end in CR, LF or CRLF, and are counted from 1") {
  for (const char* end : {"\r", "\n", "\r\n"}) {
    const std::string body = std::string("User-agent: *") + end + end + "Disallow: /a" + end +
                             "# x" + end + "Allow: /a/b";
    const Robots robots(body);
    CHECK(robots.deciding_line("/a") == 3);
    CHECK(robots.deciding_line("/a/b") == 5);
    CHECK(robots.deciding_line("/c") == 0);
  }
}

TEST_CASE("a byte order mark, white space and odd bytes are no hindrance") {
  CHECK_FALSE(Robots("\xEF\xBB\xBFUser-agent: *\nDisallow: /\n").allows("/x"));
  CHECK_FALSE(Robots(" \tUser-agent\t:\t* \t\n\t Disallow : \t/x \t\n").allows("/x"));
  CHECK_FALSE(Robots("\0\0\nUser-agent: *\n\xFF\xFE\nDisallow: /\n"sv).allows("/x"));
}

TEST_CASE("what people forget or misspell is understood as the widely used readers do") {
  CHECK_FALSE(Robots("user-agent FooBot\ndisallow /x\n").allows("/x"));
  CHECK(Robots("user-agent: FooBot\ndisallow /x /y\n").allows("/x"));
  CHECK_FALSE(Robots("useragent: FooBot\nDissallow: /x\n").allows("/x"));
  CHECK(allows("Allow: /dir/index.html\nDisallow: /", "/dir/"));
  CHECK_FALSE(allows("Allow: /dir/index.html\nDisallow: /", "/dir/x"));
}

TEST_CASE("Crawl-delay is that of our group") {
  const char* body =
      "User-agent: *\nCrawl-delay: 5\nUser-agent: FooBot\nDisallow: /x\nCrawl-delay: "
      "1.5\nUser-agent: BarBot\nDisallow: /\n";
  CHECK(Robots(body, "FooBot").rules.crawl_delay_seconds == 1.5);
  CHECK(Robots(body, "BarBot").rules.crawl_delay_seconds == -1);
  CHECK(Robots(body, "Other").rules.crawl_delay_seconds == 5);
  for (const char* value : {"", "x", "-1", "inf", "nan"}) {
    CAPTURE(value);
    CHECK(Robots("User-agent: *\nCrawl-delay: " + std::string(value)).rules.crawl_delay_seconds ==
          -1);
  }
  CHECK(Robots("User-agent: *\nCrawl-delay: "s + repeated("9", 400)).rules.crawl_delay_seconds ==
        -1);
  CHECK(Robots("User-agent: *<br>\nCrawl-delay: 30 s<br>\nCrawl-delay: 2")
            .rules.crawl_delay_seconds == 30);
}

TEST_CASE("a pattern full of '*' takes time in proportion to its length") {
  const Robots robots("User-agent: *\nDisallow: /"s + repeated("*a", 200'000) + "b$\n" +
                      repeated("Disallow: /*a*a*a*a*a*b\n", 500));
  const std::string path = "/"s + repeated("a", 3'000);
  CHECK(robots.allows(path));
  CHECK_FALSE(robots.allows("/"s + repeated("a", 1'000) + "b"));
}
