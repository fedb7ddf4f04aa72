// Verdicts on which other robots.txt readers agree, on small files and on those of real sites.
#include <algorithm>

#include <boost/json/serialize.hpp>

#include "parse/robots.h"
#include "parse/url/url.h"
#include "tests/catch.h"
#include "tests/parse/conformance.h"

using namespace scraper::parse;
using namespace scraper::parse::testing;
using scraper::RobotsRules;
namespace json = boost::json;

namespace {

// Some cases give a path, or something without a scheme in front of one.
bool is_allowed(const RobotsRules& rules, std::string text) {
  if (text.find("://") == text.npos)
    text = "http://a.test" + text.substr(std::min(text.find('/'), text.size()));
  const auto url = parse_url(text);
  return !url || robots_verdict(rules, url->path_and_query()).is_allowed;
}

std::string text_of(const json::object& object, const char* name) {
  return std::string(object.at(name).as_string());
}

// Where we follow RFC 9309 and the readers that made these cases do not. On some 28,000 cases there
// are seven such.
struct Difference {
  std::string_view site;
  std::string_view in_url;
  bool is_allowed;  // by us
};
constexpr Difference kDifferences[] = {
    {"www.flhsmv.gov", "/robots.txt", true},  // implicitly allowed (2.2.2), whatever the rules say
    {"www.betterhealth.vic.gov.au", "/sitecore%20modules/",
     false},  // "Disallow: /sitecore modules/": octets that a URI has encoded are
    {"www.roberthalf.com", "target=%22_parent%22",
     false},  // compared encoded (2.2.2), as `Disallow: *target="_parent"` here
};

bool is_known_difference(const json::object& test, bool is_allowed) {
  const std::string_view file = test.at("file").as_string();
  const std::string_view url = test.at("url").as_string();
  return std::any_of(std::begin(kDifferences), std::end(kDifferences),
                     [&](const Difference& known) {
                       return file.find(known.site) != file.npos &&
                              url.find(known.in_url) != url.npos && known.is_allowed == is_allowed;
                     });
}

bool is_clean(std::string_view text) {
  return std::all_of(text.begin(), text.end(), [](char c) { return c > 0x20 && c < 0x7F; });
}

}  // namespace

TEST_CASE("robots cases of the core tier pass whole") {
  const auto data = conformance_json("robots/cases.json");
  if (!data) return;
  for (const json::value& value : data->as_array()) {
    const json::object& test = value.as_object();
    if (text_of(test, "tier") != "core") continue;
    const std::string body = test.contains("robots_b64")
                                 ? base64_decoded(text_of(test, "robots_b64"))
                                 : text_of(test, "robots_txt");
    std::string storage;
    const RobotsRules rules = parse_robots(body, text_of(test, "user_agent"), storage);
    CAPTURE(text_of(test, "source"), body, text_of(test, "user_agent"), text_of(test, "url"));
    CHECK(is_allowed(rules, text_of(test, "url")) == test.at("allowed").as_bool());
  }
}

TEST_CASE("Crawl-delay is read as other readers do") {
  const auto data = conformance_json("robots/extras.json");
  if (!data) return;
  for (const json::value& value : data->as_array()) {
    const json::object& test = value.as_object();
    std::string storage;
    const RobotsRules rules =
        parse_robots(text_of(test, "robots_txt"), text_of(test, "user_agent"), storage);
    const std::string expected = text_of(test, "expected");
    CAPTURE(json::serialize(test));
    CHECK(rules.crawl_delay_seconds == (expected == "None" ? -1 : std::stod(expected) / 1000));
  }
}

TEST_CASE(
    "robots.txt of real sites say what other readers find in them, but for known differences") {
  const auto data = conformance_json("robots-real/cases.json.xz");
  if (!data) return;
  const UnpackedArchive archive("robots-real/files.tar.xz");
  const auto& cases = data->as_array();
  std::size_t differ = 0;
  for (const json::value& value : cases) {
    const json::object& test = value.as_object();
    std::string storage;
    const RobotsRules rules = parse_robots(archive.read("files/" + text_of(test, "file")),
                                           text_of(test, "user_agent"), storage);
    const bool allowed = is_allowed(rules, text_of(test, "url"));
    if (allowed == test.at("allowed").as_bool()) continue;
    ++differ;
    CAPTURE(json::serialize(test));
    CHECK(is_known_difference(test, allowed));
  }
  CHECK(cases.size() > 28'000);
  CHECK(differ == 7);
}

TEST_CASE(
    "whatever a real site serves as robots.txt is read, and what comes out is printable ASCII") {
  if (!conformance_file("README.md")) return;
  const UnpackedArchive archive("robots-real/files.tar.xz");
  std::size_t rules_read = 0;
  for (const std::string& path : archive.paths()) {
    CAPTURE(path);
    std::string storage;
    const RobotsRules rules = parse_robots(archive.read(path), "ExampleBot", storage);
    rules_read += rules.rules.size();
    for (const auto& rule : rules.rules) CHECK(is_clean(rule.pattern));
    for (const auto sitemap : rules.sitemaps) CHECK(is_clean(sitemap));
  }
  CHECK(rules_read > 1'000);
}
