#include "parse/url/url.h"

#include <string>
#include <vector>

#include "tests/catch.h"
#include "tests/parse/generator.h"

using namespace scraper::parse;
using scraper::Url;
using scraper::parse::testing::Generator;
using namespace std::string_literals;

namespace {

std::string resolve(std::string_view input, std::string_view base = "http://base.test/a/b?c#d") {
  const auto base_url = parse_url(base);
  REQUIRE(base_url);
  const auto url = parse_url(input, &*base_url);
  return url ? url->href() : "failure";
}

bool is_refused(std::string_view input) { return !parse_url(input).has_value(); }

void check_same_parts(const Url& a, const Url& b) {
  CHECK(a.parts().scheme_end == b.parts().scheme_end);
  CHECK(a.parts().username_start == b.parts().username_start);
  CHECK(a.parts().username_end == b.parts().username_end);
  CHECK(a.parts().host_start == b.parts().host_start);
  CHECK(a.parts().host_end == b.parts().host_end);
  CHECK(a.parts().path == b.parts().path);
  CHECK(a.parts().query == b.parts().query);
  CHECK(a.parts().hash == b.parts().hash);
  CHECK(a.port() == b.port());
  CHECK(a.has_host() == b.has_host());
}

void check_stable(const Url& url) {
  CAPTURE(url.href());
  const auto again = parse_url(url.href());
  REQUIRE(again);
  CHECK(again->href() == url.href());
  check_same_parts(*again, url);
  const auto split = Url::from_serialised(url.href());
  REQUIRE(split.has_value() == url.is_http());
  if (split) check_same_parts(*split, url);
}

}  // namespace

TEST_CASE("a link is resolved against its page") {
  CHECK(resolve("x") == "http://base.test/a/x");
  CHECK(resolve("/x/./y/../z") == "http://base.test/x/z");
  CHECK(resolve("../../../x") == "http://base.test/x");
  CHECK(resolve("%2e%2E/.%2e/x") == "http://base.test/x");
  CHECK(resolve("//other.test") == "http://other.test/");
  CHECK(resolve("?q") == "http://base.test/a/b?q");
  CHECK(resolve("#f") == "http://base.test/a/b?c#f");
  CHECK(resolve("") == "http://base.test/a/b?c");
  CHECK(resolve("http:x") == "http://base.test/a/x");
  CHECK(resolve("https:x") == "https://x/");
  CHECK(resolve("\\\\other.test\\x\\y?\\") == "http://other.test/x/y?\\");
  CHECK(resolve("mailto:x@y?subject=z") == "mailto:x@y?subject=z");
  CHECK(resolve("javascript:void( 0 )") == "javascript:void( 0 )");
}

TEST_CASE("white space around and line ends inside an address are no part of it") {
  CHECK(resolve(" \t\n/a\r\nb\tc \x01") == "http://base.test/abc");
  CHECK(resolve("ht\ntp://x\t.test/") == "http://x.test/");
}

TEST_CASE("a host is lower case, decoded, and an address when it looks like one") {
  CHECK(resolve("HTTP://EXAMPLE.%54est:80/") == "http://example.test/");
  CHECK(resolve("http://b\xC3\xBC"
                "cher.test/") == "http://xn--bcher-kva.test/");
  CHECK(resolve("http://STRA\xE1\xBA\x9E"
                "E.test/") == "http://xn--strae-oqa.test/");
  CHECK(resolve("http://0x7f.1/") == "http://127.0.0.1/");
  CHECK(resolve("http://017700000001/") == "http://127.0.0.1/");
  CHECK(resolve("http://[1:0:0:2::0.0.0.3]:8080/") == "http://[1:0:0:2::3]:8080/");
  CHECK(resolve("http://user:p@ss@host.test/") == "http://user:p%40ss@host.test/");
}

TEST_CASE("what cannot be a URL is refused") {
  for (const char* text :
       {"", "x", "http://", "http:///", "http://a b/", "http://a:b/", "http://a:65536/",
        "http://1.2.3.256/", "http://1.2.3.4.5/", "http://0x100000000/", "http://[::1",
        "http://[1:2]/", "http://a%00/", "http://%zz/", "http://user@/", "http://:80/",
        "http://\xC2\xAD/", "http://xn--\xC3\xBC/", "http://\xFF/"}) {
    CAPTURE(text);
    CHECK(is_refused(text));
  }
}

TEST_CASE("bytes that are no UTF-8 become U+FFFD") {
  CHECK(resolve("/\xFFx?\xE4\xB8#\xC3") == "http://base.test/%EF%BF%BDx?%EF%BF%BD#%EF%BF%BD");
}

TEST_CASE("the parts of a URL of every shape are in their place") {
  const auto url = parse_url("https://user:pass@example.com:8443/a/b?q=1#top");
  REQUIRE(url);
  CHECK(url->username() == "user");
  CHECK(url->password() == "pass");
  CHECK(url->host() == "example.com");
  CHECK(url->port() == 8443);
  CHECK(url->path() == "/a/b");
  CHECK(url->query() == "q=1");
  CHECK(url->fragment() == "top");
  const auto opaque = parse_url("mailto:a@b.test");
  REQUIRE(opaque);
  CHECK_FALSE(opaque->has_host());
  CHECK(opaque->path() == "a@b.test");
  const auto guarded = parse_url("web+x:/.//p?q");
  REQUIRE(guarded);
  CHECK(guarded->href() == "web+x:/.//p?q");
  CHECK(guarded->path() == "//p");
  CHECK(guarded->query() == "q");
}

TEST_CASE("a relative link's URL is written into one allocation, made before its length is known") {
  const auto base = parse_url("https://www.example.com/news/2024/index.html");
  const auto url = parse_url("../2023/an-article.html?page=2", &*base);
  REQUIRE(url);
  CHECK(url->href() == "https://www.example.com/news/2023/an-article.html?page=2");
  CHECK(url->href().capacity() == base->href().size() + 30 + 8);
}

TEST_CASE("parsing what was serialised changes nothing, and splitting it finds the same parts") {
  Generator generator(20'240'601);
  const auto base = parse_url("http://u:p@base.test:81/a/b/c?d#e");
  const auto file = parse_url("file:///C:/a/b");
  int parsed = 0;
  for (int i = 0; i < 60'000; ++i) {
    const std::string input = generator.url();
    for (const Url* relative_to : {static_cast<const Url*>(nullptr), &*base, &*file}) {
      const auto url = parse_url(input, relative_to);
      if (!url) continue;
      ++parsed;
      check_stable(*url);
    }
  }
  CHECK(parsed > 60'000);
}

TEST_CASE("long hostile input costs no more than its length") {
  const auto repeat = [](std::string_view piece, std::size_t count = 1'000'000) {
    std::string text;
    for (std::size_t i = 0; i < count; ++i) text += piece;
    return text;
  };
  const auto resolves_to = [](const std::string& input, std::string_view expected) {
    return resolve(input) == expected;
  };
  CHECK(resolves_to("/"s + repeat("a/../"), "http://base.test/"));
  CHECK(resolves_to("/"s + repeat("a/") + repeat("../"), "http://base.test/"));
  CHECK(resolves_to("//"s + repeat("@") + "h.test",
                    "http://"s + repeat("%40", 999'999) + "@h.test/"));
  CHECK(resolves_to("//"s + repeat("1."), "failure"));
  CHECK(resolves_to("//["s + repeat(":") + "]", "failure"));
  CHECK(resolves_to("//h:"s + repeat("0") + "80/", "http://h/"));
  CHECK(resolves_to(repeat("////"), "failure"));
  CHECK(resolves_to("//"s + repeat("a.") + "test", "http://"s + repeat("a.") + "test/"));
}

TEST_CASE(
    "a domain past ASCII that no name server can know is refused, for punycode takes quadratic "
    "time") {
  std::string distinct;
  for (unsigned c = 0x4E00; c < 0x9F00; ++c) {
    distinct += static_cast<char>(0xE0 | (c >> 12));
    distinct += static_cast<char>(0x80 | ((c >> 6) & 0x3F));
    distinct += static_cast<char>(0x80 | (c & 0x3F));
  }
  CHECK(parse_url("http://" + distinct.substr(0, 600) + "/"));
  CHECK_FALSE(parse_url("http://" + distinct + "/"));
}
