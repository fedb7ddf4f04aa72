#include "scraper/rules/scope.h"

#include "tests/catch.h"

using namespace scraper;

namespace {

CrawlOptions crawl_of(std::string seed, Scope scope) {
  CrawlOptions options;
  options.scope = scope;
  Seed s;
  s.url = Url::from_serialised(std::move(seed)).value();
  options.seeds.push_back(std::move(s));
  return options;
}

bool admits(const ScopeRules& rules, std::string_view url) { return !rules.exclusion(url); }

}  // namespace

TEST_CASE("each scope admits what it is named after") {
  const std::string seed = "https://www.example.co.uk/docs/start.html";
  const auto page = ScopeRules::make(crawl_of(seed, Scope::kPage)).value();
  CHECK(admits(page, seed));
  CHECK_FALSE(admits(page, "https://www.example.co.uk/docs/"));
  const auto dir = ScopeRules::make(crawl_of(seed, Scope::kDir)).value();
  CHECK(admits(dir, "https://www.example.co.uk/docs/deep/er"));
  CHECK_FALSE(admits(dir, "https://www.example.co.uk/other"));
  const auto host = ScopeRules::make(crawl_of(seed, Scope::kHost)).value();
  CHECK(admits(host, "http://www.example.co.uk:8080/other"));
  CHECK_FALSE(admits(host, "https://example.co.uk/"));
  const auto domain = ScopeRules::make(crawl_of(seed, Scope::kDomain)).value();
  CHECK(admits(domain, "https://shop.example.co.uk/"));
  CHECK_FALSE(admits(domain, "https://other.co.uk/"));
  CHECK(admits(ScopeRules::make(crawl_of(seed, Scope::kAny)).value(), "http://anywhere.test/"));
}

TEST_CASE("the rule that keeps a URL out has a name") {
  auto options = crawl_of("http://a.test/", Scope::kHost);
  options.include = {"/docs/", "[.]pdf$"};
  options.exclude = {"[?&]session="};
  const auto rules = ScopeRules::make(options).value();
  CHECK_FALSE(rules.exclusion("http://a.test/docs/x"));
  CHECK_FALSE(rules.exclusion("http://a.test/x.pdf"));
  CHECK(rules.exclusion("http://a.test/x") == "include");
  CHECK(rules.exclusion("http://a.test/docs/?session=1") == "exclude [?&]session=");
  CHECK(rules.exclusion("http://b.test/docs/") == "scope");
  CHECK(rules.exclusion("mailto:a@b.test") == "scheme");
}

TEST_CASE("an expression that RE2 does not take is an error that names it") {
  auto options = crawl_of("http://a.test/", Scope::kHost);
  options.exclude = {"(unclosed"};
  const auto rules = ScopeRules::make(options);
  REQUIRE(rules.has_error());
  CHECK(rules.error().code == Errc::kUsage);
  CHECK(rules.error().context.find("(unclosed") != std::string::npos);
}

TEST_CASE("the place where a seed redirects to widens the scope once") {
  auto rules = ScopeRules::make(crawl_of("http://a.test/", Scope::kHost)).value();
  const Url target = Url::from_serialised("http://www.a.test/").value();
  CHECK(rules.admit(target, Scope::kHost));
  CHECK_FALSE(rules.admit(target, Scope::kHost));
  CHECK(admits(rules, "http://www.a.test/x"));
}
