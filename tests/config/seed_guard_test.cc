#include "scraper/config/seed_guard.h"

#include "scraper/commands/dry_run.h"
#include "scraper/config/effective.h"
#include "scraper/config/seed_list.h"
#include "tests/catch.h"
#include "tests/commands/cases.h"
#include "tests/support/folder.h"

namespace scraper::cli {
using test::Folder;
namespace {

CrawlOptions crawl_of(std::string_view seed, Words words = {}) {
  CrawlOptions options = options_of(words);
  auto parsed = parse_seed(seed);
  if (!parsed) throw std::runtime_error(parsed.error().context);
  parsed->where = "command line";
  options.seeds.push_back(std::move(*parsed));
  return options;
}

std::string judged(std::string_view seed, Words words = {}) {
  return error_of(check_seed_addresses(crawl_of(seed, std::move(words))));
}

}  // namespace

TEST_CASE("a seed at a private address stops the crawl and names the option that allows it") {
  struct Case {
    std::string_view seed;
    std::string_view error;
  };
  const Case cases[] = {
      {"http://127.0.0.1:8080/",
       "seed http://127.0.0.1:8080/ is at a loopback address: --allow-net 127.0.0.0/8 allows it"},
      {"http://10.1.2.3/",
       "seed http://10.1.2.3/ is at a private address: --allow-net 10.0.0.0/8 allows it"},
      {"http://169.254.169.254/latest",
       "seed http://169.254.169.254/latest is at a link-local address: --allow-net 169.254.0.0/16 "
       "allows it"},
      {"http://[::1]/",
       "seed http://[::1]/ is at a loopback address: --allow-net ::1/128 allows it"},
      {"http://2130706433/",
       "seed http://127.0.0.1/ is at a loopback address: --allow-net 127.0.0.0/8 allows it"},
      {"http://0x7f.1/",
       "seed http://127.0.0.1/ is at a loopback address: --allow-net 127.0.0.0/8 allows it"},
  };
  for (const Case& c : cases) CHECK(judged(c.seed) == c.error);
  CHECK(check_seed_addresses(crawl_of("http://127.0.0.1/")).error().code == Errc::kUsage);
}

TEST_CASE("what was allowed, or lies in the open, passes") {
  CHECK(judged("http://127.0.0.1:8080/", {"--allow-net", "127.0.0.0/8"}) == "no error");
  CHECK(judged("http://127.0.0.1:8080/", {"--allow-private"}) == "no error");
  CHECK(judged("http://127.0.0.1:8080/", {"--allow-net", "10.0.0.0/8"}) != "no error");
  CHECK(judged("http://9.9.9.9/") == "no error");
  CHECK(judged("http://[2620:fe::fe]/") == "no error");
}

TEST_CASE("the guard judges where --connect-to really leads") {
  CHECK(judged("http://news.demo.test/", {"--connect-to", "::127.0.0.1:8080"}) ==
        "seed http://news.demo.test/ is at a loopback address: --allow-net 127.0.0.0/8 allows it");
  CHECK(judged("http://127.0.0.1/", {"--connect-to", "::9.9.9.9:80"}) == "no error");
}

TEST_CASE("a name whose addresses are all refused stops the crawl, unless nothing is looked up") {
  CHECK(judged("http://localhost:8080/")
            .starts_with("seed http://localhost:8080/ is at a loopback address: --allow-net "));
  CHECK(judged("http://localhost/", {"--allow-net", "127.0.0.0/8", "--allow-net", "::1"}) ==
        "no error");
  CHECK(judged("http://localhost/", {"--dry-run"}) == "no error");
  CHECK(judged("http://localhost/", {"-x", "http://9.9.9.9:3128"}) == "no error");
  CHECK(judged("http://127.0.0.1/", {"-x", "http://9.9.9.9:3128"}) != "no error");
}

TEST_CASE("one address that may be asked suffices") {
  const fetch::AddressGuard guard({}, false);
  const auto address = [](const char* text) { return boost::asio::ip::make_address(text); };
  CHECK(
      check_addresses("http://x/", {address("127.0.0.1"), address("9.9.9.9")}, guard).has_value());
  CHECK(check_addresses("http://x/", {}, guard).has_value());
  CHECK_FALSE(
      check_addresses("http://x/", {address("127.0.0.1"), address("10.0.0.1")}, guard).has_value());
}

TEST_CASE("a dry run tells seeds, options that are not the defaults, and the directory") {
  const CrawlOptions usual = default_settings(kMachine).crawl;
  const Folder folder;
  const std::string out = folder.path("out");
  CHECK(describe_crawl(crawl_of("example.com\tdepth=2\ttag=a", {"--delay", "500ms", "--no-robots",
                                                                "-H", "Cookie: s3cret", "-o", out}),
                       usual) ==
        "would crawl 1 seed\n"
        "  https://example.com/  depth 2, scope host, tag a  (command line)\n"
        "into " +
            out +
            "\n"
            "with the defaults but for\n"
            "  delay = \"500ms\"\n"
            "  no-robots = true\n"
            "  header = \"Cookie: ***\"\n"
            "no request was sent, nothing was created\n");
  const std::string plain = describe_crawl(crawl_of("example.com", {"-o", folder.path("")}), usual);
  CHECK(plain.find("with the defaults\n") != std::string::npos);
  CHECK(plain.find(", which is there already\n") != std::string::npos);
  CHECK_FALSE(std::filesystem::exists(out));
}

}  // namespace scraper::cli
