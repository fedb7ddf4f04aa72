#include "scraper/config/resume.h"

#include <fmt/format.h>

#include "base/version.h"
#include "scraper/config/effective.h"
#include "scraper/config/secrets.h"
#include "scraper/config/seed_list.h"
#include "tests/catch.h"
#include "tests/commands/cases.h"
#include "tests/support/folder.h"

namespace scraper::cli {
using test::Folder;
namespace {

using Strings = std::vector<std::string>;

// A crawl of these seeds (lines of a list) with these words on its command line.
CrawlOptions crawl_of(const Words& words, const Strings& seeds = {"https://example.com/"}) {
  CrawlOptions options = options_of(words);
  options.output = "out";
  for (const std::string& line : seeds)
    options.seeds.push_back(parse_seed(line, options.query_rules).value());
  return options;
}

Result<ResumeChanges> compare(const CrawlOptions& before, const CrawlOptions& now) {
  return compare_for_resume(to_toml(before), to_seed_list(before.seeds), now);
}

Strings told(const Words& before, const Words& now) {
  const auto changes = compare(crawl_of(before), crawl_of(now));
  return changes ? changes->told : Strings{"refused: " + changes.error().context};
}

constexpr const char* kWaysOn =
    ", or start over with --fresh, or take another directory with -o DIR";

// The refusal without the ways on, or "taken".
std::string refusal(const CrawlOptions& before, const CrawlOptions& now) {
  const auto changes = compare(before, now);
  if (changes) return "taken";
  CHECK(changes.error().code == Errc::kUsage);
  const std::string& line = changes.error().context;
  CHECK(line.find('\n') == std::string::npos);
  CHECK(line.ends_with(kWaysOn));
  return line.substr(0, line.size() - std::string_view(kWaysOn).size());
}

std::string refusal(const Words& before, const Words& now) {
  return refusal(crawl_of(before), crawl_of(now));
}

}  // namespace

TEST_CASE("the same command again changes nothing") {
  for (const Words& words : {Words{}, Words{"-d", "2", "--include", "a", "-H", "Cookie: a=b", "-x",
                                            "http://u:p@proxy.test:1", "--sitemap"}}) {
    CHECK(told(words, words).empty());
    CHECK_FALSE(compare(crawl_of(words), crawl_of(words))->old_depth);
  }
}

TEST_CASE("how a crawl is fetched and parsed, how fast and how far, is taken and told") {
  CHECK(told({"--delay", "2s"},
             {"--engine", "async", "--handoff", "pipe", "-w", "1", "--delay", "500ms"}) ==
        Strings{"delay: 500ms instead of 2s", "engine: async instead of threads",
                "handoff: pipe instead of file", "workers: 1 instead of 3"});
  CHECK(told({"--limit", "10"}, {"--limit", "20", "--max-time", "30m"}) ==
        Strings{"limit: 20 instead of 10", "max-time: 30m instead of none"});
  CHECK(told({"--limit", "10"}, {}) == Strings{"limit: none instead of 10"});
  CHECK(told({"-H", "Accept-Language: de"}, {"-U", "scraper (me)"}) ==
        Strings{"user-agent: \"scraper (me)\" instead of " +
                    ("scraper/" + std::string(program_version())),
                "header: none instead of \"Accept-Language: de\""});
  CHECK(told({"--allow-net", "10.0.0.0/8"},
             {"--allow-net", "10.0.0.0/8", "--allow-net", "127.0.0.0/8"}) ==
        Strings{"allow-net: 10.0.0.0/8, 127.0.0.0/8 instead of 10.0.0.0/8"});
}

TEST_CASE(
    "what concerns the terminal alone is taken and not told, as is how the directory is written") {
  CHECK(told({}, {"--progress", "json", "--color", "never", "-q", "--print", "url"}).empty());
  CrawlOptions elsewhere = crawl_of({});
  elsewhere.output = "/data/out";
  CHECK(compare(crawl_of({}), elsewhere)->told.empty());
}

TEST_CASE(
    "what decided about URLs, what they are called and what lines look like is refused by name") {
  CHECK(refusal({}, {"-U", "other/1.0"}) ==
        "out was begun with --user-agent scraper/" + std::string(program_version()) +
            " and cannot go on with other/1.0, for which robots.txt has rules of its own: give "
            "it as it was");
  CHECK(refusal({}, {"--scope", "domain"}) ==
        "out was begun with --scope host and cannot go on with domain: give it as it was");
  CHECK(refusal({"--include", "/a b/", "--include", "x"}, {}) ==
        "out was begun with --include \"/a b/\", x and cannot go on with none: give it as it was");
  for (const Words& words :
       {Words{"--exclude", "a"}, Words{"--follow", "page"}, Words{"--sitemap"},
        Words{"--max-links", "7"}, Words{"--max-url", "99"}, Words{"--strip-query", "a"},
        Words{"--sort-query"}, Words{"--no-robots"}, Words{"--ignore-meta-nofollow"},
        Words{"--obey-rel-nofollow"}, Words{"--obey-noindex"}, Words{"--max-redirect", "3"},
        Words{"--links"}, Words{"--text"}}) {
    const std::string start = "out was begun with " + std::string(words[0]) + " ";
    CHECK(refusal({}, words).starts_with(start));
    CHECK(refusal(words, {}).starts_with(start));
    CHECK(refusal(words, words) == "taken");
  }
}

namespace {

// Each effective option with another value than its default, and what docs/decisions.md says
// becomes of that when a crawl is resumed.
struct Changed {
  Words words;
  OnResume documented;
};

const Changed kChanged[] = {
    {{"--keep-free", "1G"}, OnResume::kFree},
    {{"--wait-for-room", "1m"}, OnResume::kFree},
    {{"--depth", "9"}, OnResume::kGrows},
    {{"--scope", "any"}, OnResume::kFixed},
    {{"--include", "a"}, OnResume::kFixed},
    {{"--exclude", "a"}, OnResume::kFixed},
    {{"--follow", "page"}, OnResume::kFixed},
    {{"--sitemap"}, OnResume::kFixed},
    {{"--max-links", "7"}, OnResume::kFixed},
    {{"--max-url", "99"}, OnResume::kFixed},
    {{"--strip-query", "a"}, OnResume::kFixed},
    {{"--sort-query"}, OnResume::kFixed},
    {{"--limit", "7"}, OnResume::kFree},
    {{"--limit-per-host", "7"}, OnResume::kFree},
    {{"--max-time", "1h"}, OnResume::kFree},
    {{"--quota", "1G"}, OnResume::kFree},
    {{"--delay", "2s"}, OnResume::kFree},
    {{"--per-host", "2"}, OnResume::kFree},
    {{"--rate", "5/s"}, OnResume::kFree},
    {{"--no-robots"}, OnResume::kFixed},
    {{"--ignore-meta-nofollow"}, OnResume::kFixed},
    {{"--obey-rel-nofollow"}, OnResume::kFixed},
    {{"--obey-noindex"}, OnResume::kFixed},
    {{"--user-agent", "scraper/later"}, OnResume::kNamed},
    {{"--contact", "me@example.com"}, OnResume::kFree},
    {{"--engine", "async"}, OnResume::kFree},
    {{"--concurrency", "9"}, OnResume::kFree},
    {{"--handoff", "pipe"}, OnResume::kFree},
    {{"--workers", "1"}, OnResume::kFree},
    {{"--parser", "gumbo"}, OnResume::kFree},
    {{"--timeout", "5s"}, OnResume::kFree},
    {{"--max-transfer-time", "1m"}, OnResume::kFree},
    {{"--max-body", "1M"}, OnResume::kFree},
    {{"--max-head", "64K"}, OnResume::kFree},
    {{"--body-memory", "1M"}, OnResume::kFree},
    {{"--retries", "1"}, OnResume::kFree},
    {{"--max-redirect", "3"}, OnResume::kFixed},
    {{"--header", "A: b"}, OnResume::kFree},
    {{"--proxy", "http://p.test:1"}, OnResume::kFree},
    {{"--allow-net", "10.0.0.0/8"}, OnResume::kFree},
    {{"--allow-private"}, OnResume::kFree},
    {{"--connect-to", "::127.0.0.1:1"}, OnResume::kFree},
    {{"--ca-certificate", "/dev/null"}, OnResume::kFree},
    {{"--insecure"}, OnResume::kFree},
    {{"--print", "url"}, OnResume::kFree},
    {{"--links"}, OnResume::kFixed},
    {{"--text"}, OnResume::kFixed},
    {{"--progress", "json"}, OnResume::kFree},
    {{"--color", "never"}, OnResume::kFree},
    {{"--quiet"}, OnResume::kFree},
    {{"--verbose"}, OnResume::kFree},
};

}  // namespace

TEST_CASE("each effective option is of the class that is documented, and treated so") {
  Strings effective;
  for (const Option& option : option_table()) {
    if (option.toml == nullptr) {
      CHECK(option.on_resume == OnResume::kFree);
    } else if (option.name != "output") {  // it is the same directory
      effective.push_back("--" + std::string(option.name));
    }
  }
  Strings changed;
  for (const Changed& one : kChanged) {
    CAPTURE(one.words);
    changed.emplace_back(one.words[0]);
    const CrawlOptions now = crawl_of(one.words);
    const bool is_refused = refusal(crawl_of({}), now) != "taken";
    CHECK(is_refused == (one.documented == OnResume::kFixed));
    CHECK(to_toml(now) != to_toml(crawl_of({})));
    for (const Option& option : option_table()) {
      if (option.name == one.words[0].substr(2) && option.toml != nullptr)
        CHECK(option.on_resume == one.documented);
    }
  }
  CHECK(changed == effective);
}

TEST_CASE("a larger depth is taken and says from where, a smaller one is refused") {
  const auto larger = compare(crawl_of({"-d", "2"}), crawl_of({"-d", "4"}));
  REQUIRE(larger.has_value());
  CHECK(larger->old_depth == 2u);
  CHECK(larger->told == Strings{"depth: 4 instead of 2"});
  CHECK(compare(crawl_of({"-d", "2"}), crawl_of({"-d", "inf"}))->old_depth == 2u);
  CHECK(refusal({"-d", "4"}, {"-d", "2"}) ==
        "out was begun with --depth 4 and cannot go on with 2, only with more: give it as it was");
  CHECK(
      refusal({"-d", "inf"}, {"-d", "9"}) ==
      "out was begun with --depth inf and cannot go on with 9, only with more: give it as it was");
}

TEST_CASE(
    "where seeds have depths of their own the depth stays: theirs are kept as what is less or "
    "more") {
  const auto with = [](const char* depth, const Strings& seeds) {
    return crawl_of({"-d", depth}, seeds);
  };
  const Strings some = {"a.example\tdepth=1", "b.example"};
  const Strings all = {"a.example\tdepth=1", "b.example\tdepth=2"};
  for (const Strings& seeds : {some, all}) {
    CHECK(refusal(with("2", seeds), with("3", seeds)) ==
          "out was begun with --depth 2 and cannot go on with 3 where some seeds have depths of "
          "their own: give it as it was");
    CHECK(refusal(with("2", seeds), with("2", seeds)) == "taken");
  }
}

TEST_CASE("other seeds are refused, with the first that differs") {
  const auto of = [](const Strings& seeds) { return crawl_of({}, seeds); };
  CHECK(refusal(of({"a.example", "b.example"}), of({"a.example", "c.example"})) ==
        "out was begun with other seeds (2, now 2; the first that differs: \"https://b.example/\", "
        "now \"https://c.example/\"): give "
        "the same");
  CHECK(refusal(of({"a.example"}), of({"a.example", "c.example"})) ==
        "out was begun with other seeds (1, now 2; the first that differs: none, now "
        "\"https://c.example/\"): give the same");
  CHECK(refusal(of({"a.example\ttag=x"}), of({"a.example"})).find("now \"https://a.example/\"") !=
        std::string::npos);
  CHECK(refusal(of({"a.example", "b.example"}), of({"b.example", "a.example"})) != "taken");
  CHECK(refusal(of({"a.example"}), of({"HTTPS://A.example:443/#x"})) == "taken");
}

TEST_CASE("a login that is not given again is refused by name, another value is nobody's to know") {
  const CrawlOptions before = crawl_of({"-H", "Authorization: secret", "-H", "cookie: a=b"});
  CHECK(refusal(before, crawl_of({"-H", "Cookie: c"})) ==
        "out was begun with a header Authorization, whose value is kept nowhere: give it again "
        "with -H 'Authorization: ...'");
  CHECK(compare(before, crawl_of({"-H", "authorization: other", "-H", "Cookie: c"}))->told.empty());
  CHECK(told({}, {"-H", "X-Token: t"}) == Strings{"header: X-Token from now on"});
}

TEST_CASE(
    "a proxy with credentials that is not given again is refused, another one is told without its "
    "credentials") {
  const CrawlOptions before = crawl_of({"-x", "http://me:secret@proxy.test:3128"});
  CHECK(refusal(before, crawl_of({})) ==
        "out was begun with the proxy http://***@proxy.test:3128, whose credentials are kept "
        "nowhere: give it again with -x");
  CHECK(compare(before, crawl_of({"-x", "http://you:other@proxy.test:3128"}))->told.empty());
  CHECK(compare(before, crawl_of({"-x", "http://b.test:1"}))->told ==
        Strings{"proxy: http://b.test:1 instead of http://***@proxy.test:3128"});
  CHECK(told({"-x", "http://b.test:1"}, {}) == Strings{"proxy: none instead of http://b.test:1"});
  CHECK(told({}, {"-x", "http://u:p@b.test:1"}) ==
        Strings{"proxy: http://***@b.test:1 instead of none"});
}

TEST_CASE("an option that the old file does not name was at its default") {
  const CrawlOptions now = crawl_of({});
  CHECK(compare_for_resume("", to_seed_list(now.seeds), now).has_value());
  const auto changes = compare_for_resume("", to_seed_list(now.seeds), crawl_of({"--links"}));
  REQUIRE_FALSE(changes.has_value());
  CHECK(changes.error().context.starts_with(
      "out was begun with --links false and cannot go on with true"));
}

TEST_CASE("a file that is damaged or of a later version is refused in one line") {
  const CrawlOptions now = crawl_of({});
  const auto line = [&](std::string_view toml) {
    return error_of(compare_for_resume(toml, to_seed_list(now.seeds), now));
  };
  CHECK(line("depth = ").starts_with("out/crawl.toml:1: "));
  CHECK(line("depth = 'x'") == "out/crawl.toml: depth: \"x\" is no whole number");
  CHECK(line("colour = 'blue'\n") ==
        std::string("out was begun with \"colour\", which this version does not know: go on with "
                    "the version that began it") +
            kWaysOn);
}

TEST_CASE("what the comments of crawl.toml say is left out is read back") {
  const auto left = left_out_of("# header \"x\"\ndepth = 1\n" +
                                secrets_comment(crawl_of({"-H", "X-Key: k", "-H", "Cookie: c", "-x",
                                                          "http://u:p@p.test:1"})));
  CHECK(left.headers == Strings{"X-Key", "Cookie"});
  CHECK(left.proxy == "http://***@p.test:1");
  CHECK(left_out_of("").headers.empty());
  CHECK(left_out_of("user-agent = \"# header\"").proxy.empty());
}

TEST_CASE(
    "option --resume takes options from the directory's crawl.toml, and the command line wins") {
  const Folder folder;
  CrawlOptions before = crawl_of({"-d", "2", "--engine", "async", "--include", "a", "-H",
                                  "Accept: x", "-H", "A: b", "-H", "Cookie: c=d"});
  before.output = "elsewhere";
  folder.file("crawl.toml", to_toml(before));
  const std::string out = folder.path("");
  const auto now = parse(
      {"crawl", "--resume", out, "-d", "3", "-H", "cookie: c=d", "-H", "a: z", "--include", "b"});
  REQUIRE(now.has_value());
  const CrawlOptions& crawl = now->settings.crawl;
  CHECK(crawl.is_resume);
  CHECK(crawl.output == out);
  CHECK(crawl.depth == 3);
  CHECK(crawl.engine == fetch::Engine::kAsync);
  CHECK(crawl.include == Strings{"b"});
  CHECK(crawl.fetch.headers == Strings{"Accept: x", "a: z"});
  CHECK(crawl.fetch.secret_headers == Strings{"cookie: c=d"});
  CHECK(now->settings.arguments.empty());
  CHECK(parse({"crawl", "--resume=" + out})->settings.crawl.fetch.headers ==
        Strings{"Accept: x", "A: b"});
}

TEST_CASE("option --resume stands alone, and names what is missing") {
  const Folder folder;
  folder.file("crawl.toml", "");
  const std::string out = folder.path("");
  const auto error = [&](const Words& more) {
    Words words = {"crawl", "--resume", out};
    words.insert(words.end(), more.begin(), more.end());
    return error_of(parse(words));
  };
  CHECK(error({}) == "no error");
  CHECK(error({"https://example.com/"}) ==
        "--resume takes the seeds from DIR, so \"https://example.com/\" cannot be one");
  for (const Words& more :
       {Words{"--fresh"}, Words{"-o", "x"}, Words{"--config", "x"}, Words{"-i", "x"}}) {
    CHECK(error(more).ends_with(
        " do not go together: --resume DIR takes seeds and options from DIR"));
  }
  CHECK(error_of(parse({"crawl", "--resume", "/nosuch"})) ==
        "--resume: /nosuch holds no crawl to go on with: cannot open /nosuch/crawl.toml: No such "
        "file or directory");
  CHECK(error_of(parse({"crawl", "--resume", ""})) == "--resume: is empty");
  CHECK(error_of(parse({"fetch", "--resume", out, "https://example.com/"}))
            .starts_with("--resume is no option of fetch"));
  folder.file("crawl.toml", "resume = 'x'\n");
  CHECK(error({}).ends_with("crawl.toml:1: resume is for the command line only"));
}

}  // namespace scraper::cli
