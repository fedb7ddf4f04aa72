#include "scraper/commands/command_line.h"

#include "base/version.h"
#include "scraper/config/effective.h"
#include "tests/catch.h"
#include "tests/commands/cases.h"

namespace scraper::cli {

using std::chrono::milliseconds;

TEST_CASE("without options a crawl has the defaults of DIR, politeness and machine") {
  const CrawlOptions o = options_of({});
  CHECK(o.output == "./crawl-out");
  CHECK(o.engine == fetch::Engine::kThreads);
  CHECK(o.handoff == parse::Handoff::kFile);
  CHECK(o.concurrency == 256);
  CHECK(o.fetch.concurrency == 256);
  CHECK(o.per_host == 1);
  CHECK(o.workers == 3);
  CHECK(o.depth == 5);
  CHECK(o.limit == kNoLimit);
  CHECK_FALSE(o.max_time);
  CHECK(o.scope == Scope::kHost);
  CHECK(o.delay == milliseconds(1'000));
  CHECK(o.obeys_robots);
  CHECK(o.fetch.timeout == milliseconds(20'000));
  CHECK(o.fetch.max_body == 16u << 20);
  CHECK(o.fetch.user_agent == "scraper/" + std::string(program_version()));
  CHECK(o.fetch.proxy.empty());
  REQUIRE(o.fetch.guard);
  CHECK(o.fetch.guard->refusal(boost::asio::ip::make_address("127.0.0.1")));
}

TEST_CASE("each option sets its field") {
  const CrawlOptions o = options_of({"-o",
                                     "out",
                                     "--engine=async",
                                     "--handoff",
                                     "shm",
                                     "-c50",
                                     "--per-host",
                                     "4",
                                     "-w",
                                     "2",
                                     "--depth",
                                     "7",
                                     "--limit",
                                     "10",
                                     "--limit-per-host",
                                     "5",
                                     "--max-time",
                                     "30m",
                                     "-Q",
                                     "10G",
                                     "--max-body",
                                     "1M",
                                     "--body-memory",
                                     "8M",
                                     "--scope",
                                     "domain",
                                     "--delay",
                                     "200ms",
                                     "--rate",
                                     "30/m",
                                     "--no-robots",
                                     "--allow-net",
                                     "10.0.0.0/8",
                                     "--allow-net",
                                     "::1",
                                     "--connect-to",
                                     "::127.0.0.1:8080",
                                     "-U",
                                     "bot/1",
                                     "--contact",
                                     "me@example.com",
                                     "-H",
                                     "Accept-Language:  de ",
                                     "-x",
                                     "http://proxy.test:3128",
                                     "--insecure",
                                     "-T",
                                     "5s",
                                     "--max-transfer-time",
                                     "1m",
                                     "--retries",
                                     "0",
                                     "--max-redirect",
                                     "3",
                                     "--links",
                                     "--text",
                                     "--print",
                                     "jsonl",
                                     "--progress",
                                     "none",
                                     "--color",
                                     "never",
                                     "-q",
                                     "--include",
                                     "/docs/",
                                     "--include",
                                     "[ab]",
                                     "--exclude",
                                     "-old$"});
  CHECK(o.output == "out");
  CHECK(o.engine == fetch::Engine::kAsync);
  CHECK(o.handoff == parse::Handoff::kShm);
  CHECK(o.concurrency == 50);
  CHECK(o.fetch.concurrency == 50);
  CHECK(o.per_host == 4);
  CHECK(o.workers == 2);
  CHECK(o.depth == 7);
  CHECK(o.limit == 10);
  CHECK(o.limit_per_host == 5);
  CHECK(o.max_time == milliseconds(1'800'000));
  CHECK(o.quota == 10ull << 30);
  CHECK(o.fetch.max_body == 1u << 20);
  CHECK(o.fetch.body_memory == 8u << 20);
  CHECK(o.scope == Scope::kDomain);
  CHECK(o.delay == milliseconds(200));
  CHECK(o.rate == 0.5);
  CHECK_FALSE(o.obeys_robots);
  REQUIRE(o.allow_net.size() == 2);
  CHECK_FALSE(o.fetch.guard->refusal(boost::asio::ip::make_address("10.1.2.3")));
  REQUIRE(o.fetch.connect_to.size() == 1);
  CHECK(o.fetch.connect_to[0].to_port == 8080);
  CHECK(o.fetch.user_agent == "bot/1 (+me@example.com)");
  CHECK(o.contact == "me@example.com");
  CHECK(o.fetch.headers == std::vector<std::string>{"Accept-Language: de"});
  CHECK(o.fetch.secret_headers.empty());
  CHECK(o.fetch.proxy == "http://proxy.test:3128");
  CHECK(o.fetch.is_insecure);
  CHECK(o.fetch.timeout == milliseconds(5'000));
  CHECK(o.fetch.max_transfer_time == milliseconds(60'000));
  CHECK(o.retries == 0);
  CHECK(o.max_redirect == 3);
  CHECK(o.wants_links);
  CHECK(o.wants_text);
  CHECK(o.print == PrintMode::kJsonl);
  CHECK(o.progress == ProgressMode::kNone);
  CHECK(o.color == ColorMode::kNever);
  CHECK(o.is_quiet);
  CHECK(o.include == std::vector<std::string>{"/docs/", "[ab]"});
  CHECK(o.exclude == std::vector<std::string>{"-old$"});
}

TEST_CASE("spellings of wget and curl mean what they mean there") {
  const CrawlOptions o = options_of({"--level", "3", "--tries", "4", "--wait", "2",
                                     "--accept-regex", "a", "--reject-regex", "b", "--max-threads",
                                     "9", "--no-check-certificate", "--max-redirs", "1"});
  CHECK(o.depth == 3);
  CHECK(o.retries == 3);  // the first try is no retry
  CHECK(o.delay == milliseconds(2'000));
  CHECK(o.include == std::vector<std::string>{"a"});
  CHECK(o.exclude == std::vector<std::string>{"b"});
  CHECK(o.concurrency == 9);
  CHECK(o.fetch.is_insecure);
  CHECK(o.max_redirect == 1);
  CHECK(options_of({"--level", "inf"}).depth == kDepthInf);
  CHECK(options_of({"-d", "inf"}).depth == kDepthInf);
}

TEST_CASE("option --parser auto is the scanner while nothing that is asked for needs a tree") {
  using parse::Parser;
  const Words everything = {"--text",          "--links",        "--follow",
                            "page,image,feed", "--obey-noindex", "--sitemap"};
  Words everything_by_auto = everything;
  everything_by_auto.insert(everything_by_auto.end(), {"--parser", "auto"});
  for (const Words& words :
       {Words{}, {"--parser", "auto"}, everything, everything_by_auto, {"--parser", "scan"}}) {
    CAPTURE(words);
    CHECK(options_of(words).parser == Parser::kScan);
    CHECK(to_toml(options_of(words)).find("parser = \"scan\"\n") != std::string::npos);
  }
  CHECK(options_of({"--parser", "gumbo"}).parser == Parser::kGumbo);
  CHECK(options_of({"--parser", "gumbo", "--parser", "auto"}).parser == Parser::kScan);
  CHECK(to_toml(options_of({"--parser", "gumbo"})).find("parser = \"gumbo\"\n") !=
        std::string::npos);
  for (const Words& words :
       {Words{"fetch", "http://a/"}, {"extract", "x", "--base", "http://a/"}}) {
    CAPTURE(words);
    CHECK(parse(words)->settings.crawl.parser == Parser::kScan);
    Words by_gumbo = words;
    by_gumbo.insert(by_gumbo.end(), {"--parser", "gumbo"});
    CHECK(parse(by_gumbo)->settings.crawl.parser == Parser::kGumbo);
  }
  CHECK(error_of(parse({"crawl", "http://a/", "--parser", "dom"}))
            .starts_with("--parser: \"dom\" is none of auto, scan, gumbo"));
}

TEST_CASE("option --sitemap takes a URL behind '=' only, and may be given without") {
  CHECK_FALSE(options_of({}).reads_robots_sitemaps);
  const CrawlOptions bare = options_of({"--sitemap"});
  CHECK(bare.reads_robots_sitemaps);
  CHECK(bare.sitemaps.empty());
  const CrawlOptions named =
      options_of({"--sitemap=a.example/s.xml", "--sitemap=http://b.example/s.xml"});
  CHECK_FALSE(named.reads_robots_sitemaps);
  REQUIRE(named.sitemaps.size() == 2);
  CHECK(named.sitemaps[0].href() == "https://a.example/s.xml");
  CHECK(
      to_toml(named).find("sitemap = [\"https://a.example/s.xml\", \"http://b.example/s.xml\"]") !=
      std::string::npos);
  CHECK(to_toml(bare).find("sitemap = [\"robots\"]") != std::string::npos);
  // A URL that stands apart is a seed.
  const auto parsed = parse({"crawl", "--sitemap", "https://a.example/"});
  REQUIRE(parsed.has_value());
  CHECK(parsed->settings.arguments == std::vector<std::string>{"https://a.example/"});
}

TEST_CASE("options stand anywhere, the last one counts, and -- ends them") {
  const auto parsed =
      parse({"crawl", "-d", "1", "https://a.example/", "-qd2", "--", "-x", "--depth"});
  REQUIRE(parsed.has_value());
  CHECK(parsed->settings.crawl.depth == 2);
  CHECK(parsed->settings.crawl.is_quiet);
  CHECK(parsed->settings.arguments ==
        std::vector<std::string>{"https://a.example/", "-x", "--depth"});
  CHECK_FALSE(options_of({"--no-robots", "--no-robots=false"}).fetch.is_insecure);
  CHECK(options_of({"--no-robots", "--no-robots=false"}).obeys_robots);
}

TEST_CASE("standard input and files of seeds are taken down") {
  const auto parsed = parse({"crawl", "-i", "-", "--input-file=seeds.txt"});
  REQUIRE(parsed.has_value());
  CHECK(parsed->settings.input_files == std::vector<std::string>{"-", "seeds.txt"});
}

TEST_CASE("a wrong value is one line that names the option, the value and what would do") {
  struct Case {
    Words words;
    std::string_view error;
  };
  const Case cases[] = {
      {{"--delay", "abc"}, "--delay: \"abc\" is no time (examples: 500ms, 2s, 1h)"},
      {{"--delay", "-1"}, "--delay: \"-1\" is no time (examples: 500ms, 2s, 1h)"},
      {{"--delay"}, "--delay needs a value: --delay TIME"},
      {{"--output", "--fresh"}, "--output needs a value: --output DIR"},
      {{"-o"}, "--output needs a value: --output DIR"},
      {{"-o", ""}, "--output: is empty"},
      {{"--fresh=yes"}, "--fresh takes no value"},
      {{"--timeout", "0"}, "--timeout: \"0\" is too little, at least 1ms"},
      {{"--depth", "x"}, "--depth: \"x\" is no whole number"},
      {{"-d", "-1"}, "--depth: \"-1\" is no whole number"},
      {{"--level", "0"},
       "--level: 0 means no limit to wget: say --depth inf, or --depth 0 for the seeds alone"},
      {{"--tries", "0"}, "--tries: 0 is too little, at least 1"},
      {{"--scope", "hots"},
       "--scope: \"hots\" is none of page, dir, host, domain, any: did you mean host?"},
      {{"--engine", "fibers"}, "--engine: \"fibers\" is none of threads, async"},
      {{"--handoff", "shmm"},
       "--handoff: \"shmm\" is none of file, pipe, shm, inline: did you mean shm?"},
      {{"--print", "json"}, "--print: \"json\" is none of url, jsonl: did you mean jsonl?"},
      {{"--include", "a(b"}, "--include: \"a(b\" is no expression for RE2: missing ): a(b"},
      {{"--exclude", "(?=x)"},
       "--exclude: \"(?=x)\" is no expression for RE2: invalid perl operator: (?="},
      {{"-H", "no colon"}, "--header: \"no colon\" is no header (example: 'Accept-Language: de')"},
      {{"-H", "a b: c"}, "--header: \"a b: c\" is no header (example: 'Accept-Language: de')"},
      {{"-H", "X: a\r\nY: b"}, "--header: \"X: a\\x0D\\x0AY: b\" holds a control character"},
      {{"-H", "X:"}, "--header: \"X:\" has no value"},
      {{"-H", "Content-Length: 5"}, "--header: Content-Length is not to be set by hand"},
      {{"-H", "user-agent: x"}, "--header: User-Agent is what --user-agent sets"},
      {{"-U", "a\nb"}, "--user-agent: \"a\\x0Ab\" holds more than printable ASCII"},
      {{"-U", ""}, "--user-agent: is empty"},
      {{"--contact", "me"},
       "--contact: \"me\" is no URL or mail address (examples: https://example.com/bot, "
       "me@example.com)"},
      {{"-x", "ftp://p"},
       "--proxy: a proxy is spoken to by http, https, socks4, socks4a, socks5 or socks5h, not by "
       "\"ftp\""},
      {{"-x", "http://"},
       "--proxy: no proxy address (examples: http://proxy.example.com:3128, "
       "socks5h://127.0.0.1:9050)"},
      {{"--ca-certificate", "/nosuch/file"},
       "--ca-certificate: cannot read /nosuch/file: No such file or directory"},
      {{"--concurrency", "0"}, "--concurrency: 0 is too little, at least 1"},
      {{"--concurrency", "490"},
       "--concurrency: 490 do not fit into the descriptors available: 489 would do, or ulimit -n "
       "2050"},
      {{"-w", "330"},
       "--workers: 330 do not fit into the descriptors available: 328 would do, or ulimit -n 3076"},
      {{"-w", "0"}, "--workers: 0 is too little, at least 1"},
      {{"--max-body", "65M"}, "--max-body: \"65M\" is more than a parse worker reads, at most 64M"},
      {{"--max-body", "0"}, "--max-body: \"0\" is too little, at least 1"},
      {{"-Q", "lots"}, "--quota: \"lots\" is no size (examples: 500K, 16M, 10G)"},
      {{"--sitemap", "--no-robots"},
       "--sitemap: with --no-robots no robots.txt names any: name it yourself, --sitemap=URL"},
      {{"-qv"}, "--quiet and --verbose contradict each other"},
      {{"--delya", "1s"}, "--delya is no option of crawl: did you mean --delay?"},
      {{"--stealth", "x"}, "--stealth is no option of crawl, see scraper crawl --help-all"},
      {{"--port", "1"}, "--port is no option of crawl, see scraper crawl --help"},
      {{"-Z"}, "-Z is no option of crawl, see scraper crawl --help-all"},
      {{"--\x1b[31m"}, "--\\x1B[31m is no option of crawl, see scraper crawl --help-all"},
  };
  for (const Case& c : cases) {
    const auto parsed = parse_crawl(c.words);
    CHECK(error_of(parsed) == c.error);
    CHECK((!parsed && parsed.error().code == Errc::kUsage));
  }
}

TEST_CASE("an address block or a --connect-to that is none names its option") {
  CHECK(error_of(parse_crawl({"--allow-net", "10.0.0.0/99"})).starts_with("--allow-net: "));
  CHECK(error_of(parse_crawl({"--connect-to", "nonsense"})).starts_with("--connect-to: "));
}

TEST_CASE("a wrong first word is met with what was probably meant") {
  struct Case {
    Words words;
    std::string_view error;
  };
  const Case cases[] = {
      {{}, "no command: try scraper crawl https://example.com/, or scraper --help"},
      {{"crwal"}, "\"crwal\" is no command: did you mean crawl?"},
      {{"frobnicate"},
       "\"frobnicate\" is no command (there are crawl, fetch, extract, url, robots, why, parse, "
       "audit, report, serve, bench)"},
      {{"https://example.com"},
       "\"https://example.com\" is no command: did you mean scraper crawl https://example.com?"},
      {{"example.com"}, "\"example.com\" is no command: did you mean scraper crawl example.com?"},
      {{"/etc/hostname"},
       "\"/etc/hostname\" is no command: did you mean scraper crawl /etc/hostname?"},
      {{"--depth", "2", "crawl"}, "options follow their command: scraper crawl --depth ..."},
      {{"-d", "2"}, "options follow their command: scraper crawl -d ..."},
      {{"--frobnicate"}, "\"--frobnicate\" is no option, see scraper --help"},
  };
  for (const Case& c : cases) CHECK(error_of(parse(c.words)) == c.error);
}

TEST_CASE("each command says what arguments it takes") {
  CHECK(error_of(parse({"crawl"})) == "crawl: no seeds: name a URL or a seed list, or -i FILE");
  CHECK(error_of(parse({"fetch"})) == "fetch takes one URL: scraper fetch https://example.com/");
  CHECK(error_of(parse({"fetch", "a", "b"})) ==
        "fetch takes one URL: scraper fetch https://example.com/");
  CHECK(error_of(parse({"extract", "x.html"})) ==
        "extract needs --base URL: where the document is from");
  CHECK(error_of(parse({"extract", "-", "--record", "1:2"})) ==
        "--record needs a file, not standard input");
  CHECK(error_of(parse({"extract", "x", "--record", "12"})) ==
        "--record: \"12\" is no place (example: 1234:5678, offset and length in bytes)");
  CHECK(error_of(parse({"extract", "x", "--record", "1:2", "--base", "http://a/"})) ==
        "--base: the record says itself where it is from");
  CHECK(error_of(parse({"serve"})) == "serve takes either --demo or one directory");
  CHECK(error_of(parse({"serve", "--demo", "x"})) == "serve takes either --demo or one directory");
  CHECK(error_of(parse({"serve", "--port", "65536", "x"})) ==
        "--port: 65536 is too much, at most 65535");
  CHECK(error_of(parse({"report"})) == "report takes the directory of a crawl, or two to compare");
  CHECK(error_of(parse({"fetch", "x", "--depth", "2"})) ==
        "--depth is no option of fetch, see scraper fetch --help");
}

TEST_CASE("fetch, extract, serve and report have options of their own") {
  const auto fetched = parse({"fetch", "https://example.com/", "--text", "-T", "1s", "-H", "A: b"});
  REQUIRE(fetched.has_value());
  CHECK(fetched->command == kFetch);
  CHECK(fetched->settings.crawl.wants_text);
  CHECK(fetched->settings.crawl.fetch.guard);

  const auto extracted = parse({"extract", "warc", "--record", "7:9", "--max-body", "1K"});
  REQUIRE(extracted.has_value());
  CHECK(extracted->settings.record->offset == 7);
  CHECK(extracted->settings.record->length == 9);
  CHECK(extracted->settings.crawl.fetch.max_body == 1'024);

  const auto served = parse({"serve", "--demo", "--port", "8080", "--bind", "::1"});
  REQUIRE(served.has_value());
  CHECK(served->settings.is_demo);
  CHECK(served->settings.port == 8080);
  CHECK(served->settings.bind == "::1");

  const auto reported = parse({"report", "a", "b"});
  REQUIRE(reported.has_value());
  CHECK(reported->settings.arguments.size() == 2);
}

TEST_CASE("bench takes engines, handoff, or a directory to report on") {
  const auto engines = parse({"bench", "engines", "--quick", "-o", "figures"});
  REQUIRE(engines.has_value());
  CHECK(engines->command == kBench);
  CHECK(engines->settings.is_quick);
  CHECK(engines->settings.bench_output == "figures");
  CHECK(parse({"bench", "report", "figures"}).has_value());
  CHECK(error_of(parse({"bench"})) ==
        "bench takes engines, handoff, or report DIR: scraper bench engines --quick");
  CHECK(error_of(parse({"bench", "all"})) ==
        "bench takes engines, handoff, or report DIR: scraper bench engines --quick");
  CHECK(error_of(parse({"bench", "report"})) ==
        "bench report takes the directory with the figures: scraper bench report bench-out");
}

TEST_CASE("why takes a URL and a directory, no more and no less") {
  constexpr std::string_view kError =
      "why takes a URL and the directory of a crawl: scraper why https://example.com/ crawl-out";
  for (const Words& words :
       {Words{"why"}, Words{"why", "a.test/"}, Words{"why", "a.test/", "out", "out"}})
    CHECK(error_of(parse(words)) == kError);
  const auto parsed = parse({"why", "a.test/", "out", "--json"});
  REQUIRE(parsed.has_value());
  CHECK(parsed->command == kWhy);
  CHECK(parsed->settings.wants_json);
}

}  // namespace scraper::cli
