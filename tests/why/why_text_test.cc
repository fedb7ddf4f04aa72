#include "scraper/why/why_text.h"

#include <boost/json.hpp>

#include "parse/url/url.h"
#include "tests/catch.h"

using namespace scraper;
using storage::UrlState;

namespace {

CrawlOptions asked() {
  CrawlOptions options;
  options.output = "/tmp/a crawl";
  Seed seed;
  seed.url = *parse::parse_url("http://a.test/");
  seed.where = "/tmp/a crawl/seeds.txt:1";
  options.seeds = {seed};
  return options;
}

Why seen(UrlState state, std::string reason) {
  Why why;
  why.url = "http://a.test/x";
  why.is_seen = true;
  why.state = state;
  why.reason = std::move(reason);
  why.depth = 3;
  why.most_depth = 2;
  return why;
}

std::string said(const WhyWords& words) {
  std::string all;
  for (const std::string& because : words.because) all += because + "; ";
  return all + words.change;
}

}  // namespace

TEST_CASE("each state and reason has its words and what would change it") {
  struct Case {
    UrlState state;
    std::string reason;
    std::string words;
  };
  const std::vector<Case> cases = {
      {UrlState::kCaptured, "",
       "parsed without asking again; scraper crawl --resume '/tmp/a crawl'"},
      {UrlState::kFailed, "http 503", "last answer was 503"},
      {UrlState::kFailed, "timeout", "ended with: timeout"},
      {UrlState::kFailed, "quarantined: cpu limit", "(cpu limit); quarantine/ has it"},
      {UrlState::kExcluded, "scheme", "only http and https"},
      {UrlState::kExcluded, "include", "no --include matches it"},
      {UrlState::kExcluded, "redirects", "--max-redirect 20"},
      {UrlState::kExcluded, "depth",
       "--depth is 2; scraper crawl --resume '/tmp/a crawl' --depth 3"},
      {UrlState::kDisallowed, "robots.txt: http 503", "could not be had (http 503)"},
      {UrlState::kOverBudget, "limit of the seed", "limit="},
  };
  for (const Case& one : cases) {
    CAPTURE(one.reason);
    CHECK(said(explain(seen(one.state, one.reason), asked())).find(one.words) != std::string::npos);
  }
}

TEST_CASE("a pending URL waits for its retry, its robots.txt and its host's time") {
  Why why = seen(UrlState::kPending, "");
  why.attempts = 1;
  why.origin.cause = "robots.txt: timeout";
  why.origin.next_start = why.written + std::chrono::seconds(5);
  const std::string words = said(explain(why, asked()));
  CHECK(words.find("attempt 1 failed") != std::string::npos);
  CHECK(words.find("(timeout) and comes first") != std::string::npos);
  CHECK(words.find("left alone until 1970-01-01T00:00:05") != std::string::npos);
}

TEST_CASE("what a network said is shown as text, and as JSON is one line that reads back") {
  Why why = seen(UrlState::kDuplicate, "redirect");
  why.location = "http://b.test/\x1b[2J\n\xff";
  why.seed = nullptr;
  const std::string text = why_text(why, asked());
  CHECK(text.find('\x1b') == std::string::npos);
  CHECK(text.find('\xff') == std::string::npos);
  const std::string line = why_json(why, asked());
  CHECK(line.find('\n') == line.size() - 1);
  CHECK(boost::json::parse(line).at("state").as_string() == "duplicate");
}

TEST_CASE("a long way is shown shortened, with its seed, and whole as JSON") {
  Why why = seen(UrlState::kStored, "");
  const CrawlOptions options = asked();
  why.seed = &options.seeds[0];
  for (int n = 0; n < 1'000; ++n)
    why.way.push_back({"http://a.test/" + std::to_string(n), false, false});
  const std::string text = why_text(why, options);
  CHECK(text.find("http://a.test/999  (seed)") != std::string::npos);
  CHECK(text.find("979 pages more") != std::string::npos);
  CHECK(text.size() < 4'000);
  CHECK(boost::json::parse(why_json(why, options)).at("referrers").as_array().size() == 1'000);
}
