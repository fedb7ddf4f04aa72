// build/scraper as a whole: what it prints where, and its exit codes.
#include "tests/support/program.h"

#include <fcntl.h>
#include <unistd.h>

#include <boost/json.hpp>

#include "scraper/commands/help.h"
#include "tests/catch.h"
#include "tests/support/test_server.h"

namespace scraper::cli {
using test::Ended;
using test::Folder;
using test::Program;
using test::run_program;
namespace {

using test::TestServer;
using Strings = std::vector<std::string>;

boost::json::object json_of(const std::string& line) {
  CHECK(line.ends_with("\n"));
  CHECK(std::count(line.begin(), line.end(), '\n') == 1);
  return boost::json::parse(line).as_object();
}

// fetch, allowed on loopback.
Strings fetch_words(const TestServer& server, const std::string& path, const Strings& more = {}) {
  Strings words = {"fetch", "--allow-net", "127.0.0.0/8", server.url(path)};
  words.insert(words.end(), more.begin(), more.end());
  return words;
}

}  // namespace

TEST_CASE("help goes to standard output, an error in one line to standard error") {
  const Ended help = run_program({"--help"});
  CHECK(help.code == 0);
  CHECK(help.out == program_help());
  CHECK(help.err.empty());
  const Ended wrong = run_program({"crawl", "--delay", "abc", "example.com"});
  CHECK(wrong.code == 2);
  CHECK(wrong.out.empty());
  CHECK(wrong.err == "scraper: --delay: \"abc\" is no time (examples: 500ms, 2s, 1h)\n");
  CHECK(run_program({}).code == 2);
  CHECK(run_program({"https://example.com"}).err ==
        "scraper: \"https://example.com\" is no command: did you mean scraper crawl "
        "https://example.com?\n");
}

TEST_CASE("a reader that went away ends it without a word, a full disk with one") {
  int ends[2] = {-1, -1};
  REQUIRE(pipe(ends) == 0);
  close(ends[0]);
  const Ended gone = Program({"--help"}, ends[1]).wait();
  close(ends[1]);
  CHECK(gone.code == 141);
  CHECK(gone.err.empty());
  const int full = open("/dev/full", O_WRONLY);
  REQUIRE(full >= 0);
  const Ended lost = Program({"--help"}, full).wait();
  close(full);
  CHECK(lost.code == 10);
  CHECK(lost.err == "scraper: cannot write standard output: No space left on device\n");
}

TEST_CASE("a dry run creates nothing, bad seeds stop it before anything starts") {
  const Folder folder;
  const std::string out = folder.path("out");
  const Ended dry =
      run_program({"crawl", "--dry-run", "-i", "-", "-o", out}, "example.com\tdepth=1\n");
  CHECK(dry.code == 0);
  CHECK(dry.out.find("  https://example.com/  depth 1, scope host  (standard input:1)\n") !=
        std::string::npos);
  const Ended bad = run_program({"crawl", "-i", "-", "-o", out}, "example.com\nftp://x/\n");
  CHECK(bad.code == 2);
  CHECK(bad.err ==
        "scraper: standard input:2: \"ftp://x/\" is not http or https\n"
        "scraper: that seed is bad: mend it, or --skip-bad-seeds goes on without it\n");
  const Ended skipped = run_program(
      {"crawl", "-i", "-", "-o", out, "--dry-run", "--skip-bad-seeds"}, "example.com\nftp://x/\n");
  CHECK(skipped.code == 0);
  CHECK(skipped.err.find("1 bad seed is left out") != std::string::npos);
  const Ended refused = run_program({"crawl", "http://127.0.0.1:9/", "-o", out});
  CHECK(refused.code == 2);
  CHECK(refused.err ==
        "scraper: seed http://127.0.0.1:9/ is at a loopback address: --allow-net 127.0.0.0/8 "
        "allows it\n");
  CHECK_FALSE(std::filesystem::exists(out));
}

TEST_CASE("a dry run says which parser it is where that is not the usual one") {
  const auto dry_run = [](const std::string& parser) {
    return run_program({"crawl", "--dry-run", "https://example.com/", "--parser", parser}).out;
  };
  CHECK(dry_run("auto").find("parser") == std::string::npos);
  CHECK(dry_run("gumbo").find("  parser = \"gumbo\"\n") != std::string::npos);
}

TEST_CASE(
    "a dry run shows that credentials are sent, not what they are, and what is in the way of a "
    "crawl") {
  const Folder folder;
  const Ended dry =
      run_program({"crawl", "--dry-run", "https://example.com/", "-o", folder.path("out"), "-H",
                   "Authorization: secret", "-x", "http://me:secret@proxy.test:3128"});
  CHECK(dry.code == 0);
  CHECK(dry.out.find(
            "  header = \"Authorization: ***\"\n  proxy = \"http://***@proxy.test:3128\"\n") !=
        std::string::npos);
  CHECK(dry.out.find("secret") == std::string::npos);
  std::filesystem::create_directory(folder.path("taken"));
  std::ofstream(folder.path("taken/pages.jsonl")) << "";
  const Ended taken =
      run_program({"crawl", "--dry-run", "https://example.com/", "-o", folder.path("taken")});
  CHECK(taken.code == 3);
  CHECK(taken.err.find("holds an earlier crawl without a ledger, which cannot be gone on with: "
                       "--fresh removes it") != std::string::npos);
  CHECK(run_program(
            {"crawl", "--dry-run", "https://example.com/", "-o", folder.path("taken"), "--fresh"})
            .code == 0);
  std::ofstream(folder.path("taken/mine.txt")) << "";
  CHECK(run_program(
            {"crawl", "--dry-run", "https://example.com/", "-o", folder.path("taken"), "--fresh"})
            .code == 3);
  CHECK(std::filesystem::exists(folder.path("taken/pages.jsonl")));
}

TEST_CASE("a dry run says that it would go on with a crawl and what changes, or why it cannot") {
  const Folder folder;
  const std::string out = folder.path("out");
  std::filesystem::create_directories(out + "/ledger");
  std::ofstream(out + "/ledger/CURRENT") << "";
  std::ofstream(out + "/crawl.toml") << "depth = 5\n";
  std::ofstream(out + "/seeds.txt") << "https://example.com/\n";
  const auto dry_run = [&](Strings words) {
    words.insert(words.begin(), {"crawl", "--dry-run"});
    return run_program(words);
  };
  const Ended grown = dry_run({"https://example.com/", "-o", out, "-d", "7", "-U", "scraper/x"});
  CHECK(grown.code == 0);
  CHECK(grown.out.find(
            "going on with the crawl there, from now on with\n  depth: 7 instead of 5\n") !=
        std::string::npos);
  const Ended resumed = dry_run({"--resume", out, "-d", "7", "-U", "scraper/x"});
  CHECK(resumed.out.find("  https://example.com/  depth 7, scope host  (" + out +
                         "/seeds.txt:1)\n") != std::string::npos);
  CHECK(resumed.out.find("from now on with\n  depth: 7 instead of 5\n") != std::string::npos);
  const Ended refused = dry_run({"https://example.com/", "-o", out, "--scope", "any"});
  CHECK(refused.code == 2);
  CHECK(refused.out.find("going on") == std::string::npos);
  CHECK(refused.err.find(out + " was begun with --scope host and cannot go on with any") !=
        std::string::npos);
  CHECK(dry_run({"https://example.com/", "-o", out, "--scope", "any", "--fresh"}).code == 0);
  std::filesystem::remove(out + "/ledger/CURRENT");
  CHECK(dry_run({"--resume", out}).code == 2);  // it never began
  std::ofstream(out + "/pages.jsonl") << "";
  const Ended without = dry_run({"--resume", out});
  CHECK(without.code == 3);
  CHECK(without.err.find("without a ledger") != std::string::npos);
  CHECK(dry_run({"--resume", folder.path("none")}).code == 2);
  CHECK_FALSE(std::filesystem::exists(folder.path("none")));
}

TEST_CASE("a crawl that may not go on like this leaves everything as it was") {
  const Folder folder;
  const std::string out = folder.path("out");
  std::filesystem::create_directories(out + "/ledger");
  std::ofstream(out + "/ledger/CURRENT") << "";
  std::ofstream(out + "/crawl.toml") << "";
  std::ofstream(out + "/seeds.txt") << "https://example.test/\n";
  std::ofstream(out + "/pages.jsonl") << "{}\n";
  const Ended ended = run_program({"crawl", "https://other.test/", "-o", out});
  CHECK(ended.code == 2);
  CHECK(ended.err.find("was begun with other seeds (1, now 1; ") != std::string::npos);
  CHECK(std::count(ended.err.begin(), ended.err.end(), '\n') == 1);
  for (const char* name : {"ledger/CURRENT", "crawl.toml", "seeds.txt"})
    CHECK(std::filesystem::exists(out + "/" + name));
  CHECK(std::filesystem::file_size(out + "/pages.jsonl") == 3);
  CHECK(std::filesystem::file_size(out + "/crawl.toml") == 0);
}

TEST_CASE("an earlier crawl is not removed for one that cannot start") {
  const Folder folder;
  const std::string out = folder.path("out");
  std::filesystem::create_directory(out);
  std::ofstream(out + "/pages.jsonl") << "{}\n";
  const std::string no_certificate = folder.file("no.pem", "this is none\n");
  const Ended ended = run_program(
      {"crawl", "https://example.test/", "-o", out, "--fresh", "--ca-certificate", no_certificate});
  CHECK(ended.code != 0);
  CHECK(std::filesystem::exists(out + "/pages.jsonl"));
}

TEST_CASE("extract prints a page's record and its links in document order") {
  const std::string page =
      "<base href=/d/><title>A &amp; B</title><a href=x#top>1</a><a rel=nofollow "
      "href='//b.example/?q'>2</a>"
      "<a href=mailto:a@example.com>3</a><area href=x><p>visible text";
  Program program({"extract", "-", "--base", "https://a.example/c", "--text"}, page);
  const Ended ended = program.wait();
  CHECK(ended.code == 0);
  CHECK(ended.err.empty());
  CHECK_FALSE(program.has_left_files());
  const auto json = json_of(ended.out);
  CHECK(json.at("url").as_string() == "https://a.example/c");
  CHECK(json.at("status").as_int64() == 200);
  CHECK(json.at("title").as_string() == "A & B");
  CHECK(json.at("text").as_string() == "123 visible text");
  CHECK(json.at("error").is_null());
  CHECK(
      boost::json::serialize(json.at("links")) ==
      R"([{"url":"https://a.example/d/x","kind":"page","nofollow":false},{"url":"https://b.example/?q","kind":"page","nofollow":true},)"
      R"({"url":"https://a.example/d/x","kind":"page","nofollow":false}])");
}

TEST_CASE("extract takes the charset from --content-type, and refuses what it cannot use") {
  const Folder folder;
  const std::string file = folder.file("p.html", "<title>caf\xE9</title>");
  const Ended latin = run_program({"extract", file, "--base", "http://a.example/", "--content-type",
                                   "text/html; charset=iso-8859-1"});
  CHECK(json_of(latin.out).at("title").as_string() == "caf\xC3\xA9");
  CHECK(run_program({"extract", file, "--base", "nonsense"}).err ==
        "scraper: --base: \"nonsense\" is no http or https URL\n");
  const Ended large =
      run_program({"extract", file, "--base", "http://a.example/", "--max-body", "5"});
  CHECK(large.code == 3);
  CHECK(large.err == "scraper: " + file + " is larger than 5: --max-body SIZE takes more\n");
  const Ended none = run_program({"extract", folder.path("none"), "--base", "http://a.example/"});
  CHECK(none.code == 3);
  CHECK(none.err ==
        "scraper: cannot open " + folder.path("none") + ": No such file or directory\n");
  CHECK(run_program({"extract", folder.path(""), "--base", "http://a.example/"}).code == 3);
  CHECK(run_program({"extract", file, "--record", "0:10"}).code == 3);
  CHECK(run_program({"extract", file, "--record", "0:10000"}).code == 3);
}

TEST_CASE("fetch prints the page's record by either engine and leaves nothing behind") {
  TestServer server;
  server.on("/page",
            [](const test::Request&) { return test::html("<title>T</title><a href=a>1</a>"); });
  for (const std::string engine : {"threads", "async"}) {
    CAPTURE(engine);
    Program program(
        fetch_words(server, "/page", {"--engine", engine, "-H", "X-Test: yes", "-U", "bot/1"}));
    const Ended ended = program.wait();
    CHECK(ended.code == 0);
    CHECK(ended.err.empty());
    CHECK_FALSE(program.has_left_files());
    const auto json = json_of(ended.out);
    CHECK(json.at("title").as_string() == "T");
    CHECK(json.at("links").as_array().at(0).at("url").as_string() == server.url("/a"));
    CHECK(server.requests().back().header("X-Test") == "yes");
    CHECK(server.requests().back().header("User-Agent") == "bot/1");
  }
  CHECK(server.requests_of("/robots.txt") == 0);
}

TEST_CASE("fetch shows a redirect and does not follow it") {
  TestServer server;
  const Ended ended = run_program(fetch_words(server, "/redirect/2"));
  CHECK(ended.code == 0);
  const auto json = json_of(ended.out);
  CHECK(json.at("status").as_int64() == 302);
  CHECK(json.at("location").as_string() == server.url("/redirect/1"));
  CHECK(server.requests().size() == 1);
}

TEST_CASE("fetch's exit code is wget's: answers of 400 and more are still printed") {
  TestServer server;
  server.on("/drop", [](const test::Request&) { return test::raw(""); });
  struct Case {
    const char* path;
    int code;
    bool prints;
  };
  for (const Case& c :
       {Case{"/status/200", 0, true}, Case{"/status/404", 8, true}, Case{"/status/503", 8, true},
        Case{"/status/401", 6, true}, Case{"/drop", 4, false}, Case{"/partial", 4, true},
        Case{"/garbage", 7, false}, Case{"/two-lengths", 7, false}}) {
    CAPTURE(c.path);
    const Ended ended = run_program(fetch_words(server, c.path));
    CHECK(ended.code == c.code);
    CHECK(ended.out.empty() == !c.prints);
    const bool is_failure = c.code == 4 || c.code == 7;
    CHECK(std::count(ended.err.begin(), ended.err.end(), '\n') == (is_failure ? 1 : 0));
    CHECK(ended.err.starts_with(is_failure ? "scraper: " + server.url(c.path) + ": " : ""));
  }
}

TEST_CASE("fetch is stopped by the guard, by time and by a name without address") {
  TestServer server;
  const Ended refused = run_program({"fetch", server.url("/")});
  CHECK(refused.code == 2);
  CHECK(refused.err == "scraper: " + server.url("/") +
                           " is at a loopback address: --allow-net 127.0.0.0/8 allows it\n");
  CHECK(server.requests().empty());
  CHECK(run_program(fetch_words(server, "/silent", {"-T", "300ms"})).code == 4);
  const Ended named = run_program({"fetch", "http://name.test/echo", "--allow-net", "127.0.0.0/8",
                                   "--connect-to", server.connect_to()});
  CHECK(named.code == 0);
  CHECK(run_program({"fetch", "http://nosuch.invalid/"}).code == 4);
  CHECK(run_program({"fetch", "ftp://a.example/"}).err ==
        "scraper: fetch: \"ftp://a.example/\" is not http or https\n");
}

TEST_CASE("SIGINT ends a fetch with 130 and nothing left behind") {
  TestServer server;
  server.hold("/status/200");
  Program program(fetch_words(server, "/status/200"));
  REQUIRE(server.wait_for("/status/200"));
  program.interrupt();
  const Ended ended = program.wait();
  CHECK(ended.code == 130);
  CHECK(ended.out.empty());
  CHECK_FALSE(program.has_left_files());
}

TEST_CASE("extract --record parses the record that a crawl stored") {
  TestServer server;
  server.on("/page", [](const test::Request&) {
    return test::html("<title>Stored</title><a href=a>1</a>");
  });
  const Folder folder;
  const Ended crawled =
      run_program({"crawl", server.url("/page"), "--allow-net", "127.0.0.0/8", "-d", "0", "--delay",
                   "0", "-o", folder.path("out"), "--print", "jsonl", "--no-robots", "-q"});
  CHECK(crawled.code == 0);
  const auto line = json_of(crawled.out);
  const std::string place = std::to_string(line.at("offset").as_int64()) + ":" +
                            std::to_string(line.at("length").as_int64());
  const Ended ended =
      run_program({"extract", folder.path("out/warc/00000.warc"), "--record", place});
  CHECK(ended.err.empty());
  CHECK(ended.code == 0);
  const auto json = json_of(ended.out);
  CHECK(json.at("url").as_string() == server.url("/page"));
  CHECK(json.at("title").as_string() == "Stored");
  CHECK(json.at("digest") == line.at("digest"));
  CHECK(json.at("links").as_array().size() == 1);
}

TEST_CASE("url and robots read lines from standard input and answer each") {
  const Ended urls =
      run_program({"url"}, "{\"input\": \"http://a.test/%7e\"}\nx\n{\"input\": \"y\"}");
  CHECK(urls.out ==
        "{\"href\":\"http://a.test/%7e\",\"canonical\":\"http://a.test/"
        "~\",\"host\":\"a.test\",\"domain\":\"a.test\"}\n"
        "{\"error\":\"is no JSON object\"}\n{\"error\":\"no URL\"}\n");
  CHECK(urls.err == "scraper: line 2 is no JSON object\n");
  CHECK(urls.code == 2);

  const Folder folder;
  const std::string file = folder.file("robots.txt", "User-agent: *\nDisallow: /x\n");
  const Ended robots =
      run_program({"robots", file, "--agent", ""}, "http://a.test/x\r\n/y\nnonsense\n");
  CHECK(robots.out == "disallow\t2:Disallow: /x\nallow\t\nerror\tno URL\n");
  CHECK(robots.code == 1);
  CHECK(run_program({"robots", file}, "").code == 0);
}

}  // namespace scraper::cli
