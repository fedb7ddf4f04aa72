// Sites that want to hurt, end to end: what each may cost is bounded, what it did is told, and the
// pages around it come out.
#include <fmt/format.h>

#include <algorithm>
#include <filesystem>

#include "base/sanitized.h"
#include "tests/catch.h"
#include "tests/crawl/site.h"
#include "tests/support/encodings.h"

using namespace scraper;
using namespace scraper::test;

namespace {

constexpr std::string_view kOk = "HTTP/1.1 200 OK\r\n";
constexpr std::string_view kChunked =
    "HTTP/1.1 200 OK\r\nContent-Type: text/html\r\nTransfer-Encoding: chunked\r\n\r\n";

std::string engine() { return GENERATE(as<std::string>(), "threads", "async"); }

std::string repeated(std::string_view text, std::size_t times) {
  std::string all;
  for (std::size_t i = 0; i < times; ++i) all += text;
  return all;
}

std::string links_to(const std::vector<std::string>& paths) {
  std::string all;
  for (const std::string& path : paths) all += "<a href='" + path + "'>x</a>";
  return all;
}

std::int64_t count_of(const SiteCrawl& crawl, const char* state) {
  return crawl.report().at("urls").at(state).as_int64();
}

std::int64_t reason_count(const SiteCrawl& crawl, std::string_view state, std::string_view reason) {
  const Line report = crawl.report();
  for (const auto& one : report.at("reasons").as_array()) {
    if (one.at("state").as_string() == state && one.at("reason").as_string() == reason)
      return one.at("count").as_int64();
  }
  return 0;
}

// Of the program and of the largest worker, in MB.
std::int64_t peak_megabytes(const SiteCrawl& crawl) {
  const Line report = crawl.report();
  const Line& peak = report.at("peak_memory_bytes").as_object();
  return std::max(peak.at("program").to_number<std::int64_t>(),
                  peak.at("worker").to_number<std::int64_t>()) >>
         20;
}

// Answers that are no HTTP, or a stretch of it, and what they are called.
struct Wrong {
  std::string path;
  std::string bytes;
  std::string error;
};

std::vector<Wrong> wrong_answers() {
  const std::string ok(kOk);
  const std::string chunked(kChunked);
  return {
      {"/chunk-past-64-bits", chunked + "10000000000000005\r\nhello\r\n0\r\n\r\n", "protocol"},
      {"/chunk-of-all-bits", chunked + "FFFFFFFFFFFFFFFF\r\nhello\r\n0\r\n\r\n", "protocol"},
      {"/chunk-negative", chunked + "-FFFFF\r\nhello\r\n0\r\n\r\n", "protocol"},
      {"/chunk-without-size", chunked + "\r\nhello\r\n0\r\n\r\n", "protocol"},
      {"/length-past-64-bits", ok + "Content-Length: 18446744073709551621\r\n\r\nhello",
       "protocol"},
      {"/length-negative", ok + "Content-Length: -5\r\n\r\nhello", "protocol"},
      {"/length-signed", ok + "Content-Length: +5\r\n\r\nhello", "protocol"},
      {"/length-huge", ok + "Content-Length: 9223372036854775807\r\n\r\nhello", "truncated"},
      {"/status-negative", "HTTP/1.1 -1 OK\r\nContent-Length: 5\r\n\r\nhello", "protocol"},
      {"/status-of-one-digit", "HTTP/1.1 2 OK\r\nContent-Length: 5\r\n\r\nhello", "protocol"},
      {"/status-of-100-digits",
       "HTTP/1.1 " + std::string(100, '2') + " OK\r\nContent-Length: 5\r\n\r\nhello", "protocol"},
      {"/version-1.2", "HTTP/1.2 200 OK\r\nContent-Length: 5\r\n\r\nhello", "protocol"},
      {"/version-of-100-digits",
       "HTTP/1." + std::string(100, '1') + " 200 OK\r\nContent-Length: 5\r\n\r\nhello", "protocol"},
      {"/switching", "HTTP/1.1 101 Switching Protocols\r\nUpgrade: x\r\n\r\nhello", "protocol"},
      {"/interim-10000", repeated("HTTP/1.1 100 Continue\r\n\r\n", 20'000), "head too large"},
      {"/trailers",
       chunked + "0\r\n" + repeated("X-Trailer: " + std::string(1'000, 'x') + "\r\n", 1'000) +
           "\r\n",
       "head too large"},
      {"/long-line", ok + "X-Long: " + std::string(400'000, 'x') + "\r\n\r\n", "head too large"},
      {"/long-charset",
       ok + "Content-Type: text/html; charset=" + std::string(1u << 20, 'x') + "\r\n\r\n",
       "head too large"},
      {"/long-cookie", ok + "Set-Cookie: a=" + std::string(1u << 20, 'x') + "\r\n\r\n",
       "head too large"},
      {"/long-location",
       "HTTP/1.1 302 Found\r\nLocation: /" + std::string(1u << 20, 'x') + "\r\n\r\n",
       "head too large"},
      {"/nul", ok + "X-Nul: a" + std::string(1, '\0') + "b\r\nContent-Length: 5\r\n\r\nhello",
       "protocol"},
      {"/no-colon", ok + "no colon\r\nContent-Length: 5\r\n\r\nhello", "protocol"},
      {"/bare-cr", ok + "X-A: a\rX-Forged: b\r\nContent-Length: 5\r\n\r\nhello", ""},
      {"/folded",
       ok + "Content-Type: text/plain\r\n Location: /forged\r\nContent-Length: 5\r\n\r\nhello", ""},
      {"/space-before-colon", ok + "Content-Type : text/html\r\nContent-Length: 5\r\n\r\nhello",
       ""},
      {"/cookies", ok + repeated("Set-Cookie: a=b\r\n", 5'000) + "Content-Length: 5\r\n\r\nhello",
       ""}};
}

}  // namespace

TEST_CASE(
    "answers out of the bounds of HTTP end with their reason, or are read by one rule, and the "
    "crawl goes on") {
  TestServer server;
  std::vector<std::string> paths;
  for (const Wrong& wrong : wrong_answers()) {
    server.on(wrong.path, [bytes = wrong.bytes](const Request&) { return raw(bytes); });
    paths.push_back(wrong.path);
  }
  server.on("/front", [body = links_to(paths) + links_to({"/html/last"})](const Request&) {
    return html(body);
  });
  SiteCrawl crawl(engine(),
                  {server.url("/front"), "--retries", "0", "--no-robots", "--per-host", "4"});
  REQUIRE(crawl.wait() == 0);
  for (const Wrong& wrong : wrong_answers()) {
    CAPTURE(wrong.path);
    CHECK(crawl.error(server.url(wrong.path)) == wrong.error);
  }
  CHECK(crawl.state(server.url("/html/last")) == "stored");
  CHECK(crawl.lines().at(server.url("/folded")).at("content_type").as_string() == "text/plain");
  CHECK(crawl.lines().at(server.url("/space-before-colon")).at("content_type").is_null());
  CHECK(crawl.lines().count(server.url("/forged")) == 0);
  for (const Request& request : server.requests()) CHECK(request.header("Cookie").empty());
  if (!kIsSanitized) CHECK(peak_megabytes(crawl) < 200);
  crawl.check_books();
}

TEST_CASE(
    "chunks of a byte each behind extensions of kilobytes give their bytes and take no memory") {
  TestServer server;
  const std::string chunk = "1;" + std::string(4'000, 'x') + "\r\nx\r\n";
  server.on("/extended", [chunk](const Request&) {
    return raw(std::string(kChunked) + repeated(chunk, 1'000) + "0\r\n\r\n");
  });
  // Without end it is no silence; --max-transfer-time is what ends it.
  server.on("/endless", [](const Request&) {
    return RawReply{{{std::string(kChunked) + "1;"},
                     {std::string(1'000, 'x'), std::chrono::milliseconds(5), true}},
                    End::kClose};
  });
  SiteCrawl crawl(engine(), {server.url("/extended"), server.url("/endless"), "--retries", "0",
                             "--no-robots", "--per-host", "2", "--max-transfer-time", "1s"});
  REQUIRE(crawl.wait() == 0);
  CHECK(crawl.lines().at(server.url("/extended")).at("size").as_int64() == 1'000);
  CHECK(crawl.error(server.url("/endless")) == "timeout");
  if (!kIsSanitized) CHECK(peak_megabytes(crawl) < 200);
}

TEST_CASE(
    "a decompression bomb of any coding is cut where decoding may go, and costs no memory past "
    "it") {
  TestServer server;
  const std::string plain(24u << 20, 'x');
  const std::vector<std::pair<std::string, std::string>> bombs = {{"gzip", gzipped(plain)},
                                                                  {"deflate", zlib_wrapped(plain)},
                                                                  {"br", brotli(plain)},
                                                                  {"zstd", zstd(plain)}};
  std::vector<std::string> seeds;
  for (const auto& [coding, body] : bombs) {
    CHECK(body.size() < (1u << 20));
    server.on("/" + coding, [coding = coding, body = body](const Request&) {
      return reply(200, "Content-Type: text/html\r\nContent-Encoding: " + coding + "\r\n", body);
    });
    seeds.push_back(server.url("/" + coding));
  }
  server.on("/seven", [](const Request&) {
    return reply(
        200, "Content-Type: text/html\r\nContent-Encoding: gzip,gzip,gzip,gzip,gzip,gzip,gzip\r\n",
        "x");
  });
  seeds.push_back(server.url("/seven"));
  seeds.insert(seeds.end(), {"--no-robots"});
  SiteCrawl crawl("async", seeds);
  REQUIRE(crawl.wait() == 0);
  for (const auto& [coding, body] : bombs) {
    CAPTURE(coding);
    const Line& line = crawl.lines().at(server.url("/" + coding));
    CHECK(line.at("state").as_string() == "stored");
    CHECK(line.at("fault").as_string() == "decoded too large");
    CHECK(line.at("decoded_size").as_int64() <= (64 << 20));
  }
  CHECK(crawl.lines().at(server.url("/seven")).at("fault").is_string());
  CHECK(crawl.quarantined() == 0);
  if (!kIsSanitized) CHECK(peak_megabytes(crawl) < 400);
}

TEST_CASE("a part of a page, and an archive of gigabytes that calls itself a page, are no pages") {
  TestServer server;
  server.on("/part", [](const Request&) {
    return reply(206,
                 "Content-Type: multipart/byteranges; boundary=x\r\nContent-Range: bytes 0-1/2\r\n",
                 "--x\r\n\r\n<a href=/html/a>");
  });
  const std::string declared =
      std::string(kOk) + "Content-Type: text/html\r\nContent-Length: 2147483648\r\n\r\nPK\x03\x04";
  server.on("/archive", [declared](const Request&) {
    return RawReply{{{declared}, {std::string(64'000, 'z'), {}, true}}, End::kClose};
  });
  SiteCrawl crawl(engine(), {server.url("/part"), server.url("/archive"), "--no-robots",
                             "--retries", "0", "--max-body", "1M"});
  REQUIRE(crawl.wait() == 8);
  CHECK(crawl.error(server.url("/part")) == "http 206");
  CHECK(crawl.error(server.url("/archive")) == "too large");
  CHECK(crawl.lines().at(server.url("/archive")).at("size").as_int64() == (1 << 20));
  CHECK(crawl.report().at("received_bytes").to_number<std::int64_t>() < (4 << 20));
}

TEST_CASE("a robots.txt that never comes forbids its own host and holds up no other") {
  TestServer server;
  server.on("/robots.txt", [](const Request& request) {
    if (request.host.starts_with("silent"))
      return RawReply{{{"", std::chrono::milliseconds(60'000)}}, End::kClose};
    return reply(404, "", "");
  });
  SiteCrawl crawl(engine(), {"http://silent.test/html/a", "http://fine.test/html/b", "--connect-to",
                             server.connect_to(), "--timeout", "300ms", "--retries", "0"});
  REQUIRE(crawl.wait() == 0);
  CHECK(crawl.state("http://fine.test/html/b") == "stored");
  CHECK(count_of(crawl, "disallowed") == 1);
  CHECK(server.requests_of("/html/a") == 0);
}

TEST_CASE("redirects in circles and without end stop, each URL asked for once") {
  TestServer server;
  server.on("/need-cookie", [](const Request&) {
    return reply(302, "Location: /set-cookie\r\nSet-Cookie: seen=1; Path=/\r\n", "");
  });
  server.on("/set-cookie", [](const Request& request) {
    return request.header("Cookie").empty() ? redirect(302, "/need-cookie") : html("in");
  });
  SiteCrawl crawl(engine(), {server.url("/loop/a"), server.url("/need-cookie"),
                             server.url("/redirect/1000"), "--no-robots"});
  crawl.wait();
  CHECK(server.requests().size() == 2 + 2 + 21);
  CHECK(crawl.state(server.url("/loop/a")) == "duplicate");
  CHECK(crawl.state(server.url("/loop/b")) == "duplicate");
  CHECK(crawl.state(server.url("/redirect/980")) == "duplicate");
  CHECK(crawl.state(server.url("/redirect/979")).empty());
  CHECK(count_of(crawl, "excluded") == 1);
  CHECK(count_of(crawl, "stored") == 0);
  crawl.check_books();
}

TEST_CASE("a redirect or a refresh to another scheme is excluded, and nothing is opened") {
  TestServer server;
  const std::vector<std::string> targets = {"file:///etc/passwd", "gopher://127.0.0.1:1/_x",
                                            "ftp://127.0.0.1/", "data:text/html,x",
                                            "javascript:alert(1)"};
  std::vector<std::string> words;
  for (std::size_t i = 0; i < targets.size(); ++i) {
    const std::string to = targets[i];
    const std::string n = std::to_string(i);
    server.on("/location/" + n, [to](const Request&) { return redirect(302, to); });
    server.on("/refresh/" + n,
              [to](const Request&) { return reply(200, "Refresh: 0;url=" + to + "\r\n", "x"); });
    server.on("/meta/" + n, [to](const Request&) {
      return html("<meta http-equiv=refresh content='0;url=" + to + "'>");
    });
    for (const char* kind : {"/location/", "/refresh/", "/meta/"})
      words.push_back(server.url(kind + n));
  }
  words.insert(words.end(), {"--no-robots", "--scope", "any", "--per-host", "4"});
  SiteCrawl crawl(engine(), words);
  REQUIRE(crawl.wait() == 0);
  CHECK(reason_count(crawl, "excluded", "scheme") == static_cast<std::int64_t>(targets.size()));
  CHECK(server.requests().size() == 3 * targets.size());
  CHECK(crawl.file("warc/00000.warc").find("root:") == std::string::npos);
  for (std::size_t i = 0; i < targets.size(); ++i) {
    const std::string location = server.url("/location/" + std::to_string(i));
    CHECK(crawl.state(location) == "duplicate");
    CHECK(server.requests_of("/location/" + std::to_string(i)) == 1);
  }
  crawl.check_books();
}

TEST_CASE(
    "private addresses in every disguise are refused wherever they are named: page, redirect, "
    "robots.txt, sitemap") {
  TestServer inner(TestServer::Options{"127.0.0.2"});
  TestServer server;
  const std::string port = std::to_string(inner.port());
  const std::vector<std::string> hosts = {
      "127.0.0.2", "[::ffff:127.0.0.2]", "[64:ff9b::7f00:2]", "2130706434", "0x7f.2", "0177.0.0.2",
      "127.2",     "[::127.0.0.2]"};
  std::vector<std::string> words;
  std::string front;
  std::size_t n = 0;
  for (const std::string& host : hosts) {
    const std::string inside = "http://" + host + ":" + port;
    const std::string name = fmt::format("h{}.test", n);
    server.on(fmt::format("/away/{}", n), [inside, n](const Request&) {
      return redirect(307, inside + "/html/" + std::to_string(n));
    });
    front += fmt::format("<a href='{}/html/direct'>x</a><a href=/away/{}>x</a>", inside, n);
    words.insert(words.end(), {"http://" + name + "/html/a", "--sitemap=http://" + name + "/map"});
    ++n;
  }
  server.on("/front", [front](const Request&) { return html(front); });
  server.on("/robots.txt", [=](const Request& request) {
    if (!request.host.starts_with("h")) return reply(404, "", "");
    return redirect(302, "http://" + hosts[static_cast<std::size_t>(request.host[1] - '0')] + ":" +
                             port + "/robots.txt");
  });
  SECTION("robots.txt") {
    words.insert(words.end(), {"--connect-to", ":80:127.0.0.1:" + std::to_string(server.port()),
                               "--retries", "0"});
    SiteCrawl crawl(engine(), words);
    crawl.wait();
    CHECK(count_of(crawl, "disallowed") == static_cast<std::int64_t>(hosts.size()));
    CHECK(server.requests_of("/map") == 0);
  }
  SECTION("page and sitemap") {
    server.on("/map", [=](const Request& request) {
      return redirect(302, "http://" + hosts[static_cast<std::size_t>(request.host[1] - '0')] +
                               ":" + port + "/map");
    });
    words.insert(words.end(), {"http://front.test/front", "--connect-to",
                               ":80:127.0.0.1:" + std::to_string(server.port()), "--no-robots",
                               "--scope", "any", "--retries", "0"});
    SiteCrawl crawl(engine(), words);
    REQUIRE(crawl.wait() == 0);
    std::size_t refused = 0;
    for (const auto& [url, line] : crawl.lines())
      refused += crawl.error(url) == "address refused" ? 1 : 0;
    CHECK(refused >= 6);  // four ways to write one address are one URL
    CHECK(crawl.report().at("sitemaps").at("failed").as_int64() ==
          static_cast<std::int64_t>(hosts.size()));
  }
  CHECK(inner.connections() == 0);
}

TEST_CASE(
    "credentials given with -H go to the seeds' origins and to no other, whoever redirects or "
    "links there") {
  TestServer server;
  server.on("/start", [](const Request&) {
    return redirect(302, "http://evil.test/html/a?links=/html/b,http://seed.test/html/c");
  });
  server.on("/robots.txt", [](const Request& request) {
    return request.host == "seed.test" ? redirect(302, "http://robots.test/robots.txt")
                                       : reply(404, "", "");
  });
  SiteCrawl crawl(
      engine(), {"http://seed.test/start", "http://seed.test/html/a", "--connect-to",
                 server.connect_to(), "--scope", "any", "-H", "Authorization: Bearer s3cret", "-H",
                 "Cookie: id=s3cret", "-H", "X-Api-Key: s3cret", "-H", "X-Plain: yes"});
  REQUIRE(crawl.wait() == 0);
  std::size_t with = 0;
  std::size_t without = 0;
  for (const Request& request : server.requests()) {
    CAPTURE(request.host, request.target);
    CHECK(request.header("X-Plain") == "yes");
    const bool is_seed = request.host == "seed.test";
    ++(is_seed ? with : without);
    CHECK(request.header("Authorization") == (is_seed ? "Bearer s3cret" : ""));
    CHECK(request.header("Cookie") == (is_seed ? "id=s3cret" : ""));
    CHECK(request.header("X-Api-Key") == (is_seed ? "s3cret" : ""));
  }
  CHECK(with >= 4);
  CHECK(without >= 4);
  CHECK(crawl.file("crawl.toml").find("s3cret") == std::string::npos);
  run_program({"fetch", server.url("/echo"), "--allow-net", "127.0.0.1/32", "-H",
               "Authorization: for this one"});
  CHECK(server.requests().back().header("Authorization") == "for this one");
}

TEST_CASE("a Location is one URL whatever it holds") {
  TestServer server;
  const std::vector<std::pair<std::string, std::string>> cases = {
      {"", ""},                  // no redirect at all
      {"/to/a b", "/to/a%20b"},  //
      {"/to/%0d%0aX-Forged:%20y", "/to/%0d%0aX-Forged:%20y"},
      {"/to/\xC3\xA4\xFF", "/to/%C3%A4%FF"},  // as they came
      {"\t/to/tab\tbed ", "/to/tabbed"},
      {"/to/x\"<>`{}|\\^", "/to/x%22%3C%3E%60%7B%7D|/%5E"},
      {"/" + std::string(5'000, 'x'), ""}};
  std::vector<std::string> words;
  for (std::size_t i = 0; i < cases.size(); ++i) {
    server.on("/from/" + std::to_string(i),
              [to = cases[i].first](const Request&) { return redirect(302, to); });
    words.push_back(server.url("/from/" + std::to_string(i)));
  }
  server.on("/to/*", [](const Request&) { return html("there"); });
  words.push_back("--no-robots");
  SiteCrawl crawl(engine(), words);
  CHECK(crawl.wait() == 0);
  for (std::size_t i = 0; i < cases.size(); ++i) {
    CAPTURE(cases[i].first);
    const std::string from = server.url("/from/" + std::to_string(i));
    if (cases[i].second.empty()) {
      CHECK(crawl.state(from) == "failed");
    } else {
      CHECK(crawl.lines().at(from).at("duplicate_of").as_string() == server.url(cases[i].second));
    }
  }
  for (const Request& request : server.requests()) CHECK(request.header("X-Forged").empty());
  crawl.check_books();
}

TEST_CASE(
    "pages that refresh to each other, and pages that link on for ever, end by depth, and other "
    "hosts are done") {
  TestServer server;
  server.on("/refresh/a",
            [](const Request&) { return html("<meta http-equiv=refresh content='0;url=b'>"); });
  server.on("/refresh/b",
            [](const Request&) { return html("<meta http-equiv=refresh content='0;url=a'>"); });
  const auto next = [](const Request& request) {
    return std::stoul("0" + std::string(request.parameter("n"))) + 1;
  };
  server.on("/calendar", [next](const Request& r) {
    return html(fmt::format("<a href='/calendar?n={}'>next month</a>", next(r)));
  });
  server.on("/session*", [next](const Request& r) {
    return html(fmt::format("<a href='/session;jsessionid={0:08x}?n={0}'>x</a>", next(r)));
  });
  server.on("/deeper/*", [](const Request&) { return html("<a href='a/b/'>x</a>"); });
  server.on("/same/*", [](const Request& r) {
    return html(fmt::format("<p>not found<a href='/same/{}x'>x</a>", r.path().size()));
  });
  SiteCrawl crawl(engine(),
                  {"http://a.test/refresh/a", "http://b.test/calendar", "http://c.test/session",
                   "http://d.test/deeper/", "http://e.test/same/", "http://f.test/html/last",
                   "--connect-to", server.connect_to(), "--no-robots", "--depth", "30"});
  REQUIRE(crawl.wait() == 0);
  CHECK(crawl.state("http://f.test/html/last") == "stored");
  CHECK(server.requests_of("/refresh/a") == 1);
  CHECK(server.requests_of("/calendar") == 31);
  CHECK(server.requests().size() <= 2 + 4 * 31 + 1);
  CHECK(count_of(crawl, "pending") == 0);
  SiteCrawl bounded(
      engine(), {"http://b.test/calendar", "http://f.test/html/last", "--connect-to",
                 server.connect_to(), "--no-robots", "--depth", "inf", "--limit-per-host", "50"});
  REQUIRE(bounded.wait() == 0);
  CHECK(count_of(bounded, "stored") == 51);
  CHECK(count_of(bounded, "over budget") == 1);
}

TEST_CASE(
    "a million links, a URL of a megabyte, a path of 5,000 segments and 100,000 parameters are "
    "bounded and counted") {
  TestServer server;
  std::string many;
  const int links = kIsSanitized ? 60'000 : 400'000;
  for (int i = 0; i < links; ++i) many += fmt::format("<a href=/{}>", i);
  server.on("/many", [many](const Request&) { return html(many); });
  server.on("/long", [](const Request&) {
    return html(links_to({"/" + std::string(1u << 20, 'x'), "/" + repeated("a/", 5'000),
                          "/?" + repeated("a=b&", 100'000)}));
  });
  SiteCrawl crawl("async", {server.url("/many"), server.url("/long"), "--no-robots", "--depth", "1",
                            "--limit-per-host", "10"});
  REQUIRE(crawl.wait() == 0);
  CHECK(crawl.lines().at(server.url("/many")).at("links_cut").as_bool());
  CHECK(crawl.lines().at(server.url("/many")).at("links_count").as_int64() == 50'000);
  CHECK(crawl.lines().at(server.url("/long")).at("links_too_long").as_int64() == 3);
  CHECK(count_of(crawl, "discovered") == 50'002);
  if (!kIsSanitized) CHECK(peak_megabytes(crawl) < 400);
  crawl.check_books();
}

TEST_CASE("one page under many spellings is asked for once") {
  TestServer server;
  const std::string port = std::to_string(server.port());
  std::string front;
  for (const std::string host :
       {"site.test", "SITE.test", "%73ite.test", "site\xEF\xBC\x8Etest", "s\tite.test"}) {
    for (const std::string at : {"", ":80", ":", ":0080"}) {
      for (const std::string path : {"/page/ab", "/page/a%62", "/page/%61%62", "/page/./ab",
                                     "/page/x/../ab", "/page/%2e/ab#x", "\\page\\ab"})
        front += "<a href='http://" + host + at + path + "'>x</a>";
    }
  }
  server.on("/front", [front](const Request&) { return html(front); });
  server.on("/page/*", [](const Request&) { return html("page"); });
  SiteCrawl crawl(engine(),
                  {"http://site.test/front", "--connect-to", server.connect_to(), "--no-robots"});
  REQUIRE(crawl.wait() == 0);
  CHECK(crawl.lines().size() == 2);
  CHECK(server.requests().size() == 2);
  CHECK(crawl.state("http://site.test/page/ab") == "stored");
}

TEST_CASE(
    "many names of one domain are out of scope by default, and within a domain bounded by what "
    "they lead to") {
  TestServer server;
  server.on("/front", [](const Request&) {
    std::string names;
    for (int i = 0; i < 20'000; ++i) names += fmt::format("<a href=http://n{}.site.test/>x</a>", i);
    return html(names);
  });
  SiteCrawl crawl("async",
                  {"http://site.test/front", "--connect-to", server.connect_to(), "--no-robots"});
  REQUIRE(crawl.wait() == 0);
  CHECK(server.requests().size() == 1);
  CHECK(reason_count(crawl, "excluded", "scope") == 20'000);
  if (!kIsSanitized) CHECK(peak_megabytes(crawl) < 200);
}

TEST_CASE(
    "documents that nest, repeat or are long without measure are read or set aside, and the next "
    "page comes out") {
  TestServer server;
  const std::vector<std::pair<std::string, std::string>> documents = {
      {"/div", repeated("<div>", 10'000)},
      {"/bi", repeated("<b><i>", 10'000)},
      {"/attribute", "<p title='" + std::string(15u << 20, 'x') + "'>"},
      {"/nul", repeated(std::string(9, '\0') + "<p>", 200'000)},
      {"/table", repeated("<table><tr><td>", 50'000)},
      {"/select", repeated("<select>", 50'000)},
      {"/svg", repeated("<svg>", 5'000)},
      {"/template", repeated("<template>", 5'000)},
      {"/formatting", repeated("<a><p>", 2'000)}};
  std::vector<std::string> words;
  for (const auto& [path, body] : documents) {
    server.on(path, [body = body](const Request&) {
      return html("<title>x</title><a href=/html/found>x</a>" + body);
    });
    words.push_back(server.url(path));
  }
  const std::string parser = GENERATE(as<std::string>(), "scan", "gumbo");
  CAPTURE(parser);
  words.insert(words.end(), {"--no-robots", "--per-host", "4", "--parser", parser});
  SiteCrawl crawl("async", words);
  REQUIRE(crawl.wait() == 0);
  CHECK(crawl.state(server.url("/html/found")) == "stored");
  if (parser == "scan") CHECK(crawl.quarantined() == 0);
  for (const auto& [path, body] : documents) {
    CAPTURE(path);
    const std::string error = crawl.error(server.url(path));
    CHECK((error.empty() || error.starts_with("quarantined: ")));
  }
  for (const char* path : {"/div", "/bi", "/attribute", "/table", "/select"})
    CHECK(crawl.state(server.url(path)) == "stored");
  CHECK(crawl.report().at("peak_memory_bytes").at("worker").to_number<std::int64_t>() <=
        (512 << 20));
  crawl.check_books();
}

TEST_CASE("no file is named by a site, whatever it calls its pages") {
  TestServer server;
  server.on("/*", [](const Request&) {
    return reply(
        200,
        "Content-Type: text/html\r\nContent-Disposition: attachment; filename=\"../../forged\"\r\n"
        "Content-Location: ../../forged\r\n",
        links_to({"/..%2f..%2fforged", "/..%5cforged", "/CON", "/.htaccess", "/%00", "//etc/passwd",
                  "/a/../../forged"}));
  });
  const Folder folder;
  const std::string out = folder.path("out");
  const Ended ended =
      run_program({"crawl", server.url("/front"), "-o", out, "--no-robots", "--delay", "0",
                   "--allow-net", "127.0.0.1/32", "--depth", "1", "-w", "1", "-q"});
  REQUIRE(ended.code == 0);
  CHECK(server.requests().size() == 7);
  std::vector<std::string> files;
  for (const auto& entry : std::filesystem::recursive_directory_iterator(folder.path(""))) {
    const std::string name = std::filesystem::relative(entry.path(), out);
    if (entry.is_regular_file() && !name.starts_with("ledger/"))
      files.push_back(name);  // RocksDB's are numbers and a few words
  }
  std::sort(files.begin(), files.end());
  CHECK(files == std::vector<std::string>{"crawl.toml", "pages.jsonl", "report.json", "seeds.txt",
                                          "warc/00000.warc"});
}

TEST_CASE(
    "a sitemap that lists itself, and a robots.txt that is one long list of sitemaps, are read "
    "once and bounded") {
  TestServer server;
  const auto index = [](const Request&) {
    return reply(200, "Content-Type: text/xml\r\n",
                 "<sitemapindex><sitemap><loc>/a.xml</loc></sitemap><sitemap><loc>/b.xml</loc></"
                 "sitemap></sitemapindex>");
  };
  server.on("/a.xml", index);
  server.on("/b.xml", index);
  std::string robots;
  for (int i = 0; i < 5'000; ++i)
    robots += "Sitemap: /x/../a.xml\nSitemap: /a.xml#" + std::to_string(i) + "\n";
  server.set_robots("", robots);
  SiteCrawl crawl(engine(), {server.url("/html/front"), "--sitemap"});
  REQUIRE(crawl.wait() == 0);
  CHECK(server.requests_of("/a.xml") == 1);
  CHECK(server.requests_of("/b.xml") == 1);
  CHECK(crawl.state(server.url("/html/front")) == "stored");
}
