#include <boost/json/value.hpp>
#include <string>

#include "parse/url/url.h"
#include "tests/catch.h"
#include "tests/parse/conformance.h"
#include "tests/parse/generator.h"

using namespace scraper::parse;
using namespace scraper::parse::testing;
using scraper::Url;

namespace {

std::string canonical(std::string_view text) {
  const auto url = parse_url(text);
  REQUIRE(url);
  return canonical_url(*url).href();
}

// Canonical form is a fixed point of itself and of the parser.
void check_fixed_point(const Url& url) {
  CAPTURE(url.href());
  const Url once = canonical_url(url);
  CHECK(canonical_url(once).href() == once.href());
  const auto parsed = parse_url(once.href());
  REQUIRE(parsed);
  CHECK(parsed->href() == once.href());
  CHECK(parsed->path() == once.path());
  CHECK(parsed->query() == once.query());
  CHECK(once.fragment().empty());
  const QueryRules rules = {{"a*", "b"}, true};
  const Url ruled = canonical_url(url, rules);
  CHECK(canonical_url(ruled, rules).href() == ruled.href());
  const auto parsed_ruled = parse_url(ruled.href());
  REQUIRE(parsed_ruled);
  CHECK(parsed_ruled->href() == ruled.href());
  CHECK(parsed_ruled->query() == ruled.query());
}

}  // namespace

TEST_CASE("the canonical URL has no fragment and no empty query") {
  CHECK(canonical("http://a.test/x#y") == "http://a.test/x");
  CHECK(canonical("http://a.test/x?#y") == "http://a.test/x");
  CHECK(canonical("http://a.test?") == "http://a.test/");
  CHECK(canonical("http://a.test/x??") == "http://a.test/x??");
  CHECK(canonical("foo:x?#y") == "foo:x?");
}

TEST_CASE("escapes have one form: unreserved characters bare, hexadecimal digits upper case") {
  CHECK(canonical("http://a.test/%7euser/%66oo%2ehtml") == "http://a.test/~user/foo.html");
  CHECK(canonical("http://a.test/%c3%bc?%c3%bc") == "http://a.test/%C3%BC?%C3%BC");
  CHECK(canonical("http://a.test/a%2fb%3f?a%26b=%2b+") == "http://a.test/a%2Fb%3F?a%26b=%2B+");
  CHECK(canonical("http://a.test/?%41=%5f") == "http://a.test/?A=_");
}

TEST_CASE("credentials, ports, order and case of what is left stay") {
  CHECK(canonical("http://U:P%41@a.test:81/B?b=1&a=2&") == "http://U:P%41@a.test:81/B?b=1&a=2&");
  CHECK(canonical("http://a.test//x///y") == "http://a.test//x///y");
}

TEST_CASE("decoding never makes an escape or a dot segment that was not there") {
  CHECK(canonical("http://a.test/%2%65%2%65/x") == "http://a.test/%2%65%2%65/x");
  CHECK(canonical("http://a.test/%%32%65") == "http://a.test/%%32e");
  CHECK(canonical("http://a.test/%%41%42") == "http://a.test/%%41B");
  CHECK(canonical("http://a.test/%zz%77%v") == "http://a.test/%zzw%v");
  CHECK(canonical("http://a.test/x/%2e%2e/y") == "http://a.test/y");
  CHECK(canonical("http://a.test/%252e%252e/y") == "http://a.test/%252e%252e/y");
  CHECK(canonical("http://a.test/.%2ex/y") == "http://a.test/..x/y");
}

TEST_CASE("parameters can be stripped by name and sorted by name") {
  const auto ruled = [](std::string_view text, QueryRules rules) {
    return canonical_url(*parse_url(text), rules).href();
  };
  CHECK(ruled("http://a.test/?utm_source=x&id=1&gclid=2&utm=3", {{"utm_*", "gclid"}, false}) ==
        "http://a.test/?id=1&utm=3");
  CHECK(ruled("http://a.test/?gclid=2", {{"gclid"}, false}) == "http://a.test/");
  CHECK(ruled("http://a.test/?%67clid=2&b&&a", {{"gclid"}, false}) == "http://a.test/?b&&a");
  CHECK(ruled("http://a.test/?b=2&a=1&&b=1&a", {{}, true}) == "http://a.test/?a=1&a&b=2&b=1");
  CHECK(ruled("http://a.test/?&&", {{}, true}) == "http://a.test/");
  CHECK(ruled("http://a.test/?a=1", {{"*"}, false}) == "http://a.test/");
  CHECK(ruled("foo:x?b&a", {{"a"}, true}) == "foo:x?b&a");
}

TEST_CASE("the canonical URL is a fixed point for generated URLs") {
  Generator generator(7);
  const auto base = parse_url("http://base.test/a/b");
  int parsed = 0;
  for (int i = 0; i < 60'000; ++i) {
    const auto url = parse_url(generator.url(), &*base);
    if (!url) continue;
    ++parsed;
    check_fixed_point(*url);
  }
  CHECK(parsed > 30'000);
}

TEST_CASE("the canonical URL is a fixed point for urltestdata.json") {
  const auto data = conformance_json("url/urltestdata.json");
  if (!data) return;
  for (const boost::json::value& test : data->as_array()) {
    if (!test.is_object() || !test.as_object().contains("href")) continue;
    const auto url = parse_url(std::string_view(test.at("href").as_string()));
    REQUIRE(url);
    check_fixed_point(*url);
  }
}
