// The programs end to end: build/scraper crawls the test server, and what is on disk afterwards is
// what a computation says.
#include <algorithm>
#include <atomic>
#include <memory>

#include "tests/catch.h"
#include "tests/crawl/site.h"
#include "tests/support/bomb.h"
#include "tests/support/encodings.h"
#include "tests/support/graph.h"

using namespace scraper;
using namespace scraper::test;

namespace {

std::string engine() { return GENERATE(as<std::string>(), "threads", "async"); }

void check_same_lines(SiteCrawl& one, SiteCrawl& other) {
  REQUIRE(one.lines().size() == other.lines().size());
  for (const auto& [url, line] : one.lines()) {
    CAPTURE(url);
    REQUIRE(other.lines().contains(url));
    CHECK(boost::json::serialize(without_run_fields(line)) ==
          boost::json::serialize(without_run_fields(other.lines().at(url))));
  }
  CHECK(boost::json::serialize(one.report().at("urls")) ==
        boost::json::serialize(other.report().at("urls")));
}

}  // namespace

TEST_CASE(
    "a computed graph: the stored set, every state and every depth are what follows from the "
    "numbers") {
  constexpr unsigned kSize = 400;
  TestServer server;
  SiteCrawl crawl(engine(),
                  {server.url(graph_path(0, kSize)), "--depth", "inf", "--per-host", "16"});
  REQUIRE(crawl.wait() == 0);
  const auto depths = graph_depths(kSize);
  CHECK(crawl.lines().size() == depths.size());
  for (const auto& [n, depth] : depths) {
    const std::string url = server.url(graph_path(n, kSize));
    CAPTURE(url);
    REQUIRE(crawl.lines().contains(url));
    const Line& line = crawl.lines().at(url);
    CHECK(line.at("depth").as_int64() == depth);
    const GraphKind kind = graph_kind(n);
    CHECK(crawl.state(url) == (kind == GraphKind::kPage       ? "stored"
                               : kind == GraphKind::kRedirect ? "duplicate"
                                                              : "failed"));
    CHECK(crawl.error(url) == (kind == GraphKind::kMissing ? "http 404" : ""));
    CHECK(server.requests_of("/graph/" + std::to_string(n)) == 1);
  }
  crawl.check_books();
}

TEST_CASE(
    "both engines and all four hand-offs give the same lines, run fields aside, whatever the order "
    "of answers") {
  TestServer server;
  server.on("/bomb", [body = bomb()](const Request&) { return html(body); });
  const std::vector<std::string> common = {server.url("/graph/0?size=300&slow=40"),
                                           server.url("/html/b?links=/bomb"),
                                           "--depth",
                                           "4",
                                           "--per-host",
                                           "16",
                                           "--links",
                                           "--text",
                                           "--parser",
                                           "gumbo"};
  const auto crawl_by = [&](const std::string& engine, const std::string& handoff) {
    std::vector<std::string> options = common;
    options.insert(options.end(), {"--handoff", handoff});
    return std::make_unique<SiteCrawl>(engine, options, std::vector<std::string>{kLowCpuLimit});
  };
  const auto first = crawl_by("threads", "file");
  REQUIRE(first->wait() == 0);
  first->check_books();
  CHECK(first->lines().size() > 100);
  CHECK(first->error(server.url("/bomb")) == "quarantined: cpu limit");
  for (const std::string engine : {"threads", "async"}) {
    for (const std::string handoff : {"file", "pipe", "shm", "inline"}) {
      CAPTURE(engine, handoff);
      const auto other = crawl_by(engine, handoff);
      REQUIRE(other->wait() == 0);
      check_same_lines(*first, *other);
      other->check_books();
      CHECK(other->quarantined() == 1);
      CHECK(other->report().at("handoff").as_string() == handoff);
      CHECK((other->err().find(" s program, of which ") != std::string::npos) ==
            (handoff == "inline"));
      CHECK(other->file("quarantine/00000.json").find("\"attempts\":2") != std::string::npos);
    }
  }
}

TEST_CASE("bodies that no memory was left for are read from the archive, by every hand-off") {
  TestServer server;
  const std::vector<std::string> options = {
      server.url(graph_path(0, 100)), "--depth", "inf", "--per-host", "8", "--text"};
  SiteCrawl plain(engine(), options);
  REQUIRE(plain.wait() == 0);
  for (const std::string handoff : {"file", "pipe", "shm", "inline"}) {
    CAPTURE(handoff);
    std::vector<std::string> tight = options;
    tight.insert(tight.end(), {"--body-memory", "0", "--handoff", handoff});
    SiteCrawl crawl(engine(), tight);
    REQUIRE(crawl.wait() == 0);
    check_same_lines(plain, crawl);
    crawl.check_books();
  }
}

TEST_CASE(
    "a shortcut found late lowers depths, in lines already written too, and what depth had cut is "
    "crawled") {
  TestServer server;
  server.hold("/shortcut/slow");
  SiteCrawl crawl(engine(), {server.url("/shortcut/start"), "--depth", "6", "--per-host", "4"});
  REQUIRE(server.wait_for("/shortcut/x"));
  server.release("/shortcut/slow");
  REQUIRE(crawl.wait() == 0);
  const auto depth = [&](const std::string& path) {
    return crawl.lines().at(server.url(path)).at("depth").as_int64();
  };
  CHECK(depth("/shortcut/x") == 2);
  CHECK(depth("/shortcut/after/4") == 6);
  CHECK(crawl.state(server.url("/shortcut/after/5")).empty());
  crawl.check_books();
}

TEST_CASE("robots.txt comes first and what it forbids is never asked for") {
  TestServer server;
  server.set_robots("127.0.0.1", "User-agent: *\nDisallow: /html/secret\n");
  SiteCrawl crawl(engine(), {server.url("/html/front?links=/html/open,/html/secret")});
  REQUIRE(crawl.wait() == 0);
  CHECK(server.requests().front().path() == "/robots.txt");
  CHECK(server.requests_of("/robots.txt") == 1);
  CHECK(server.requests_of("/html/secret") == 0);
  CHECK(crawl.state(server.url("/html/open")) == "stored");
  CHECK(crawl.report().at("urls").at("disallowed").as_int64() == 1);
}

TEST_CASE("a robots.txt that cannot be had forbids everything, one that is not there nothing") {
  TestServer server;
  server.set_robots("127.0.0.1", "", 503);
  SiteCrawl forbidden(engine(), {server.url("/html/a"), "--retries", "0"});
  forbidden.wait();
  CHECK(server.requests_of("/html/a") == 0);
  CHECK(forbidden.report().at("urls").at("disallowed").as_int64() == 1);
  SiteCrawl ignored("threads", {server.url("/html/a"), "--no-robots"});
  CHECK(ignored.wait() == 0);
  CHECK(ignored.state(server.url("/html/a")) == "stored");
}

TEST_CASE(
    "an address that was not allowed is refused on the way of a redirect and never connected to") {
  TestServer inner(TestServer::Options{"127.0.0.2"});
  TestServer server;
  const std::string secret = "http://127.0.0.2:" + std::to_string(inner.port()) + "/html/secret";
  server.on("/out", [secret](const Request&) { return redirect(302, secret); });
  server.on("/front", [secret](const Request&) {
    return html("<a href=/out>x</a><a href='" + secret + "2'>y</a>");
  });
  SiteCrawl crawl(engine(), {server.url("/front"), "--scope", "any"});
  REQUIRE(crawl.wait() == 0);
  CHECK(inner.connections() == 0);
  // robots.txt of that host cannot be had either, so nothing of it may be asked for.
  CHECK(crawl.report().at("urls").at("disallowed").as_int64() == 2);
  SiteCrawl bold(engine(), {server.url("/front"), "--scope", "any", "--no-robots"});
  REQUIRE(bold.wait() == 0);
  CHECK(inner.connections() == 0);
  CHECK(bold.error(secret) == "address refused");
  bold.check_books();
}

TEST_CASE(
    "answers that are cut, broken or no HTTP are failures with their reason, and the crawl goes "
    "on") {
  TestServer server;
  const std::vector<std::pair<std::string, std::string>> cases = {
      {"/status/404", "http 404"},
      {"/status/500", "http 500"},
      {"/drop", "reset"},
      {"/reset", "reset"},
      {"/partial", "truncated"},
      {"/endless", "too large"},
      {"/two-lengths", "protocol"},
      {"/http09", "protocol"},
      {"/length-and-chunked", "protocol"},
      {"/bad-status", "protocol"},
      {"/loop/self", "redirect loop"},
      {"/endless-headers", "head too large"},
      {"/bytes/300000", "too large"}};
  server.on("/loop/self", [](const Request&) { return redirect(302, "/loop/self"); });
  std::string front;
  for (const auto& [path, reason] : cases) front += "<a href='" + path + "'>x</a>";
  server.on("/front",
            [front](const Request&) { return html(front + "<a href=/html/good>good</a>"); });
  SiteCrawl crawl(
      engine(), {server.url("/front"), "--retries", "0", "--max-body", "256K", "--per-host", "4"});
  REQUIRE(crawl.wait() == 0);
  for (const auto& [path, reason] : cases) {
    CAPTURE(path);
    CHECK(crawl.error(server.url(path)) == reason);
  }
  CHECK(crawl.state(server.url("/html/good")) == "stored");
  CHECK(crawl.lines().at(server.url("/bytes/300000")).at("truncated").as_bool());
  crawl.check_books();
}

TEST_CASE(
    "a document that hurts workers is set aside with the command that reproduces it, and the crawl "
    "goes on") {
  TestServer server;
  server.on("/bomb", [body = bomb()](const Request&) { return html(body); });
  server.on("/front",
            [](const Request&) { return html("<a href=/bomb>b</a><a href=/html/good>g</a>"); });
  SiteCrawl crawl(engine(), {server.url("/front"), "--per-host", "4", "--parser", "gumbo"},
                  {kLowCpuLimit});
  REQUIRE(crawl.wait() == 0);
  CHECK(crawl.error(server.url("/bomb")) == "quarantined: cpu limit");
  CHECK(crawl.state(server.url("/html/good")) == "stored");
  CHECK(crawl.quarantined() == 1);
  CHECK(crawl.file("quarantine/00000.json").find("--record ") != std::string::npos);
  CHECK(crawl.file("quarantine/00000.json").find(" --parser gumbo\"") != std::string::npos);
  crawl.check_books();
}

TEST_CASE("option --limit is exact, and what it leaves is pending") {
  TestServer server;
  SiteCrawl crawl(engine(), {server.url(graph_path(0, 300)), "--depth", "inf", "--per-host", "16",
                             "--limit", "37"});
  REQUIRE(crawl.wait() == 0);
  CHECK(crawl.report().at("urls").at("stored").as_int64() == 37);
  CHECK(crawl.report().at("urls").at("pending").as_int64() > 0);
  CHECK(crawl.report().at("ended").as_string() == "limit");
  crawl.check_books();
}

TEST_CASE("option --max-time ends the crawl although a transfer hangs") {
  TestServer server;
  server.hold("/html/held");
  SiteCrawl crawl(engine(),
                  {server.url("/html/front?links=/html/held"), "--no-robots", "--max-time", "1s"});
  REQUIRE(crawl.ends_within(std::chrono::seconds(15)));
  CHECK(crawl.wait() == 0);
  CHECK(crawl.report().at("ended").as_string() == "max-time");
  CHECK(crawl.report().at("urls").at("pending").as_int64() == 1);
  crawl.check_books();
}

TEST_CASE("a 503 with Retry-After is asked again, not before its time") {
  TestServer server;
  const auto asked = std::make_shared<std::atomic<unsigned>>(0);
  server.on("/busy", [asked](const Request&) {
    return ++*asked == 1 ? reply(503, "Retry-After: 1\r\n", "later") : html("now");
  });
  SiteCrawl crawl(engine(), {server.url("/busy")});
  REQUIRE(crawl.wait() == 0);
  CHECK(crawl.state(server.url("/busy")) == "stored");
  CHECK(crawl.lines().at(server.url("/busy")).at("attempts").as_int64() == 2);
  std::vector<std::chrono::steady_clock::time_point> starts;
  for (const auto& request : server.requests()) {
    if (request.path() == "/busy") starts.push_back(request.start);
  }
  REQUIRE(starts.size() == 2);
  CHECK(starts[1] - starts[0] >= std::chrono::milliseconds(990));
}

TEST_CASE("a delay is kept from start to start, and --per-host is never exceeded") {
  TestServer server;
  SiteCrawl crawl(engine(), {server.url("/html/a?links=/html/b,/html/c"), "--delay", "300ms"});
  REQUIRE(crawl.wait() == 0);
  const auto requests = server.requests();
  REQUIRE(requests.size() == 4);
  // At the server, so with what a busy machine adds on the way; the frontier's own tests have it to
  // the nanosecond.
  for (std::size_t i = 1; i < requests.size(); ++i)
    CHECK(requests[i].start - requests[i - 1].start >= std::chrono::milliseconds(150));
  SiteCrawl wide(engine(), {server.url("/graph/0?size=200&slow=20"), "--per-host", "3"});
  REQUIRE(wide.wait() == 0);
  CHECK(server.most_at_once() <= 3);
  CHECK(server.most_at_once() >= 2);
}

TEST_CASE("where a seed redirects to another host, that host counts as the seed") {
  TestServer server;
  server.on("/start", [](const Request&) {
    return redirect(301, "http://www.site.test/html/home?links=/html/next");
  });
  SiteCrawl crawl(engine(), {"http://site.test/start", "--connect-to", server.connect_to()});
  REQUIRE(crawl.wait() == 0);
  CHECK(crawl.state("http://site.test/start") == "duplicate");
  CHECK(crawl.state("http://www.site.test/html/next") == "stored");
}

TEST_CASE("option --follow names the kinds of links that are followed") {
  TestServer server;
  server.on("/front", [](const Request&) {
    return html("<a href=/html/a>x</a><img src=/html/b><link rel=stylesheet href=/html/c>");
  });
  SECTION("by default pages") {
    SiteCrawl crawl(engine(), {server.url("/front"), "--no-robots", "--links"});
    REQUIRE(crawl.wait() == 0);
    CHECK(crawl.state(server.url("/html/a")) == "stored");
    CHECK(crawl.lines().size() == 2);
    CHECK(crawl.lines().at(server.url("/front")).at("links").as_array().size() == 3);
  }
  SECTION("others when asked for, and no others") {
    SiteCrawl crawl(engine(), {server.url("/front"), "--no-robots", "--follow", "image,style"});
    REQUIRE(crawl.wait() == 0);
    CHECK(crawl.state(server.url("/html/a")).empty());
    CHECK(crawl.state(server.url("/html/b")) == "stored");
    CHECK(crawl.state(server.url("/html/c")) == "stored");
    CHECK(crawl.lines().at(server.url("/front")).at("links_count").as_int64() == 2);
    crawl.check_books();
  }
}

TEST_CASE(
    "both parsers give the same lines, and the scanner reads what nobody said who is to read") {
  TestServer server;
  server.on("/front", [](const Request&) {
    return html(
        "<!doctype html><html lang=en><title>A &amp; B</title><meta name=description "
        "content='d'><base href=/html/>"
        "<p>text<a href=a>1</a><table><tr><a href=b>2</a></table><svg><a "
        "xlink:href=c>3</a></svg><template><a href=no>x</a>"
        "</template><iframe srcdoc='&lt;a href=d>4&lt;/a>'></iframe>");
  });
  const std::string which = engine();
  const std::vector<std::string> common = {server.url("/front"), server.url(graph_path(0, 60)),
                                           "--no-robots", "--links", "--text"};
  const auto with_parser = [&](const char* parser) {
    std::vector<std::string> options = common;
    options.insert(options.end(), {"--parser", parser});
    return options;
  };
  SiteCrawl tree(which, with_parser("gumbo"));
  SiteCrawl scanned(which, with_parser("scan"));
  REQUIRE(tree.wait() == 0);
  REQUIRE(scanned.wait() == 0);
  for (const char* name : {"a", "b", "c", "d"})
    CHECK(scanned.state(server.url(std::string("/html/") + name)) == "stored");
  CHECK(scanned.state(server.url("/html/no")).empty());
  check_same_lines(tree, scanned);
  SiteCrawl unsaid(which, common);
  SiteCrawl decided(which, with_parser("auto"));
  for (SiteCrawl* one : {&unsaid, &decided}) {
    REQUIRE(one->wait() == 0);
    CHECK(one->report().at("parser").as_string() == "scan");
    CHECK(one->file("crawl.toml").find("parser = \"scan\"\n") != std::string::npos);
    check_same_lines(scanned, *one);
  }
  CHECK(tree.report().at("parser").as_string() == "gumbo");
  CHECK(tree.file("crawl.toml").find("parser = \"gumbo\"\n") != std::string::npos);
}

TEST_CASE("a document that gumbo takes too long for is a page like any other to the scanner") {
  TestServer server;
  server.on("/bomb", [body = bomb()](const Request&) {
    return html("<a href=/html/found>f</a>" + body + "<title>t</title>");
  });
  SiteCrawl crawl(engine(), {server.url("/bomb"), "--no-robots", "--text"});
  REQUIRE(crawl.wait() == 0);
  CHECK(crawl.state(server.url("/bomb")) == "stored");
  CHECK(crawl.lines().at(server.url("/bomb")).at("title").as_string() == "t");
  CHECK(crawl.state(server.url("/html/found")) == "stored");
  CHECK(crawl.quarantined() == 0);
  crawl.check_books();
}

TEST_CASE("sitemaps that robots.txt names are read, and what they list is crawled") {
  TestServer server;
  const std::string named = server.url("/index.xml");
  server.set_robots("", "User-agent: *\nDisallow: /closed\nSitemap: " + named +
                            "\nSitemap: /closed.xml\nSitemap: /missing.xml\n");
  server.on("/index.xml", [](const Request&) {
    return reply(200, "Content-Type: text/xml\r\n",
                 "<sitemapindex><sitemap><loc>/pages.xml</loc></sitemap><sitemap><loc>/"
                 "list.txt.gz</loc></sitemap>"
                 "<sitemap><loc>/index.xml</loc></sitemap><sitemap><loc>http://elsewhere.test/"
                 "s.xml</loc></sitemap></sitemapindex>");
  });
  server.on("/pages.xml", [](const Request&) {
    return reply(200, "Content-Type: text/xml\r\n",
                 "<urlset><url><loc>/html/listed?links=/html/deeper</loc><lastmod>2026-01-02</"
                 "lastmod><changefreq>daily</changefreq>"
                 "<link rel='alternate' hreflang='de' "
                 "href='/html/de'/></url><url><loc>http://other.test/</loc></url></urlset>");
  });
  const std::string text = server.url("/html/plain") + "\n";
  server.on("/list.txt.gz", [text](const Request&) {
    return reply(200, "Content-Type: application/gzip\r\n", gzipped(text));
  });
  const std::string which = engine();
  const std::string front = server.url("/html/front?links=/html/far,/closed/x");
  SiteCrawl crawl(which, {front, "--sitemap", "--depth", "2"});
  REQUIRE(crawl.wait() == 0);
  crawl.check_books();
  CHECK(crawl.state(server.url("/html/listed?links=/html/deeper")) == "stored");
  CHECK(crawl.state(server.url("/html/deeper")) == "stored");
  CHECK(crawl.state(server.url("/html/plain")) == "stored");
  CHECK(crawl.state(server.url("/html/de")).empty());
  const auto& lines = crawl.lines();
  CHECK(lines.at(server.url("/html/listed?links=/html/deeper")).at("depth").as_int64() == 1);
  CHECK(lines.at(server.url("/html/listed?links=/html/deeper")).at("referrer").as_string() ==
        server.url("/pages.xml"));
  CHECK(lines.at(server.url("/html/deeper")).at("depth").as_int64() == 2);
  CHECK(lines.count(named) == 0);  // a sitemap is no page
  CHECK(server.requests_of("/index.xml") == 1);
  CHECK(server.requests_of("/closed.xml") == 0);
  const auto sitemaps = crawl.report().at("sitemaps").as_object();
  CHECK(sitemaps.at("named").as_int64() == 5);
  CHECK(sitemaps.at("read").as_int64() == 3);
  CHECK(sitemaps.at("failed").as_int64() == 2);
  CHECK(sitemaps.at("left_out").as_int64() == 1);
  const std::string entries = crawl.file("sitemaps.jsonl");
  CHECK(
      entries.find(
          R"("lastmod":"2026-01-02","changefreq":"daily","priority":null,"alternates":[{"lang":"de","url":")" +
          server.url("/html/de")) != std::string::npos);
  CHECK(std::count(entries.begin(), entries.end(), '\n') == 7);
  // Each answer, the robots.txt's too, is in the archive.
  CHECK(crawl.file("warc/00000.warc").find("WARC-Target-URI: " + server.url("/list.txt.gz")) !=
        std::string::npos);
}

TEST_CASE(
    "option --sitemap=URL reads that one, wherever it is and went, and without robots.txt too") {
  TestServer server;
  server.on("/old.xml", [](const Request&) { return redirect(301, "/html/../new.xml"); });
  server.on("/new.xml", [](const Request&) {
    return reply(200, "", "<urlset><url><loc>html/a</loc></url></urlset>");
  });
  server.on("/bad.xml", [](const Request&) { return html("<p>not here"); });
  SiteCrawl crawl(engine(),
                  {server.url("/html/front"), "--no-robots", "--sitemap=" + server.url("/old.xml"),
                   "--sitemap=" + server.url("/bad.xml"), "--sitemap=" + server.url("/drop"),
                   "--retries", "0"});
  REQUIRE(crawl.wait() == 0);
  CHECK(crawl.state(server.url("/html/a")) == "stored");
  const auto sitemaps = crawl.report().at("sitemaps").as_object();
  CHECK(sitemaps.at("read").as_int64() == 1);
  CHECK(sitemaps.at("failed").as_int64() == 2);
  CHECK(crawl.file("crawl.toml").find("sitemap = [") != std::string::npos);
  crawl.check_books();
}

TEST_CASE("without --sitemap no sitemap is asked for") {
  TestServer server;
  server.set_robots("", "Sitemap: /s.xml\n");
  SiteCrawl crawl(engine(), {server.url("/html/front")});
  REQUIRE(crawl.wait() == 0);
  CHECK(server.requests_of("/s.xml") == 0);
  CHECK_FALSE(crawl.has("sitemaps.jsonl"));
}

TEST_CASE("the limits of a document are options, and the lines say where they were met") {
  TestServer server;
  server.on("/front", [](const Request&) {
    return html("<a href=/html/1>x</a><a href=/html/2>x</a><a href=/html/3>x</a><a href='/html/" +
                std::string(100, 'x') + "'>x</a>");
  });
  server.on("/away",
            [](const Request&) { return redirect(302, "/html/" + std::string(100, 'x')); });
  server.on("/head", [](const Request&) {
    return reply(200, "X-Big: " + std::string(3'000, 'x') + "\r\n", "body");
  });
  SiteCrawl crawl(engine(),
                  {server.url("/front"), server.url("/away"), server.url("/head"), "--no-robots",
                   "--max-links", "2", "--max-url", "60", "--max-head", "2K"});
  REQUIRE(crawl.wait() == 0);
  const auto& lines = crawl.lines();
  CHECK(lines.size() == 5);
  CHECK(lines.at(server.url("/front")).at("links_cut").as_bool());
  CHECK(lines.at(server.url("/front")).at("links_too_long").as_int64() == 1);
  CHECK(crawl.error(server.url("/away")) == "redirect too long");
  CHECK(crawl.error(server.url("/head")) == "head too large");
}

TEST_CASE("what pages and links say about being followed and indexed is obeyed as asked") {
  TestServer server;
  server.on("/front", [](const Request&) {
    return html("<a href=/closed>x</a><a href=/html/b rel=nofollow>x</a>");
  });
  server.on("/closed", [](const Request&) {
    return html("<meta name=robots content='noindex, nofollow'><a href=/html/c>x</a>");
  });
  const std::string which = engine();
  const auto states_with = [&](std::vector<std::string> options) {
    options.insert(options.begin(), {server.url("/front"), "--no-robots"});
    SiteCrawl crawl(which, options);
    REQUIRE(crawl.wait() == 0);
    crawl.check_books();
    std::string out;
    for (const char* path : {"/closed", "/html/b", "/html/c"})
      out += crawl.state(server.url(path)) + ";";
    return out;
  };
  CHECK(states_with({}) == "stored;stored;;");
  CHECK(states_with({"--ignore-meta-nofollow"}) == "stored;stored;stored;");
  CHECK(states_with({"--obey-rel-nofollow"}) == "stored;;;");
  CHECK(states_with({"--obey-noindex"}) == ";stored;;");
}

TEST_CASE(
    "parameters of queries are stripped and sorted everywhere, so that one page has one URL") {
  TestServer server;
  server.on("/front", [](const Request&) {
    return html(
        "<a href='/html/a?b=1&a=2&utm_x=3'>x</a><a href='/html/a?a=2&b=1'>x</a><a "
        "href='/front?utm_y=1'>x</a>");
  });
  SiteCrawl crawl(engine(), {server.url("/front?utm_z=1"), "--no-robots", "--strip-query", "utm_*",
                             "--sort-query"});
  REQUIRE(crawl.wait() == 0);
  CHECK(crawl.lines().size() == 2);
  CHECK(crawl.state(server.url("/front")) == "stored");
  CHECK(crawl.state(server.url("/html/a?a=2&b=1")) == "stored");
}

TEST_CASE("one interrupt finishes what is in flight and ends with 130, the next ends it now") {
  TestServer server;
  server.hold("/html/held");
  SiteCrawl crawl(engine(),
                  {server.url("/html/front?links=/html/held,/html/other"), "--no-robots"});
  REQUIRE(server.wait_for("/html/held"));
  crawl.interrupt();
  SECTION("finish") {
    // The signal and the answer must not come in one turn.
    CHECK_FALSE(crawl.ends_within(std::chrono::milliseconds(300)));
    server.release("/html/held");
    CHECK(crawl.wait() == 130);
    CHECK(crawl.state(server.url("/html/held")) == "stored");
    CHECK(server.requests_of("/html/other") == 0);
    crawl.check_books();
  }
  SECTION("now") {
    // Two signals that come before the first was handled count as one, so it is repeated until it
    // has worked.
    for (int i = 0; i < 200 && !crawl.ends_within(std::chrono::milliseconds(50)); ++i)
      crawl.interrupt();
    CHECK(crawl.wait() == 130);
    CHECK(crawl.state(server.url("/html/held")).empty());
    CHECK(crawl.report().at("ended").as_string() == "interrupted");
  }
}

TEST_CASE(
    "a second interrupt does not wait for a document that is being parsed, and leaves the books "
    "closed") {
  TestServer server;
  server.on("/bomb", [body = bomb()](const Request&) { return html(body); });
  server.hold("/html/held");
  SiteCrawl crawl(
      engine(), {server.url("/html/front?links=/bomb,/html/held"), "--no-robots", "--per-host", "2",
                 "--parser", "gumbo", "--handoff", GENERATE(as<std::string>(), "file", "inline")});
  REQUIRE(server.wait_for("/bomb"));
  REQUIRE(server.wait_for("/html/held"));
  // Two signals that come before the first was handled count as one.
  for (int i = 0; i < 4 && !crawl.ends_within(std::chrono::milliseconds(50)); ++i)
    crawl.interrupt();
  CHECK(crawl.wait() == 130);
  // Had it been waited for, it would have overrun its limit and been set aside.
  CHECK(crawl.state(server.url("/bomb")).empty());
  CHECK(crawl.quarantined() == 0);
  CHECK(crawl.state(server.url("/html/front?links=/bomb,/html/held")) == "stored");
  CHECK(crawl.report().at("ended").as_string() == "interrupted");
  CHECK_FALSE(crawl.has("crawl.lock"));
  crawl.check_books();
}

TEST_CASE("option --print writes a line a page on standard output and nothing else there") {
  TestServer server;
  SiteCrawl crawl(engine(), {server.url("/html/a?links=/html/b,/status/404"), "--print", "url"});
  REQUIRE(crawl.wait() == 0);
  CHECK(crawl.out() ==
        server.url("/html/a?links=/html/b,/status/404") + "\n" + server.url("/html/b") + "\n");
}

TEST_CASE("when no seed could be fetched the exit code is wget's") {
  TestServer server;
  SiteCrawl missing(engine(), {server.url("/status/404")});
  CHECK(missing.wait() == 8);
  SiteCrawl dropped(engine(), {server.url("/drop"), "--no-robots", "--retries", "0"});
  CHECK(dropped.wait() == 4);
  // Also when it is robots.txt, asked for first, that cannot be had.
  SiteCrawl unresolved(engine(), {"http://nowhere.invalid/", "--retries", "0"});
  CHECK(unresolved.wait() == 4);
  const auto reasons = unresolved.report().at("reasons").as_array();
  REQUIRE(reasons.size() == 1);
  CHECK(reasons[0].at("state").as_string() == "disallowed");
  CHECK(reasons[0].at("reason").as_string() == "robots.txt: resolve");
  server.set_robots("", "", 503);
  SiteCrawl closed(engine(), {server.url("/html/a"), "--retries", "0"});
  CHECK(closed.wait() == 8);
}

TEST_CASE("a crawl over many pages opens one connection a request slot, not one a page") {
  TestServer server;
  SiteCrawl crawl(engine(), {server.url(graph_path(0, 200)), "--depth", "inf", "--per-host", "4"});
  REQUIRE(crawl.wait() == 0);
  CHECK(server.connections() <= 5);
}
