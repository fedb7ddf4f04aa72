// Crawls that ended before they were complete, at instants that are special, and what going on with
// them says and does.
#include <fmt/format.h>
#include <signal.h>

#include <algorithm>
#include <filesystem>
#include <fstream>
#include <map>
#include <random>
#include <tuple>
#include <utility>

#include "tests/catch.h"
#include "tests/crawl/killed_crawl.h"
#include "tests/support/bomb.h"

using namespace scraper::test;
using std::chrono::milliseconds;
namespace json = boost::json;

namespace {

constexpr const char* kHeld = "/graph/20";  // is slow

std::string engine() { return GENERATE(as<std::string>(), "threads", "async"); }

Ended must_end(Program& program, int code) {
  Ended ended = program.wait();
  INFO(ended.err);
  CHECK(ended.code == code);
  return ended;
}

void wait_for_requests(const Program& program, const TestServer& server, std::size_t count) {
  while (server.requests_seen() < count && !program.ends_within(milliseconds(1))) {
  }
}

// A crawl that stopped in order before its end, with something of everything committed.
void stop_halfway(const KilledCrawl& crawl) {
  must_end(*crawl.same_command({"--limit", "60"}), 0);
  REQUIRE(crawl.lines().size() >= 60);
}

std::size_t stored(const KilledCrawl& crawl) {
  const auto lines = crawl.lines();
  return static_cast<std::size_t>(std::count_if(lines.begin(), lines.end(), [](const auto& line) {
    return line.at("state").as_string() == "stored";
  }));
}

std::uintmax_t size_of_archive(const KilledCrawl& crawl) {
  std::uintmax_t size = 0;
  for (const auto& entry : std::filesystem::directory_iterator(crawl.path("warc")))
    size += entry.file_size();
  return size;
}

// Bytes of the ledger's log, which every barrier makes longer.
std::uintmax_t size_of_log(const KilledCrawl& crawl) {
  std::uintmax_t size = 0;
  for (const auto& entry : std::filesystem::directory_iterator(crawl.path("ledger"))) {
    if (entry.path().extension() == ".log") size += entry.file_size();
  }
  return size;
}

// What two crawls of the same site must agree on.
using Said = std::tuple<std::string, std::int64_t, std::string>;
std::map<std::string, Said> said_by(const KilledCrawl& crawl) {
  std::map<std::string, Said> said;
  for (const json::object& line : crawl.lines()) {
    const bool is_new = said.emplace(line.at("url").as_string(),
                                     Said{line.at("state").as_string(), line.at("depth").as_int64(),
                                          json::serialize(line.at("digest"))})
                            .second;
    CHECK(is_new);
  }
  return said;
}

}  // namespace

TEST_CASE("killed as soon as its files are there, a crawl begins all the same", "[kill]") {
  const std::string name = GENERATE(as<std::string>(), "", "crawl.lock", "crawl.toml", "seeds.txt",
                                    "ledger", "ledger/CURRENT", "pages.jsonl", "warc/00000.warc");
  CAPTURE(name);
  TestServer server;
  KilledCrawl crawl(server, {{"a.test"}, 60, 20});
  for (unsigned times = 0; times < 2; ++times) {
    const auto program = crawl.same_command();
    while (!std::filesystem::exists(crawl.path(name)) && !program->ends_within(milliseconds(0))) {
    }
    program->send(SIGKILL);
    must_end(*program, 128 + SIGKILL);
  }
  must_end(*crawl.same_command(), 0);
  crawl.check_complete();
}

TEST_CASE("recovery is killed, twice in a row, and the third one gets through", "[kill]") {
  const std::string which = engine();
  std::mt19937 random(std::random_device{}());
  TestServer server;
  server.hold(kHeld);  // so that it cannot end before
  KilledCrawl crawl(server);
  for (unsigned round = 0; round < 2; ++round) {
    const auto first = crawl.same_command({"--engine", which});
    wait_for_requests(*first, server, server.requests_seen() + 1);
    first->ends_within(milliseconds(random() % 1'200));
    first->send(SIGKILL);
    must_end(*first, 128 + SIGKILL);
    crawl.note_killed_run();
    for (unsigned times = 0; times < 2; ++times) {
      const auto program = times == 0 ? crawl.resume() : crawl.same_command();
      program->ends_within(milliseconds(random() % 60));
      program->send(SIGKILL);
      must_end(*program, 128 + SIGKILL);
      crawl.note_killed_run();
    }
  }
  server.release(kHeld);
  must_end(*crawl.same_command({"--engine", which}), 0);
  crawl.check_complete();
}

TEST_CASE(
    "what was captured and not parsed when the program was killed is parsed, and not asked for "
    "again",
    "[kill]") {
  const std::string which = engine();
  constexpr unsigned kPages = 48;
  TestServer server;
  std::string front = "<a href=/bomb>b</a>";
  for (unsigned n = 0; n < kPages; ++n) front += fmt::format("<a href=/late/{}>l</a>", n);
  server.on("/front", [front](const Request&) { return html(front); });
  // Keeps the only worker busy until its CPU limit, twice; nothing to the scanner.
  server.on("/bomb", [](const Request&) { return html(bomb()); });
  server.on("/late/*", [](const Request&) {
    RawReply late = html("<title>late</title>");
    late.steps.front().pause = milliseconds(400);
    return late;
  });
  KilledCrawl crawl(server, {{}, 0, 0},
                    {"http://a.test/front", "--engine", which, "--workers", "1"});
  const auto program = crawl.same_command({"--parser", "gumbo"});
  const auto is_late = [](const Archived& record) {
    return record.type == "response" && record.url.find("/late/") != record.url.npos;
  };
  std::vector<Archived> captured;
  while (captured.empty() && !program->ends_within(milliseconds(5))) {
    for (Archived& record : crawl.records(true)) {
      if (is_late(record)) captured.push_back(std::move(record));
    }
  }
  // The barrier that is under way may have been cut before; the next one was not.
  auto log = size_of_log(crawl);
  for (unsigned barriers = 0; barriers < 2 && !program->ends_within(milliseconds(2));) {
    const auto now = size_of_log(crawl);
    if (now == std::exchange(log, now)) continue;
    ++barriers;
  }
  program->send(SIGKILL);
  must_end(*program, 128 + SIGKILL);
  for (const json::object& line : crawl.lines()) {
    CHECK(std::none_of(captured.begin(), captured.end(),
                       [&](const auto& c) { return c.url == line.at("url").as_string(); }));
  }

  must_end(*crawl.same_command({"--parser", "scan"}), 0);
  CHECK(stored(crawl) == kPages + 2);
  REQUIRE_FALSE(captured.empty());
  const auto records = crawl.records(false);
  CHECK(std::count_if(records.begin(), records.end(), is_late) == kPages);
  for (const Archived& capture : captured) {
    CAPTURE(capture.url);
    CHECK(server.requests_of(capture.url.substr(capture.url.find("/late/"))) == 1);
    CHECK(std::any_of(records.begin(), records.end(),
                      [&](const auto& record) { return record.id == capture.id; }));
  }
}

TEST_CASE(
    "a robots.txt and a sitemap that were captured and not parsed are parsed, and not asked for "
    "again",
    "[kill]") {
  const std::string which = engine();
  TestServer server;
  const auto late = [](std::string_view type, std::string_view body) {
    RawReply answer = reply(200, fmt::format("Content-Type: {}\r\n", type), body);
    answer.steps.front().pause = milliseconds(400);
    return answer;
  };
  const std::string map =
      "<urlset "
      "xmlns='http://www.sitemaps.org/schemas/sitemap/0.9'><url><loc>http://c.test/in</loc></url></"
      "urlset>";
  server.on("/front", [](const Request&) {
    return html("<a href=/bomb>b</a><a href=http://b.test/in>i</a>");
  });
  server.on("/bomb", [](const Request&) { return html(bomb()); });  // as above
  server.on("/in", [](const Request&) { return html("<title>in</title>"); });
  server.on("/robots.txt", [late](const Request& request) {
    const bool is_wanted = request.host.starts_with("b.test");
    return is_wanted ? late("text/plain", "User-agent: *\nDisallow: /out\n") : reply(404, "", "");
  });
  server.on("/map.xml", [late, map](const Request&) { return late("application/xml", map); });
  KilledCrawl crawl(server, {{}, 0, 0},
                    {"http://a.test/front", "--engine", which, "--workers", "1", "--scope", "any",
                     "--sitemap=http://d.test/map.xml"});
  const auto program = crawl.same_command({"--parser", "gumbo"});
  const auto is_wanted = [](const Archived& record) {
    return record.type == "response" &&
           (record.url == "http://b.test/robots.txt" || record.url == "http://d.test/map.xml");
  };
  const auto captured = [&] {
    const auto records = crawl.records(true);
    return std::count_if(records.begin(), records.end(), is_wanted);
  };
  while (captured() < 2 && !program->ends_within(milliseconds(5))) {
  }
  auto log = size_of_log(crawl);
  for (unsigned barriers = 0; barriers < 2 && !program->ends_within(milliseconds(2));) {
    const auto now = size_of_log(crawl);
    if (now != std::exchange(log, now)) ++barriers;
  }
  program->send(SIGKILL);
  must_end(*program, 128 + SIGKILL);
  REQUIRE(captured() == 2);

  must_end(*crawl.same_command({"--parser", "scan"}), 0);
  CHECK(captured() == 2);
  CHECK(server.requests_of("/map.xml") == 1);
  const auto said = said_by(crawl);
  for (const char* url : {"http://b.test/in", "http://c.test/in"}) {  // which they let in
    REQUIRE(said.contains(url));
    CHECK(std::get<0>(said.at(url)) == "stored");
  }
}

TEST_CASE(
    "a termination ends within five seconds although a transfer hangs, and the crawl can be gone "
    "on with") {
  const std::string which = engine();
  TestServer server;
  server.hold(kHeld);
  KilledCrawl crawl(server);
  const auto program = crawl.same_command({"--engine", which});
  REQUIRE(server.wait_for(kHeld));
  program->send(SIGTERM);
  REQUIRE(program->ends_within(std::chrono::seconds(5)));
  const Ended ended = must_end(*program, 143);
  CHECK(ended.err.find("not complete; to go on: ") != std::string::npos);
  server.release(kHeld);
  must_end(*crawl.resume(), 0);
  crawl.check_complete();
}

TEST_CASE("an interruption finishes what is in flight, and the crawl can be gone on with") {
  const std::string which = engine();
  TestServer server;
  KilledCrawl crawl(server);
  const auto program = crawl.same_command({"--engine", which});
  wait_for_requests(*program, server, 100);
  program->send(SIGINT);
  must_end(*program, 130);
  CHECK(crawl.lines().size() + 3 >= server.requests_seen());  // robots.txt has no lines
  must_end(*crawl.same_command({"--engine", which}), 0);
  CHECK(server.requests_seen() == crawl.expected_requests());
  crawl.check_complete();
}

TEST_CASE(
    "a larger limit goes on where the smaller one ended, another engine, hand-off and number of "
    "workers at each step") {
  TestServer server;
  KilledCrawl crawl(server);
  must_end(*crawl.same_command({"--limit", "20", "--engine", "threads", "--handoff", "file"}), 0);
  CHECK(stored(crawl) == 20);
  must_end(*crawl.same_command(
               {"--limit", "90", "--engine", "async", "--handoff", "shm", "--workers", "1"}),
           0);
  CHECK(stored(crawl) == 90);
  must_end(*crawl.resume({"--limit", "150", "--engine", "threads", "--handoff", "inline"}), 0);
  CHECK(stored(crawl) == 150);
  must_end(*crawl.same_command({"--engine", "async", "--handoff", "pipe", "--workers", "3"}), 0);
  CHECK(server.requests_seen() == crawl.expected_requests());
  crawl.check_complete();
}

TEST_CASE("a larger depth offers again what the smaller one had cut: the same as at once") {
  const std::string which = engine();
  TestServer server;
  KilledCrawl at_once(server, {}, {"--depth", "3"});
  must_end(*at_once.same_command({"--engine", which}), 0);
  const std::size_t requests = server.requests_seen();
  KilledCrawl crawl(server, {}, {"--depth", "1"});
  must_end(*crawl.same_command({"--engine", which}), 0);
  CHECK(crawl.lines().size() < at_once.lines().size());
  must_end(*crawl.resume({"-d", "3"}), 0);
  CHECK(said_by(crawl) == said_by(at_once));
  CHECK(server.requests_seen() == 2 * requests);
}

TEST_CASE(
    "a file that is shorter than what was committed is damage: named, and nothing is changed") {
  TestServer server;
  KilledCrawl crawl(server);
  stop_halfway(crawl);
  const std::string damaged = GENERATE(as<std::string>(), "pages.jsonl", "warc/00000.warc");
  const std::string whole = crawl.file(damaged);
  std::filesystem::resize_file(crawl.path(damaged), whole.size() - 1);
  std::map<std::string, std::string> before;
  for (const char* name :
       {"pages.jsonl", "warc/00000.warc", "crawl.toml", "seeds.txt", "report.json"})
    before[name] = crawl.file(name);
  const std::size_t seen = server.requests_seen();
  const Ended ended = must_end(*crawl.same_command(), 3);
  CHECK(ended.err.find(damaged + " is damaged") != std::string::npos);
  CHECK(server.requests_seen() == seen);
  for (const auto& [name, bytes] : before) CHECK(crawl.file(name) == bytes);
  std::ofstream(crawl.path(damaged), std::ios::binary) << whole;
  must_end(*crawl.same_command(), 0);
  crawl.check_complete();
}

TEST_CASE(
    "a ledger that has lost its log knows nothing of its crawl: that is damage, and nothing is "
    "removed") {
  TestServer server;
  KilledCrawl crawl(server, {{"a.test"}, 30, 0});
  must_end(*crawl.same_command(), 0);
  for (const auto& entry : std::filesystem::directory_iterator(crawl.path("ledger"))) {
    if (entry.path().extension() == ".log") std::filesystem::resize_file(entry.path(), 0);
  }
  const std::string pages = crawl.file("pages.jsonl");
  const std::string archive = crawl.file("warc/00000.warc");
  const std::size_t seen = server.requests_seen();
  CHECK(run_program({"audit", crawl.path("")}).code == 9);
  for (const bool is_resume : {false, true}) {
    const Ended ended = must_end(is_resume ? *crawl.resume() : *crawl.same_command(), 3);
    CHECK(ended.err.find("ledger is damaged: it says that the crawl has not begun") !=
          std::string::npos);
  }
  CHECK(crawl.file("pages.jsonl") == pages);
  CHECK(crawl.file("warc/00000.warc") == archive);
  CHECK(server.requests_seen() == seen);
  must_end(*crawl.same_command({"--fresh"}), 0);
}

TEST_CASE(
    "a ledger that has lost its end goes on from what it has, and what files have behind that is "
    "kept") {
  namespace fs = std::filesystem;
  TestServer server;
  KilledCrawl crawl(server, {{"a.test"}, 80, 0});
  const bool has_segments = GENERATE(false, true);
  if (has_segments) crawl.set_environment({"SCRAPER_BARRIER_MS=5", "SCRAPER_ROTATE_AT=15000"});
  must_end(*crawl.same_command({"--limit", "30"}), 0);
  const Folder earlier;
  fs::copy(crawl.path("ledger"), earlier.path("ledger"), fs::copy_options::recursive);
  const std::uintmax_t archived_then = size_of_archive(crawl);
  must_end(*crawl.same_command(), 0);
  const auto said = said_by(crawl);
  const std::uintmax_t archived_before = size_of_archive(crawl);
  fs::remove_all(crawl.path("ledger"));
  fs::copy(earlier.path("ledger"), crawl.path("ledger"), fs::copy_options::recursive);
  const Ended audited = run_program({"audit", crawl.path("")});
  CHECK(audited.code == 9);
  CHECK(audited.out.find("it has lost its end") != std::string::npos);
  const std::string pages = crawl.file("pages.jsonl");
  const Ended ended = must_end(*crawl.same_command(), 0);
  CHECK(ended.err.find("it has lost its end\n") != std::string::npos);
  const std::string lost = crawl.file("lost/pages.jsonl.1");
  CHECK_FALSE(lost.empty());
  CHECK(pages.ends_with(lost));
  CHECK(fs::exists(crawl.path("lost/report.json.1")));
  std::uintmax_t lost_of_archive = 0;
  for (const auto& entry : fs::directory_iterator(crawl.path("lost"))) {
    if (entry.path().string().find(".warc.") != std::string::npos)
      lost_of_archive += entry.file_size();
  }
  CHECK(lost_of_archive >= archived_before - archived_then);
  CHECK(lost_of_archive <=
        archived_before - archived_then + 1'000);  // the head of a segment that had been begun
  CHECK(said_by(crawl) == said);
  CHECK(run_program({"audit", crawl.path("")}).code == 0);
}

TEST_CASE("that a ledger has lost its end is not forgotten when recovery is killed", "[kill]") {
  namespace fs = std::filesystem;
  TestServer server;
  KilledCrawl crawl(server, {{"a.test"}, 80, 0});
  must_end(*crawl.same_command({"--limit", "40"}), 0);
  std::string log;
  for (const auto& entry : fs::directory_iterator(crawl.path("ledger"))) {
    if (entry.path().extension() == ".log" && entry.file_size() > 0) log = entry.path().filename();
  }
  std::string bytes = crawl.file("ledger/" + log);
  bytes[bytes.size() / 2] = static_cast<char>(bytes[bytes.size() / 2] ^ 1);
  std::ofstream(crawl.path("ledger/" + log), std::ios::binary) << bytes;
  fs::remove(crawl.path("report.json"));  // which would tell of it, too
  const std::string pages = crawl.file("pages.jsonl");
  const std::string archive = crawl.file("warc/00000.warc");
  for (const char* point : {"recover.begin", "recover.looked", "recover.lost_synced", "recover.cut",
                            "recover.end", "barrier.first"}) {
    crawl.set_environment({std::string("SCRAPER_KILL_AT=") + point + ":1"});
    CAPTURE(point);
    must_end(*crawl.same_command(), 128 + SIGKILL);
  }
  crawl.set_environment({});
  const Ended ended = must_end(*crawl.same_command(), 0);
  CHECK(ended.err.find("it has lost its end") != std::string::npos);
  CHECK_FALSE(fs::exists(crawl.path("ledger/LOST-END")));
  CHECK(pages.ends_with(crawl.file("lost/pages.jsonl.1")));
  CHECK(archive.ends_with(crawl.file("lost/00000.warc.1")));
  CHECK_FALSE(crawl.file("lost/00000.warc.1").empty());
  CHECK(run_program({"audit", crawl.path("")}).code == 0);
  CHECK(must_end(*crawl.same_command(), 0).err.find("lost its end") == std::string::npos);
}

TEST_CASE("two signals settle nothing that would have been asked for again") {
  TestServer server;
  for (unsigned n = 1; n < 120; ++n) {
    server.on("/graph/" + std::to_string(n),
              [](const Request&) { return reply(503, "Retry-After: 0\r\n", "later"); });
  }
  KilledCrawl crawl(server, {{"a.test"}, 120, 0}, {"--depth", "inf", "--retries", "2"});
  const auto program = crawl.same_command({"--engine", engine()});
  wait_for_requests(*program, server, 5);
  program->interrupt();
  program->interrupt();
  program->wait();
  for (const json::object& line : crawl.lines()) {
    INFO(json::serialize(line));
    if (line.at("state").as_string() == "failed") CHECK(line.at("attempts").as_int64() == 3);
  }
}

TEST_CASE("what is in a file past what was committed is cut, and told") {
  TestServer server;
  KilledCrawl crawl(server);
  stop_halfway(crawl);
  const std::string more = "{\"url\": \"http://a.test/never\"}\n";
  for (const char* name : {"pages.jsonl", "warc/00000.warc"}) {
    std::ofstream(crawl.path(name), std::ios::binary | std::ios::app) << more;
  }
  const Ended ended = must_end(*crawl.same_command(), 0);
  crawl.check_complete();
  for (const char* name : {"pages.jsonl", "warc/00000.warc"}) {
    CHECK(ended.err.find(fmt::format("{}: {} bytes written after the last barrier are cut\n", name,
                                     more.size())) != std::string::npos);
  }
}

TEST_CASE("while a crawl runs nobody else goes on with it") {
  TestServer server;
  server.hold(kHeld);
  KilledCrawl crawl(server);
  const auto first = crawl.same_command();
  REQUIRE(server.wait_for(kHeld));
  for (const auto& second : {crawl.same_command(), crawl.resume()}) {
    const Ended ended = must_end(*second, 11);
    CHECK(ended.err.find(crawl.path("").substr(0, crawl.path("").size() - 1)) != std::string::npos);
  }
  server.release(kHeld);
  must_end(*first, 0);
  crawl.check_complete();
}
