#include "base/url.h"

#include "tests/catch.h"

using scraper::Url;

TEST_CASE("a serialised URL splits into its parts") {
  const auto url = Url::from_serialised("https://user:pass@example.com:8443/a/b?q=1#top");
  REQUIRE(url);
  CHECK(url->scheme() == "https");
  CHECK(url->username() == "user");
  CHECK(url->password() == "pass");
  CHECK(url->host() == "example.com");
  CHECK(url->port() == 8443);
  CHECK(url->path() == "/a/b");
  CHECK(url->query() == "q=1");
  CHECK(url->fragment() == "top");
  CHECK(url->path_and_query() == "/a/b?q=1");
  CHECK(url->origin() == "https://example.com:8443");
  CHECK(url->without_fragment() == "https://user:pass@example.com:8443/a/b?q=1");
}

TEST_CASE("an IPv6 host keeps its brackets and its colons are no port") {
  const auto url = Url::from_serialised("http://[2001:db8::1]:8080/");
  REQUIRE(url);
  CHECK(url->host() == "[2001:db8::1]");
  CHECK(url->effective_port() == 8080);
  CHECK(Url::from_serialised("http://[::1]/")->effective_port() == 80);
}

TEST_CASE("what is no serialisation of an http URL is refused") {
  for (const char* text : {"", "http://", "http://a", "ftp://a/", "http:///x", "http://a b/",
                           "http://a/\x01", "http://a:x/", "http://a:99999/", "http://a?x/",
                           "http://a\\b/", "http://\xC3\xA4/", "HTTP://a/"}) {
    CAPTURE(text);
    CHECK_FALSE(Url::from_serialised(text));
  }
}
