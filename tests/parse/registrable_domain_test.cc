#include "parse/url/registrable_domain.h"

#include "parse/url/url.h"
#include "tests/catch.h"
#include "tests/parse/conformance.h"

namespace scraper::parse {

namespace {

std::string domain_of(std::string_view host) { return registrable_domain(host).value_or("none"); }

}  // namespace

TEST_CASE("a registrable domain is a public suffix and a label more") {
  CHECK(domain_of("a.b.example.com") == "example.com");
  CHECK(domain_of("www.example.co.uk") == "example.co.uk");
  CHECK(domain_of("user.github.io") == "user.github.io");
  CHECK(domain_of("xn--85x722f.xn--55qx5d.cn") == "xn--85x722f.xn--55qx5d.cn");
  CHECK(domain_of("www.example.com.") == "example.com.");
}

TEST_CASE("addresses, public suffixes and hosts without a name have no registrable domain") {
  for (const char* host : {"127.0.0.1", "[::1]", "com", "com.", "co.uk", "github.io", "", ".",
                           ".example.com", "localhost", "www.example..com", ".."}) {
    CAPTURE(host);
    CHECK(domain_of(host) == "none");
  }
}

// Their list is newer than Debian's; the cases are old rules that both have.
TEST_CASE("the Public Suffix List's own cases pass") {
  const auto data = testing::conformance_json("psl/cases.json");
  if (!data) return;
  for (const boost::json::value& value : data->as_array()) {
    const auto& test = value.as_object();
    if (test.at("input").is_null()) continue;
    const auto host = domain_to_ascii(test.at("input").as_string());
    CAPTURE(test.at("input").as_string());
    REQUIRE(host.has_value());
    const auto& expected = test.at("registrable_domain");
    CHECK(domain_of(*host) ==
          (expected.is_null() ? "none" : domain_to_ascii(expected.as_string()).value()));
  }
}

}  // namespace scraper::parse
