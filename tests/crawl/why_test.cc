// `scraper why`: a URL in every state a crawl can leave it in, URLs never seen, and what is no URL
// or no crawl.
#include <chrono>
#include <filesystem>
#include <thread>

#include "tests/catch.h"
#include "tests/crawl/site.h"
#include "tests/support/encodings.h"

using namespace scraper;
using namespace scraper::test;

namespace {

std::string why(const SiteCrawl& crawl, const std::string& url, int code = 0) {
  const Ended ended = run_program({"why", url, crawl.directory()});
  INFO(url << "\n" << ended.out << ended.err);
  CHECK(ended.code == code);
  return ended.out;
}

Line why_json(const SiteCrawl& crawl, const std::string& url) {
  const Ended ended = run_program({"why", "--json", url, crawl.directory()});
  INFO(url << "\n" << ended.out << ended.err);
  REQUIRE(ended.code == 0);
  return boost::json::parse(ended.out).as_object();
}

std::string text(const Line& line, const char* key) {
  return line.at(key).is_null() ? std::string("null") : std::string(line.at(key).as_string());
}

std::string because(const Line& line) {
  std::string all;
  for (const auto& sentence : line.at("because").as_array())
    all += std::string(sentence.as_string()) + "\n";
  return all;
}

bool holds(const std::string& text, const std::string& part) {
  return text.find(part) != std::string::npos;
}

// Every file's name, size and time.
std::string snapshot(const std::string& directory) {
  std::string all;
  std::map<std::string, std::string> files;
  for (const auto& entry : std::filesystem::recursive_directory_iterator(directory)) {
    const auto size = entry.is_regular_file() ? entry.file_size() : 0;
    files[entry.path().string()] =
        std::to_string(size) + " " +
        std::to_string(entry.last_write_time().time_since_epoch().count());
  }
  for (const auto& [name, what] : files) all += name + " " + what + "\n";
  return all;
}

// A site with a page for every rule, and robots.txt as gzip.
void set_up(TestServer& server) {
  server.on("/robots.txt", [](const Request&) {
    return reply(
        200, "Content-Type: text/plain\r\nContent-Encoding: gzip\r\n",
        gzipped("# \x1b[31mred\nUser-agent: *\nAllow: /\nDisallow: /private # \x1b[31m\n"));
  });
  server.on("/front", [](const Request&) {
    return html(
        "<a href=/html/a>a</a><a href=/middle>m</a><a href=/status/404>x</a><a href=/moved>r</a><a "
        "href=/private/x>p</a>"
        "<a href=/html/file.pdf>f</a><a href=http://other.test/x>o</a><a href=/closed>c</a><a "
        "href=ftp://127.0.0.1/f>s</a><a "
        "href=/drop>d</a>");
  });
  server.on("/moved", [](const Request&) { return redirect(302, "/html/target"); });
  server.on("/middle", [](const Request&) { return html("<a href=/html/end>e</a>"); });
  server.on("/html/end", [](const Request&) { return html("<a href=/html/too-deep>e</a>"); });
  server.on("/closed", [](const Request&) {
    return html("<meta name=robots content='noindex,nofollow'><a href=/html/unfollowed>x</a>");
  });
}

}  // namespace

TEST_CASE("why tells of a URL in each state what, why, by which way and where") {
  TestServer server;
  set_up(server);
  SiteCrawl crawl("threads", {server.url("/front"), "-d", "2", "--exclude", "\\.pdf$",
                              "--obey-noindex", "--retries", "1"});
  REQUIRE(crawl.wait() == 0);
  const std::string before = snapshot(crawl.directory());

  SECTION("stored: its depth, the way to the seed, the attempt, the capture and the line") {
    const Line line = why_json(crawl, server.url("/html/end"));
    CHECK(text(line, "state") == "stored");
    CHECK(line.at("depth").as_int64() == 2);
    REQUIRE(line.at("referrers").as_array().size() == 2);
    CHECK(text(line.at("referrers").as_array()[0].as_object(), "url") == server.url("/middle"));
    CHECK(text(line.at("referrers").as_array()[1].as_object(), "url") == server.url("/front"));
    CHECK(text(line.at("seed").as_object(), "url") == server.url("/front"));
    CHECK(text(line.at("seed").as_object(), "where") == "seeds.txt:1");
    REQUIRE(line.at("attempts").as_array().size() == 1);
    CHECK(line.at("attempts").as_array()[0].as_object().at("status").as_int64() == 200);
    const Line& page = crawl.lines().at(server.url("/html/end"));
    const Line& capture = line.at("capture").as_object();
    for (const char* field : {"segment", "offset", "length"})
      CHECK(capture.at(field) == page.at(field));
    const auto at = static_cast<std::size_t>(line.at("line_offset").as_int64());
    CHECK(crawl.file("pages.jsonl")
              .substr(at)
              .starts_with("{\"url\":\"" + server.url("/html/end") + "\""));
    CHECK(text(line.at("as_of").as_object(), "ended") == "complete");
    const std::string told = why(crawl, server.url("/html/end") + "#part");
    CHECK(told.starts_with(server.url("/html/end") + "  stored\n"));
    CHECK(holds(told, "2 of 2, from the seed " + server.url("/front") + " (seeds.txt:1)"));
    CHECK(holds(told, server.url("/front") + "  (seed)"));
    CHECK(holds(told, "--record "));
  }
  SECTION("the seed itself, named without its scheme") {
    const std::string told = why(crawl, server.url("/front").substr(std::string("http://").size()));
    CHECK(told.starts_with(server.url("/front") + "  stored\n"));
    CHECK(holds(told, "0 of 2, the seed " + server.url("/front")));
  }
  SECTION("failed and redirected: the last answer, every attempt, and where to") {
    CHECK(holds(because(why_json(crawl, server.url("/status/404"))), "was 404"));
    const Line moved = why_json(crawl, server.url("/moved"));
    CHECK(text(moved, "state") == "duplicate");
    CHECK(text(moved, "location") == server.url("/html/target"));
    const Line target = why_json(crawl, server.url("/html/target"));
    CHECK(text(target.at("referrers").as_array()[0].as_object(), "kind") == "redirect");
    const Line dropped = why_json(crawl, server.url("/drop"));
    CHECK(text(dropped, "state") == "failed");
    REQUIRE(dropped.at("attempts").as_array().size() == 2);
    const Line& last = dropped.at("attempts").as_array()[1].as_object();
    CHECK(last.at("attempt").as_int64() == 2);
    CHECK(text(last, "error") == "reset");
    CHECK(text(dropped.at("capture").as_object(), "command") == "null");
  }
  SECTION("disallowed: the line of robots.txt and its text, shown as text") {
    const Line line = why_json(crawl, server.url("/private/x"));
    CHECK(text(line, "state") == "disallowed");
    CHECK(line.at("robots").as_object().at("line").as_int64() == 4);
    CHECK(text(line.at("robots").as_object(), "text") == "Disallow: /private # \x1b[31m");
    const std::string told = why(crawl, server.url("/private/x"));
    CHECK(holds(told, "line 4: Disallow: /private # \\x1B[31m"));
    CHECK_FALSE(holds(told, "\x1b"));
  }
  SECTION("excluded: the rule in words, and what changes it") {
    const std::vector<std::vector<std::string>> cases = {
        {server.url("/html/file.pdf"), "--exclude \\.pdf$ matches", "without it"},
        {"http://other.test/x", "--scope is host", "a wider --scope"},
        {server.url("/html/too-deep"), "3 links from its seed, and --depth is 2", "--depth 3"},
        {server.url("/closed"), "asks not to be indexed", "without it"},
        {server.url("/html/unfollowed"), "not to be followed", "--ignore-meta-nofollow"},
    };
    for (const auto& one : cases) {
      CAPTURE(one[0]);
      const Line line = why_json(crawl, one[0]);
      CHECK(text(line, "state") == "excluded");
      CHECK(holds(because(line), one[1]));
      CHECK(holds(text(line, "change"), one[2]));
    }
  }
  SECTION("never seen: what would become of it, and by which rule") {
    const Line fetched = why_json(crawl, server.url("/html/nowhere"));
    CHECK_FALSE(fetched.at("seen").as_bool());
    CHECK(text(fetched, "state") == "null");
    CHECK(text(fetched, "would_be") == "fetched");
    CHECK(why(crawl, server.url("/html/nowhere"))
              .starts_with(server.url("/html/nowhere") + "  never seen; would be fetched\n"));
    CHECK(text(why_json(crawl, "elsewhere.test/y"), "would_be") == "excluded");
    CHECK(text(why_json(crawl, "elsewhere.test/y"), "url") == "https://elsewhere.test/y");
    CHECK(text(why_json(crawl, server.url("/nobody").substr(std::string("http://").size())),
               "url") == server.url("/nobody"));
    CHECK(text(why_json(crawl, server.url("/x.pdf")), "reason") == "exclude \\.pdf$");
    CHECK(text(why_json(crawl, "mailto:a@b.test"), "reason") == "scheme");
    CHECK(text(why_json(crawl, server.url("/" + std::string(3'000, 'x'))), "reason") == "max-url");
    const Line forbidden = why_json(crawl, server.url("/private/never"));
    CHECK(text(forbidden, "would_be") == "disallowed");
    CHECK(text(forbidden.at("robots").as_object(), "text") == "Disallow: /private # \x1b[31m");
  }
  SECTION("what is no URL") {
    for (const char* garbage :
         {"", "garbage", "http://", "http://exa mple.test/", "https://[::1", "a\tb"}) {
      CAPTURE(garbage);
      CHECK(why(crawl, garbage, 2).empty());
    }
  }
  CHECK(snapshot(crawl.directory()) == before);
}

TEST_CASE("why tells what is pending what it waits for, and what is over budget by which limit") {
  TestServer server;
  server.on("/front", [](const Request&) {
    return html("<a href=/html/a>a</a><a href=/html/b>b</a><a href=/html/c>c</a>");
  });
  SiteCrawl limited("threads", {server.url("/front"), "--limit", "1"});
  REQUIRE(limited.wait() == 0);
  const Line pending = why_json(limited, server.url("/html/c"));
  CHECK(text(pending, "state") == "pending");
  CHECK(holds(because(pending), "has not been asked for yet"));
  CHECK(holds(because(pending), "--limit 1"));
  CHECK(holds(text(pending, "change"), "scraper crawl --resume "));
  CHECK(pending.at("attempts").as_array().empty());

  SiteCrawl bounded("async", {server.url("/front"), "--limit-per-host", "2"});
  REQUIRE(bounded.wait() == 0);
  const Line over = why_json(bounded, server.url("/html/c"));
  CHECK(text(over, "state") == "over budget");
  CHECK(holds(because(over), "--limit-per-host was 2"));
  CHECK(text(why_json(bounded, server.url("/html/unheard-of")), "would_be") == "over budget");
}

TEST_CASE("why tells that a robots.txt could not be had") {
  TestServer server;
  server.set_robots("127.0.0.1", "", 503);
  SiteCrawl crawl("threads", {server.url("/html/a"), "--retries", "0"});
  crawl.wait();
  CHECK(holds(because(why_json(crawl, server.url("/html/a"))), "could not be had (http 503)"));
  CHECK(text(why_json(crawl, server.url("/html/b")), "would_be") == "disallowed");
}

TEST_CASE("why answers beside a crawl that runs, as of its last barrier") {
  TestServer server;
  server.hold("/html/held");
  server.on("/front",
            [](const Request&) { return html("<a href=/html/held>a</a><a href=/html/b>b</a>"); });
  SiteCrawl crawl("async", {server.url("/front")});
  REQUIRE(server.wait_for("/html/held"));
  std::string state;
  for (int tried = 0; tried < 100 && state != "stored"; ++tried) {
    const Ended ended = run_program({"why", "--json", server.url("/front"), crawl.directory()});
    REQUIRE(ended.code == 0);
    const Line line = boost::json::parse(ended.out).as_object();
    CHECK(text(line.at("as_of").as_object(), "ended") == "null");
    state = text(line, "state");
    std::this_thread::sleep_for(std::chrono::milliseconds(100));
  }
  CHECK(state == "stored");
  CHECK(holds(why(crawl, server.url("/html/held")), "  pending\n"));
  server.release("/html/held");
  CHECK(crawl.wait() == 0);
  CHECK(holds(why(crawl, server.url("/html/held")), "  stored\n"));
}

TEST_CASE("why refuses a directory that holds no crawl, or one that cannot be read, with 3") {
  const Folder folder;
  CHECK(run_program({"why", "http://a.test/", folder.path("missing")}).code == 3);
  std::filesystem::create_directory(folder.path("empty"));
  const Ended ended = run_program({"why", "http://a.test/", folder.path("empty")});
  CHECK(ended.code == 3);
  CHECK(holds(ended.err, "holds no crawl"));
  CHECK(run_program({"why", "http://a.test/"}).code == 2);
  TestServer server;
  SiteCrawl crawl("threads", {server.url("/html/a")});
  REQUIRE(crawl.wait() == 0);
  folder.file("broken", "");
  std::filesystem::copy(crawl.directory(), folder.path("copy"),
                        std::filesystem::copy_options::recursive);
  std::ofstream(folder.path("copy/ledger/CURRENT"), std::ios::trunc) << "garbage";
  CHECK(run_program({"why", server.url("/html/a"), folder.path("copy")}).code == 3);
}
