// `scraper parse`: what is stored, parsed again, gives the lines of the crawl, byte for byte; other
// options give other lines; damage gives none.
#include <fmt/format.h>
#include <signal.h>

#include <algorithm>
#include <atomic>
#include <filesystem>
#include <fstream>
#include <set>
#include <sstream>

#include "tests/catch.h"
#include "tests/crawl/killed_crawl.h"
#include "tests/crawl/site.h"
#include "tests/support/bomb.h"
#include "tests/support/encodings.h"

using namespace scraper::test;
using std::chrono::milliseconds;
namespace json = boost::json;

namespace {

using Arguments = std::vector<std::string>;

// The lines as they stand, in the order of the archive.
std::vector<std::string> by_place(const std::string& text) {
  std::vector<std::pair<std::pair<std::string, std::int64_t>, std::string>> placed;
  std::istringstream lines(text);
  for (std::string line; std::getline(lines, line);) {
    const auto object = json::parse(line).as_object();
    placed.push_back(
        {{std::string(object.at("segment").as_string()), object.at("offset").as_int64()}, line});
  }
  std::sort(placed.begin(), placed.end());
  std::vector<std::string> sorted;
  for (auto& [place, line] : placed) sorted.push_back(std::move(line));
  return sorted;
}

std::string bytes_of(const std::string& path) {
  std::ostringstream bytes;
  bytes << std::ifstream(path, std::ios::binary).rdbuf();
  return bytes.str();
}

Ended parse(const std::string& out, const Arguments& more = {}, int code = 0) {
  Arguments words = {"parse", out, "--progress", "none", "-w", "2"};
  words.insert(words.end(), more.begin(), more.end());
  Ended ended = run_program(words);
  INFO(ended.err);
  CHECK(ended.code == code);
  return ended;
}

std::string parsed_file(const std::string& out) { return out + "/pages-parsed.jsonl"; }

// Parses what is in `out` and holds its lines against the crawl's.
void check_same_bytes(const std::string& out, const Arguments& more = {}) {
  parse(out, more);
  const std::string text = bytes_of(parsed_file(out));
  const auto lines = by_place(text);
  CHECK(lines == by_place(bytes_of(out + "/pages.jsonl")));
  std::string in_order;
  for (const std::string& line : lines) in_order += line + "\n";
  CHECK(text == in_order);
  std::filesystem::remove(parsed_file(out));
}

void link(TestServer& server, const std::string& from, const std::string& to) {
  server.on(from, [to](const Request&) {
    return html("<title>&lt;way&gt;</title><a href=" + to + ">on</a>");
  });
}

// Answers of every kind, one that is asked for twice, a way to /far that is found late and shorter
// by a digit, a sitemap.
void set_up(TestServer& server) {
  server.set_robots("", fmt::format("User-agent: *\nDisallow: /private\nSitemap: {}\n",
                                    server.url("/sitemap.xml")));
  server.on("/sitemap.xml", [&server](const Request&) {
    return reply(200, "Content-Type: application/xml\r\n",
                 fmt::format("<urlset><url><loc>{}</loc></url></urlset>",
                             server.url("/html/listed?links=/html/below")));
  });
  server.on("/front", [](const Request&) {
    std::string body =
        "<html lang=de><title>Caf\xc3\xa9 \xe2\x80\xa8 &amp;</title><meta name=robots "
        "content=noarchive><base href=/html/>";
    for (const char* path : {"/html/a?links=b,c",
                             "/redirect/2",
                             "/loop/a",
                             "/status/404",
                             "/reset-in-body",
                             "/drop",
                             "/again",
                             "/obs-fold",
                             "/bare-lf",
                             "/no-reason",
                             "/charset/shift_jis",
                             "/charset/windows-1251?declared=0",
                             "/gzip",
                             "/br",
                             "/bad-gzip",
                             "/chunked/5000",
                             "/close-delimited/100",
                             "/two-lengths",
                             "/garbage",
                             "/private/x",
                             "/bytes/0",
                             "/http10",
                             "/large",
                             "/step/1",
                             "/slow",
                             "http://127.0.0.2:9/refused",
                             "mailto:a@b"}) {
      body += fmt::format("<a rel=nofollow href='{}'>{}</a>\n", path, path);
    }
    return html(body);
  });
  server.on("/again", [count = std::make_shared<std::atomic<int>>(0)](const Request&) {
    return (*count)++ == 0 ? reply(503, "Retry-After: 0\r\n", "later") : html("<h1>now</h1>");
  });
  server.on("/large",
            [](const Request&) { return html("<title>cut</title>" + std::string(300'000, 'x')); });
  for (int n = 1; n < 11; ++n)
    link(server, fmt::format("/step/{}", n), fmt::format("/step/{}", n + 1));
  link(server, "/step/11", "/far");
  link(server, "/far", "/beyond");
  link(server, "/slow", "/far");
  server.hold("/slow");
}

struct Way {
  std::string engine;
  Arguments crawl;
  Arguments parse;
};

}  // namespace

TEST_CASE(
    "stored pages parsed again have the lines of the crawl, byte for byte, whatever the engine and "
    "the hand-off") {
  const Way way = GENERATE(values<Way>({
      {"threads", {"--parser", "gumbo", "--links", "--retries", "1"}, {}},
      {"async", {"--links", "--text", "--handoff", "inline"}, {"--handoff", "file"}},
      {"threads", {"--text", "--handoff", "shm"}, {"--handoff", "inline"}},
      {"async", {"--handoff", "pipe"}, {"-w", "3"}},
  }));
  CAPTURE(way.engine, way.crawl, way.parse);
  TestServer server;
  set_up(server);
  const Folder folder;
  const std::string seeds = folder.file("seeds", server.url("/front") + "\ttag=first \xc3\xa9\n" +
                                                     server.url("/html/other") + "\tdepth=1\n");
  Arguments options = {"-i",        seeds,       "--depth", "inf",        "--per-host", "4",
                       "--sitemap", "--retries", "0",       "--max-body", "200K"};
  options.insert(options.end(), way.crawl.begin(), way.crawl.end());
  SiteCrawl crawl(way.engine, options);
  REQUIRE(server.wait_for("/beyond"));  // so that /far has its line
  server.release("/slow");
  REQUIRE(crawl.wait() == 0);
  CHECK(crawl.lines().size() > 40);
  CHECK(crawl.file("pages.jsonl").find("\"depth\": 2,") != std::string::npos);  // lowered in place
  check_same_bytes(crawl.directory(), way.parse);
}

TEST_CASE("a document that no worker gets through has its line again, and is not set aside again") {
  TestServer server;
  // Twenty-six attributes in 56 bytes: more memory than a worker may have, in the shortest time
  // that can be had.
  server.on("/heavy", [](const Request&) {
    std::string body;
    for (int i = 0; i < 140'000; ++i)
      body += "<br a b c d e f g h i j k l m n o p q r s t u v w x y z>";
    return html(body);
  });
  SiteCrawl crawl("async",
                  {server.url("/html/front?links=/heavy"), "--no-robots", "--parser", "gumbo"});
  REQUIRE(crawl.wait() == 0);
  // Of a slow build it is its CPU limit that a worker comes to first.
  REQUIRE(crawl.error(server.url("/heavy")).starts_with("quarantined: "));
  check_same_bytes(crawl.directory());
  CHECK(crawl.quarantined() == 1);

  const Ended ended = parse(crawl.directory(), {"--parser", "scan", "-o", "-"});
  CHECK(ended.err.find("2 stored") != std::string::npos);
  CHECK(ended.out.find("quarantined") == std::string::npos);
}

TEST_CASE(
    "beside a crawl that runs, and after a kill, what is parsed is what the last barrier holds, in "
    "the end all of it",
    "[kill]") {
  constexpr const char* kHeld = "/graph/20";
  TestServer server;
  server.hold(kHeld);
  KilledCrawl crawl(server, {{"a.test", "b.test", "c.test"}, 200, 20},
                    {"--depth", "inf", "--links"});
  const std::string out = crawl.path("");
  const auto first = crawl.same_command();
  std::size_t lines = 0;
  while (lines == 0) {  // until the second barrier
    const Ended ended = run_program({"parse", out, "-q", "-o", "-"});
    lines = static_cast<std::size_t>(std::count(ended.out.begin(), ended.out.end(), '\n'));
  }
  first->send(SIGKILL);
  first->wait();

  parse(out);
  std::multiset<std::string> written;
  const std::string text = crawl.file("pages.jsonl");
  for (const std::string& line : by_place(text.substr(0, text.rfind('\n') + 1)))
    written.insert(line);
  const auto parsed = by_place(bytes_of(parsed_file(out)));
  CHECK(parsed.size() >= lines);
  for (const std::string& line : parsed) CHECK(written.contains(line));

  server.release(kHeld);
  CHECK(crawl.resume()->wait().code == 0);
  std::filesystem::remove(parsed_file(out));
  check_same_bytes(out);
}

TEST_CASE(
    "options given to parse are taken instead of the crawl's, and a file that is there is left "
    "unless told") {
  TestServer server;
  SiteCrawl crawl("async",
                  {server.url("/html/front?links=a,/status/404"), "--no-robots", "--quiet"});
  REQUIRE(crawl.wait() == 0);
  const std::string out = crawl.directory();
  const Ended told = parse(out, {"--text", "--links"});
  CHECK(told.err.find("3 lines in " + parsed_file(out) + ": 2 stored, 1 failed, 0 duplicates\n") !=
        std::string::npos);
  const std::string text = bytes_of(parsed_file(out));
  std::istringstream lines(text);
  for (std::string line; std::getline(lines, line);) {
    Line object = json::parse(line).as_object();
    CHECK(object.contains("text"));
    CHECK(object.at("links").as_array().size() ==
          object.at("links_count").to_number<std::size_t>());
    object.erase("text");
    object.erase("links");
    CHECK(json::serialize(object) ==
          json::serialize(crawl.lines().at(std::string(object.at("url").as_string()))));
  }

  for (const char* name :
       {"pages.jsonl", "warc/00000.warc", "warc/./00000.warc", "ledger/CURRENT", "lost/x"}) {
    parse(out, {"-o", out + "/" + name, "--fresh"}, 2);
  }
  const Ended refused = parse(out, {}, 3);
  CHECK(refused.err == "scraper: " + parsed_file(out) +
                           " is there already: --fresh replaces it, -o FILE leaves it\n");
  CHECK(bytes_of(parsed_file(out)) == text);
  check_same_bytes(out, {"--fresh"});
  CHECK(by_place(parse(out, {"-o", "-"}).out) == by_place(crawl.file("pages.jsonl")));

  const Folder folder;
  parse(out, {"-o", folder.path("lines")});
  CHECK(by_place(bytes_of(folder.path("lines"))) == by_place(crawl.file("pages.jsonl")));
  CHECK((std::filesystem::status(folder.path("lines")).permissions() &
         std::filesystem::perms::mask) == std::filesystem::perms(0600));
  CHECK(parse(out, {"--fresh", "-o", out + "/pages.jsonl"}, 2)
            .err.find("only pages-parsed.jsonl is written") != std::string::npos);
  CHECK(parse(folder.path("none"), {}, 3).err.find("holds no crawl") != std::string::npos);
  CHECK(parse(out, {"-o", "/dev/full"}, 3).err.find("/dev/full is there already") !=
        std::string::npos);
}

TEST_CASE("a damaged archive gives one line with the place, and no file") {
  TestServer server;
  SiteCrawl crawl("async",
                  {server.url("/html/front?links=a,/drop"), "--no-robots", "--retries", "0"});
  REQUIRE(crawl.wait() == 0);
  const std::string segment = crawl.directory() + "/warc/00000.warc";
  const std::string whole = crawl.file("warc/00000.warc");
  const auto at = [&](const std::string& path) {
    return static_cast<std::size_t>(crawl.lines().at(server.url(path)).at("offset").as_int64());
  };
  const std::size_t page = at("/html/a");
  const std::size_t failed = at("/drop");
  struct Damage {
    std::size_t place;
    std::size_t byte;
    const char* what;
  };
  const auto in_page = [&](const char* text) { return whole.find(text, page); };
  for (const Damage& one :
       {Damage{page, in_page("</"), "checksum differs"},
        Damage{page, page + 3, "no WARC/1.1 record"},
        Damage{page, in_page("WARC-Date: 2") + 11, "checksum differs"},
        Damage{page, in_page("/html/a") + 1, "another URL"},
        Damage{failed, whole.find("error-detail: ", failed) + 16, "checksum differs"}}) {
    std::string bytes = whole;
    bytes[one.byte] = static_cast<char>(bytes[one.byte] ^ 1);
    std::ofstream(segment, std::ios::binary) << bytes;
    const std::string err = parse(crawl.directory(), {}, 3).err;
    INFO(err);
    CHECK(err.find(fmt::format("{} at {}: ", segment, one.place)) != std::string::npos);
    CHECK(err.find(one.what) != std::string::npos);
    CHECK(std::count(err.begin(), err.end(), '\n') == 1);
    CHECK_FALSE(crawl.has("pages-parsed.jsonl"));
    CHECK_FALSE(crawl.has("pages-parsed.jsonl.part"));
  }
  std::ofstream(segment, std::ios::binary) << whole.substr(0, whole.size() - 1);
  CHECK(parse(crawl.directory(), {}, 3).err.find("is damaged") != std::string::npos);
  std::ofstream(segment, std::ios::binary) << whole;
  check_same_bytes(crawl.directory());
}

TEST_CASE("interrupted, parse leaves nothing behind and ends with 130") {
  TestServer server;
  server.on("/bomb", [](const Request&) { return html(bomb()); });
  SiteCrawl crawl("async", {server.url("/bomb"), "--no-robots"});
  REQUIRE(crawl.wait() == 0);
  Program program({"parse", crawl.directory(), "--parser", "gumbo"});
  while (!crawl.has("pages-parsed.jsonl.part") && !program.ends_within(milliseconds(1))) {
  }
  const Ended beside = parse(crawl.directory(), {}, 3);
  CHECK(beside.err.find("another parse is at it") != std::string::npos);
  program.interrupt();
  CHECK(program.wait().code == 130);
  CHECK_FALSE(crawl.has("pages-parsed.jsonl"));
  CHECK_FALSE(crawl.has("pages-parsed.jsonl.part"));
  parse(crawl.directory());
}
