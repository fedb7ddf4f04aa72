// The whole way from what somebody wrote to the guard's word: the URL is parsed as everywhere, and
// the address it names is judged.
#include <boost/json.hpp>
#include <cstdlib>
#include <fstream>
#include <sstream>

#include "fetch/address_guard.h"
#include "parse/url/url.h"
#include "tests/catch.h"

using namespace scraper;

TEST_CASE("conformance: addresses in every disguise are refused, and public ones are not") {
  const char* directory = std::getenv("SCRAPER_CONFORMANCE");
  if (directory == nullptr) {
    WARN("skipped: SCRAPER_CONFORMANCE is not set");
    return;
  }
  std::ostringstream text;
  text << std::ifstream(std::string(directory) + "/ssrf/cases.json").rdbuf();
  const fetch::AddressGuard guard({}, false);
  std::size_t judged = 0;
  const auto cases = boost::json::parse(text.str());
  for (const auto& value : cases.as_array()) {
    const auto& c = value.as_object();
    const std::string url(c.at("url").as_string());
    const std::string expect(c.at("expect").as_string());
    CAPTURE(url, expect);
    const auto parsed = parse::parse_url(url);
    const auto address =
        parsed && parsed->is_http() ? fetch::literal_address(parsed->host()) : std::nullopt;
    const bool can_be_asked = parsed && parsed->is_http() && (!address || !guard.refusal(*address));
    if (expect == "allow") {
      CHECK(can_be_asked);
    } else if (address || !expect.starts_with("block")) {
      if (expect == "resolve-then-check") continue;
      CHECK_FALSE(can_be_asked);
    } else {
      continue;  // a name such as localhost: judged by what it resolves to, when the socket is made
    }
    ++judged;
  }
  CHECK(judged > 60);
}
