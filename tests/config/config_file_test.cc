#include "scraper/config/config_file.h"

#include "scraper/config/effective.h"
#include "scraper/config/toml.h"
#include "tests/catch.h"
#include "tests/commands/cases.h"
#include "tests/support/folder.h"

namespace scraper::cli {
using test::Folder;

using std::chrono::milliseconds;

namespace {

CrawlOptions with_config(std::string_view text, Words words = {}) {
  const Folder folder;
  const std::string path = folder.file("c.toml", text);
  words.insert(words.end(), {"--config", path});
  return options_of(words);
}

std::string config_error(std::string_view text) {
  Settings settings = default_settings(kMachine);
  return error_of(apply_config(
      text, "c.toml", [](const Option&) { return false; }, settings));
}

}  // namespace

TEST_CASE("a config file sets the options by their names") {
  const CrawlOptions o = with_config(
      "\xEF\xBB\xBF# a comment\r\n"
      "delay = \"500ms\"  # another\r\n"
      "depth = 3\n"
      "limit = 1_000\n"
      "allow-private = true\n"
      "no-robots = false\n"
      "\n"
      "include = [ 'a\\d', \"b\\\\d\\u00e9\", # one\n"
      "            \"c\" ]\n"
      "exclude = 'z'\n"
      "rate = 1.5\n");
  CHECK(o.delay == milliseconds(500));
  CHECK(o.depth == 3);
  CHECK(o.limit == 1'000);
  CHECK(o.allow_private);
  CHECK(o.obeys_robots);
  CHECK(o.include == std::vector<std::string>{"a\\d", "b\\d\xC3\xA9", "c"});
  CHECK(o.exclude == std::vector<std::string>{"z"});
  CHECK(o.rate == 1.5);
}

TEST_CASE("the command line wins over the config file") {
  const std::string_view text = "delay = '1h'\ndepth = 3\ninclude = ['a']\nallow-private = true\n";
  const CrawlOptions o =
      with_config(text, {"--delay", "2s", "--include", "b", "--allow-private=false"});
  CHECK(o.delay == milliseconds(2'000));
  CHECK(o.depth == 3);
  CHECK(o.include == std::vector<std::string>{"b"});
  CHECK_FALSE(o.allow_private);
  CHECK(with_config(text, {"--level", "9"}).depth == 9);
  CHECK(with_config(text, {"--accept-regex", "c"}).include == std::vector<std::string>{"c"});
}

TEST_CASE("seeds may be named in the config file") {
  const Folder folder;
  const std::string path = folder.file("c.toml", "input-file = 'seeds.txt'\n");
  const auto parsed = parse({"crawl", "--config", path});
  REQUIRE(parsed.has_value());
  CHECK(parsed->settings.input_files == std::vector<std::string>{"seeds.txt"});
}

TEST_CASE("errors of a config file say file and line") {
  struct Case {
    std::string_view text;
    std::string_view error;
  };
  const Case cases[] = {
      {"\ndepht = 2\n", "c.toml:2: \"depht\" is no option of crawl: did you mean depth?"},
      {"delay = \"abc\"\n", "c.toml:1: delay: \"abc\" is no time (examples: 500ms, 2s, 1h)"},
      {"include = [\"a\",\n \"(\"]\n",
       "c.toml:1: include: \"(\" is no expression for RE2: missing ): ("},
      {"delay = 500ms\n", "c.toml:1: the value of delay is none: a string stands in quotes"},
      {"delay = 5 s\n",
       "c.toml:1: \"s\" after the value: one name = value a line, strings in quotes"},
      {"delay\n", "c.toml:1: no '=' after delay"},
      {"= 3\n", "c.toml:1: no name in front of the value: name = value, one a line"},
      {"delay = true\n", "c.toml:1: delay takes a value (TIME), not true or false"},
      {"allow-private = \"yes\"\n", "c.toml:1: allow-private is true or false"},
      {"delay = ['1s']\n", "c.toml:1: delay takes one value, no array"},
      {"depth = 1\ndepth = 2\n", "c.toml:2: depth is set twice, in line 1 before"},
      {"[crawl]\n", "c.toml:1: there are no [sections] here: name = value, one a line"},
      {"output = \"a\n", "c.toml:1: the string has no end in its line"},
      {"output = \"\"\"a\"\"\"\n", "c.toml:1: strings of several lines are not read here"},
      {"include = ['a' 'b']\n", "c.toml:1: no ',' between the strings of include"},
      {"include = ['a'\n", "c.toml:2: the array of include has no ]"},
      {"include = [1]\n", "c.toml:1: include takes an array of strings: [\"a\", \"b\"]"},
      {"output = \"\\q\"\n",
       "c.toml:1: no such escape in a string; a regular expression reads best in single quotes: "
       "'\\d+'"},
      {"output = \"\\ud800\"\n", "c.toml:1: \\u names no character"},
      {"output = \"\\u12\"\n", "c.toml:1: \\u takes 4 and \\U 8 hexadecimal digits"},
      {"dry-run = true\n", "c.toml:1: dry-run is for the command line only"},
      {"config = 'x'\n", "c.toml:1: config is for the command line only"},
  };
  for (const Case& c : cases) CHECK(config_error(c.text) == c.error);
  CHECK(error_of(parse_crawl({"--config", "/nosuch.toml"})) ==
        "--config: cannot open /nosuch.toml: No such file or directory");
}

TEST_CASE("a config file that ends anywhere is read or refused, never more") {
  const std::string text = "include = [\"a\\u00e9\", 'b'] # c\ndelay = '1s'\n";
  for (std::size_t n = 0; n <= text.size(); ++n) {
    const auto entries = parse_toml(std::string_view(text).substr(0, n), "x");
    if (entries) CHECK(entries->size() <= 2);
  }
}

TEST_CASE("crawl.toml reads back to the same options") {
  const Words words = {"-o",
                       "out \"1\"\\",
                       "--engine",
                       "async",
                       "--handoff",
                       "inline",
                       "-c",
                       "20",
                       "--per-host",
                       "3",
                       "-w",
                       "2",
                       "-d",
                       "inf",
                       "--limit",
                       "7",
                       "--max-time",
                       "90s",
                       "--quota",
                       "1536",
                       "--max-body",
                       "3K",
                       "--scope",
                       "dir",
                       "--include",
                       "a\\d+",
                       "--include",
                       "\"q\"\t",
                       "--exclude",
                       "[x]",
                       "--delay",
                       "250ms",
                       "--rate",
                       "10/m",
                       "--no-robots",
                       "-U",
                       "bot \"x\"",
                       "--contact",
                       "https://example.com",
                       "-H",
                       "A: \"b\"",
                       "--allow-net",
                       "10.0.0.0/8",
                       "--allow-net",
                       "fc00::/7",
                       "-x",
                       "socks5h://127.0.0.1:9050",
                       "--insecure",
                       "-T",
                       "1500ms",
                       "--retries",
                       "0",
                       "--max-redirect",
                       "4",
                       "--links",
                       "--text",
                       "--print",
                       "url",
                       "--progress",
                       "json",
                       "--color",
                       "always",
                       "-v",
                       "--connect-to",
                       "a.test:80:127.0.0.1:8080",
                       "--connect-to",
                       "::[::1]:81",
                       "--allow-private"};
  const CrawlOptions before = options_of(words);
  const std::string text = to_toml(before);
  const CrawlOptions after = with_config(text);
  CHECK(to_toml(after) == text);
  CHECK(after.output == before.output);
  CHECK(after.include == before.include);
  CHECK(after.rate == before.rate);
  CHECK(after.depth == kDepthInf);
  CHECK(after.fetch.user_agent == before.fetch.user_agent);
  CHECK(after.fetch.connect_to.size() == 2);
  CHECK(to_toml(with_config(to_toml(options_of({})))) == to_toml(options_of({})));
}

TEST_CASE("crawl.toml has no secret") {
  const CrawlOptions o =
      options_of({"-H", "Authorization: Bearer s3cret", "-H", "Cookie: a=s3cret", "-H",
                  "proxy-authorization: s3cret", "-H", "X-Api-Key: s3cret", "-H",
                  "Accept: text/html", "-x", "http://user:s3cret@proxy.test:3128"});
  CHECK(o.fetch.headers.size() == 1);
  CHECK(o.fetch.secret_headers.size() == 4);
  const std::string text = to_toml(o);
  CHECK(text.find("s3cret") == std::string::npos);
  CHECK(text.find("user:") == std::string::npos);
  CHECK(text.find("# header \"Authorization: ***\"") != std::string::npos);
  CHECK(text.find("# proxy \"http://***@proxy.test:3128\"") != std::string::npos);
  const CrawlOptions back = with_config(text);
  CHECK(back.fetch.headers == std::vector<std::string>{"Accept: text/html"});
  CHECK(back.fetch.proxy.empty());
}

}  // namespace scraper::cli
