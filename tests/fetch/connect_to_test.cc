#include "fetch/fetcher.h"
#include "tests/catch.h"

namespace scraper::fetch {

namespace {

Url url(const std::string& text) { return Url::from_serialised(text).value(); }

std::string route(const std::string& target, const std::vector<std::string>& entries) {
  std::vector<ConnectTo> list;
  for (const auto& entry : entries) list.push_back(ConnectTo::parse(entry).value());
  const Endpoint endpoint = endpoint_of(url(target), list);
  return endpoint.host + " " + std::to_string(endpoint.port);
}

}  // namespace

TEST_CASE("a URL's own host and port are used where no --connect-to fits") {
  CHECK(route("http://example.org/", {}) == "example.org 80");
  CHECK(route("https://example.org/", {}) == "example.org 443");
  CHECK(route("http://[::1]:8080/", {}) == "[::1] 8080");
  CHECK(route("http://example.org/",
              {"example.net::127.0.0.1:81", "example.org:81:127.0.0.1:82"}) == "example.org 80");
}

TEST_CASE("the first --connect-to that fits decides, empty fields fit or keep") {
  CHECK(route("http://example.org/", {"::127.0.0.1:8080"}) == "127.0.0.1 8080");
  CHECK(route("http://example.org/", {"EXAMPLE.org:80:Other.Example:"}) == "other.example 80");
  CHECK(route("https://example.org/", {"::127.0.0.1:"}) == "127.0.0.1 443");
  CHECK(route("http://example.org/", {":80::8080"}) == "example.org 8080");
  CHECK(route("http://example.org/", {"example.org::a.example:1", "::b.example:2"}) ==
        "a.example 1");
  CHECK(route("http://example.net/", {"example.org::a.example:1", "::b.example:2"}) ==
        "b.example 2");
  CHECK(route("http://[2001:db8::1]/", {"[2001:db8::1]:80:[::1]:8080"}) == "[::1] 8080");
  CHECK(route("http://example.org/", {":::"}) == "example.org 80");
}

TEST_CASE("what is no HOST1:PORT1:HOST2:PORT2 is refused") {
  const std::string wrong =
      GENERATE("", "a", "a:1", "a:1:b", "a:1:b:2:3", "a:x:b:2", "a:1:b:65536", "a:1:b:0",
               "[::1:1:b:2", "::1:80:b:2", "[::1]x:1:b:2", "a b:1:b:2", "a:1:u@b:2", "[name]:1:b:2",
               "a:1:b/c:2", "a:-1:b:2", "a:1:b:2:");
  CAPTURE(wrong);
  CHECK(ConnectTo::parse(wrong).has_error());
}

}  // namespace scraper::fetch
