#include "scraper/config/seed_list.h"

#include <sstream>

#include "tests/catch.h"
#include "tests/commands/cases.h"
#include "tests/support/folder.h"

namespace scraper::cli {
using test::Folder;
namespace {

Result<SeedList> from_input(const std::string& text, bool skips_bad = false) {
  std::istringstream input(text);
  return gather_seeds({}, {"-"}, skips_bad, input);
}

Result<SeedList> from_arguments(const std::vector<std::string>& arguments) {
  std::istringstream input;
  return gather_seeds(arguments, {}, false, input);
}

std::string url_of(const std::string& line) {
  const auto seed = parse_seed(line);
  return seed ? seed->url.href() : seed.error().context;
}

std::vector<std::string> urls_of(const Result<SeedList>& list) {
  std::vector<std::string> urls;
  if (!list) return {list.error().context};
  for (const Seed& seed : list->seeds) urls.push_back(seed.url.href());
  return urls;
}

using Strings = std::vector<std::string>;

}  // namespace

TEST_CASE("a seed is a URL, or a host name for https") {
  CHECK(url_of("https://example.com/a?b") == "https://example.com/a?b");
  CHECK(url_of("HTTP://Example.COM:80/%7ea#top") == "http://example.com/~a");
  CHECK(url_of("example.com") == "https://example.com/");
  CHECK(url_of("example.com/docs/") == "https://example.com/docs/");
  CHECK(url_of("example.com:8443?q") == "https://example.com:8443/?q");
  CHECK(url_of("localhost") == "https://localhost/");
  CHECK(url_of("box:8080/x") == "https://box:8080/x");
  CHECK(url_of("[::1]:8080") == "https://[::1]:8080/");
  CHECK(url_of("b\xC3\xBC"
               "cher.example") == "https://xn--bcher-kva.example/");
  CHECK(url_of("10.0.0.1") == "https://10.0.0.1/");
}

TEST_CASE("what is no seed says why") {
  CHECK(url_of("ftp://example.com/") == "\"ftp://example.com/\" is not http or https");
  CHECK(url_of("file:///etc/passwd") == "\"file:///etc/passwd\" is not http or https");
  CHECK(url_of("mailto:a@example.com") == "\"mailto:a@example.com\" is no http or https URL");
  CHECK(url_of("javascript:alert(1)") == "\"javascript:alert(1)\" is no http or https URL");
  CHECK(url_of("example") == "\"example\" is no URL (example: https://example.com/)");
  CHECK(url_of("http://") == "\"http://\" is no URL");
  CHECK(url_of("http://a b/") == "\"http://a b/\" holds a space (key=value stands after a tab)");
  CHECK(url_of("http://[::1/") == "\"http://[::1/\" is no URL");
  CHECK(url_of("http://a.example:99999/") == "\"http://a.example:99999/\" is no URL");
  CHECK(url_of(std::string("http://a\0b/", 11)) == "holds a NUL byte: is this a text file?");
  CHECK(url_of("http://a.example/\xFF") == "\"http://a.example/\\xFF\" is not UTF-8");
  CHECK(url_of("http://a.example/\tdepth=x") == "depth: \"x\" is no whole number");
  CHECK(url_of("http://a.example/\tdept=1") ==
        "\"dept\" is none of depth, scope, limit, tag: did you mean depth?");
  CHECK(url_of("http://a.example/\tscope=hots") ==
        "scope: \"hots\" is none of page, dir, host, domain, any: did you mean host?");
  CHECK(url_of("http://a.example/\tlimit=0") == "limit: 0 is too little, at least 1");
  CHECK(url_of("http://a.example/\tfast") == "\"fast\" is no key=value");
}

TEST_CASE("tab-separated attributes are the seed's own") {
  const auto seed =
      parse_seed("example.com/\tdepth=2\tscope=domain\tlimit=10\ttag=news and more\t");
  REQUIRE(seed.has_value());
  CHECK(seed->depth == 2u);
  CHECK(seed->scope == Scope::kDomain);
  CHECK(seed->limit == 10);
  CHECK(seed->tag == "news and more");
  const auto plain = parse_seed("example.com");
  REQUIRE(plain.has_value());
  CHECK_FALSE(plain->depth);
  CHECK_FALSE(plain->scope);
  CHECK(plain->limit == kNoLimit);
  CHECK(parse_seed("example.com\tdepth=inf")->depth == kDepthInf);
}

TEST_CASE("a list may have a byte order mark, CR LF, blank lines, comments and no last line end") {
  const auto list = from_input(
      "\xEF\xBB\xBF# seeds\r\n\r\n  example.com\r\n\thttp://b.example/\r\n# "
      "x\r\nc.example\tdepth=1");
  CHECK(urls_of(list) ==
        Strings{"https://example.com/", "http://b.example/", "https://c.example/"});
  REQUIRE(list.has_value());
  CHECK(list->seeds[0].where == "standard input:3");
  CHECK(list->seeds[2].where == "standard input:6");
  CHECK(list->seeds[2].depth == 1u);
}

TEST_CASE("of seeds with the same canonical URL the first stays") {
  const auto list = from_input(
      "http://a.example/%7e\ttag=first\nHTTP://A.example:80/~#x\ttag=second\nhttp://a.example/b\n");
  REQUIRE(list.has_value());
  REQUIRE(list->seeds.size() == 2);
  CHECK(list->seeds[0].tag == "first");
  CHECK(list->repeated == 1);
}

TEST_CASE("bad lines are told with their places, the first ten and the count") {
  CHECK(error_of(from_input("a.example\nnonsense\n")) ==
        "standard input:2: \"nonsense\" is no URL (example: https://example.com/)\n"
        "that seed is bad: mend it, or --skip-bad-seeds goes on without it");
  std::string text = "a.example\n";
  for (int i = 0; i < 12; ++i) text += "ftp://x/\n";
  const auto list = from_input(text);
  REQUIRE_FALSE(list.has_value());
  const std::string& error = list.error().context;
  CHECK(std::count(error.begin(), error.end(), '\n') == 10);
  CHECK(error.find("standard input:11: ") != std::string::npos);
  CHECK(error.find("standard input:12: ") == std::string::npos);
  CHECK(
      error.ends_with("\n12 seeds are bad (the first 10 are shown): mend them, or --skip-bad-seeds "
                      "goes on without them"));
  CHECK(list.error().code == Errc::kUsage);
}

TEST_CASE("option --skip-bad-seeds goes on with the good ones") {
  const auto list = from_input("nonsense\na.example\nftp://x/\n", true);
  REQUIRE(list.has_value());
  CHECK(list->seeds.size() == 1);
  CHECK(list->bad == 2);
  CHECK(list->problems.size() == 2);
  CHECK(error_of(from_input("nonsense\n", true)) == "no seed is left: every one is bad");
}

TEST_CASE("no seeds at all is an error") {
  CHECK(error_of(from_input("# nothing\n\n")) == "no seeds: the seed list is empty");
  CHECK(error_of(from_input("")) == "no seeds: the seed list is empty");
}

TEST_CASE("an argument is a file when there is one, else a URL") {
  const Folder folder;
  const std::string path = folder.file("seeds.txt", "a.example\nb.example\n");
  const auto list = from_arguments({"https://c.example/", path, "d.example"});
  CHECK(urls_of(list) == Strings{"https://c.example/", "https://a.example/", "https://b.example/",
                                 "https://d.example/"});
  REQUIRE(list.has_value());
  CHECK(list->seeds[0].where == "command line");
  CHECK(list->seeds[2].where == path + ":2");

  const std::string no_file =
      " is no URL (example: https://example.com/), and there is no such file";
  CHECK(error_of(from_arguments({"nosuch"})) == "\"nosuch\"" + no_file);
  CHECK(error_of(from_arguments({"nosuch.txt"})) == "\"nosuch.txt\"" + no_file);
  CHECK(error_of(from_arguments({"./nosuch"})) == "\"./nosuch\"" + no_file);
  CHECK(error_of(from_arguments({"seeds/nosuch.txt"})) == "\"seeds/nosuch.txt\"" + no_file);
  CHECK(error_of(from_arguments({folder.path("")})) ==
        folder.path("") + " is a directory, not a seed list");
  CHECK(error_of(from_arguments({"ftp://x/"}))
            .starts_with("command line: \"ftp://x/\" is not http or https\n"));
  CHECK(error_of(from_arguments({""})).starts_with("\"\"" + no_file));
}

TEST_CASE("a seed list that cannot be read says so") {
  std::istringstream input;
  CHECK(error_of(gather_seeds({}, {"/nosuch/list"}, false, input)) ==
        "cannot open seed list /nosuch/list: No such file or directory");
  CHECK(error_of(gather_seeds({}, {"-", "-"}, false, input)) ==
        "standard input (-) can be read once only");
}

TEST_CASE("a line without end and a binary file are bad lines, not memory") {
  const auto list = from_input(
      "a.example\nhttp://b.example/" + std::string(10u << 20, 'x') + "\nc.example\n", true);
  REQUIRE(list.has_value());
  CHECK(list->seeds.size() == 2);
  CHECK(list->bad == 1);
  CHECK(list->problems[0] == "standard input:2: is longer than 16384 bytes");
  std::string binary;
  for (int i = 0; i < 100'000; ++i) binary += static_cast<char>(i * 7);
  CHECK_FALSE(from_input(binary).has_value());
}

TEST_CASE("a hundred thousand lines are read, and their control characters are not shown") {
  std::string text;
  for (int i = 0; i < 100'000; ++i) text += "host" + std::to_string(i % 50'000) + ".example/\n";
  const auto list = from_input(text);
  REQUIRE(list.has_value());
  CHECK(list->seeds.size() == 50'000);
  CHECK(list->repeated == 50'000);
  CHECK(error_of(from_input("ftp://\x1b[31m/\n")).find('\x1b') == std::string::npos);
}

TEST_CASE("seeds written as a list read back the same") {
  const Folder folder;
  const std::string text =
      "https://example.com/\n"
      "http://b.example/%20x?q=%C3%A9\tdepth=0\tscope=dir\tlimit=7\ttag= news and = more\n"
      "http://[::1]:8080/\tdepth=inf\ttag=\xC3\xA9\n";
  const auto list = from_input(text);
  REQUIRE(list.has_value());
  CHECK(to_seed_list(list->seeds) == text);
  const std::string path = folder.file("seeds.txt", text);
  const auto back = read_seed_list(path);
  REQUIRE(back.has_value());
  CHECK(to_seed_list(back->seeds) == text);
  CHECK(back->seeds[2].where == path + ":3");
  CHECK(to_seed_list({}).empty());
  CHECK(error_of(read_seed_list(folder.file("empty.txt", ""))) ==
        "no seeds: the seed list is empty");
  CHECK(error_of(read_seed_list(folder.path("none"))).starts_with("cannot open seed list "));
}

TEST_CASE(
    "a seed written out longer than a list's line may be reads back too, under the rules it was "
    "read by") {
  const Folder folder;
  std::string letters;
  for (int i = 0; i < 16'000; ++i) letters += "\xC3\xA9";
  parse::QueryRules rules;
  rules.sorts = true;
  std::istringstream none;
  const auto list = gather_seeds({"http://a.example/?z=1&b=" + letters}, {}, false, none, rules);
  REQUIRE(list.has_value());
  const std::string text = to_seed_list(list->seeds);
  CHECK(text.size() > kMostSeedLine);
  const auto back = read_seed_list(folder.file("seeds.txt", text), rules);
  REQUIRE(back.has_value());
  CHECK(to_seed_list(back->seeds) == text);
}

TEST_CASE("a tag that would break the list it is written to is refused") {
  CHECK(error_of(from_arguments({"http://a.example/\ttag=x\nhttp://b.example/"}))
            .starts_with("command line: tag: holds a line feed\n"));
}

}  // namespace scraper::cli
