// What hostile documents cost: of everything that a page may be full of, four times as much takes
// about four times the CPU, measured in CPU time of the thread. gumbo itself is quadratic on some,
// which is for the limits of a document to bound: those are shown to hold.
#include <algorithm>
#include <functional>
#include <string>

#include "base/clock.h"
#include "base/http_head.h"
#include "base/sanitized.h"
#include "parse/page.h"
#include "parse/record_codec.h"
#include "parse/robots.h"
#include "parse/url/url.h"
#include "tests/catch.h"
#include "tests/parse/conformance.h"
#include "tests/parse/records.h"

using namespace scraper;
using namespace scraper::parse;
using namespace scraper::parse::testing;
using namespace std::string_literals;

namespace {

constexpr bool kIsMeasured = !kIsSanitized;  // a sanitizer has costs of its own

constexpr std::size_t kSize = kIsMeasured ? 64u << 10 : 4u << 10;
constexpr double kMostRatio = 12;    // of the time for 4n to that for n: linear is 4, quadratic 16
constexpr double kShortest = 0.001;  // seconds; what is below is mostly noise
constexpr double kMostSeconds = 2;   // what a worker may take

double cpu_seconds_of(const std::function<void()>& work) {
  const Duration start = thread_cpu();
  work();
  return seconds(thread_cpu() - start);
}

// `read` is given n and 4n. A ratio that is too high is measured again, as a machine may be busy.
void check_linear(const std::function<std::function<void()>(std::size_t)>& read, std::size_t size) {
  const auto small = read(size);
  const auto large = read(4 * size);
  double least_small = kMostSeconds;
  double least_large = 2 * kMostSeconds;
  for (int attempt = 0; attempt < 5; ++attempt) {
    least_small = std::min(least_small, cpu_seconds_of(small));
    least_large = std::min(least_large, cpu_seconds_of(large));
    if (!kIsMeasured || least_large < kMostRatio * std::max(least_small, kShortest)) break;
  }
  if (!kIsMeasured) return;
  CAPTURE(least_small, least_large);
  CHECK(least_large < kMostRatio * std::max(least_small, kShortest));
  CHECK(least_large < kMostSeconds);
}

// Of about `size` bytes: `before`, as much of `piece` as fits, `after`. "@" in it is its number.
struct Full {
  std::string_view before;
  std::string_view piece;
  std::string_view after = "";

  std::string text(std::size_t size) const {
    std::string out(before);
    for (std::size_t i = 0; out.size() < size; ++i) {
      for (const char c : piece) {
        if (c == '@') {
          out += std::to_string(i);
        } else {
          out += c;
        }
      }
    }
    return out.append(after);
  }
};

PageOptions all_wanted(Parser parser) {
  PageOptions options;
  options.parser = parser;
  options.robots_agent = "FooBot";
  options.wants_text = true;
  options.kinds = kAllKinds;
  options.query_rules = {{"utm_*", "a"}, true};
  return options;
}

void check_pages_by(Parser by, const std::vector<Full>& pages, const std::string& fields,
                    TaskKind task, std::size_t size) {
  PageParser parser(all_wanted(by));
  for (const Full& page : pages) {
    CAPTURE(page.before, page.piece, page.after);
    check_linear(
        [&](std::size_t bytes) {
          return [&parser, task, record = response(page.text(bytes), fields)] {
            parser.parse(record, task);
          };
        },
        size);
  }
}

void check_pages(const std::vector<Full>& pages, const std::string& fields,
                 TaskKind task = TaskKind::kPage, std::size_t size = kSize) {
  for (const Parser by : {Parser::kGumbo, Parser::kScan})
    check_pages_by(by, pages, fields, task, size);
}

const std::string kHtml = "Content-Type: text/html; charset=utf-8\r\n";
const std::string kHtmlOfSomeCharset = "Content-Type: text/html\r\n";
const std::string kXml = "Content-Type: application/xml\r\n";

}  // namespace

TEST_CASE(
    "tags that are never closed, closed twice or in the wrong place cost no more than their "
    "length") {
  check_pages({{"", "<a><p>"},
               {"", "<nobr>x"},
               {"", "<b><p></b>"},
               {"", "</p>"},
               {"", "<span>"},
               {"<div>", "</x>"},
               {"", "<li>"},
               {"", "<dd><p>"},
               {"", "<h1>"},
               {"", "<form>"},
               {"", "<button>"},
               {"", "<select>"},
               {"<select>", "<option>"},
               {"", "<frameset>"},
               {"", "<template>"},
               {"<ruby>", "<rt><rb>"},
               {"", "<svg>"},
               {"", "<math><mi>"},
               {"", "<svg><p>"},
               {"", "<applet>"},
               {"", "<table>"},
               {"", "<table><td>"},
               {"<table>", "x<tr>"},
               {"<table>", " x"},
               {"<table>", "<a>x"},
               {"<table>", "<a @>"},
               {"", "<table><b>"},
               {"<table>", "<tr><td><b>"},
               {"<table>", "<col>"},
               {"<table>", "<caption>"},
               {"", "<textarea>"},
               {"<title>", "</titl"},
               {"<script>", "<!--<script>"}},
              kHtml);
}

TEST_CASE("comments, character references and single signs cost no more than their length") {
  check_pages({{"", "<!--"},
               {"<!--", "--!"},
               {"", "<!-->"},
               {"", "<!x"},
               {"", "<![CDATA["},
               {"<svg>", "<![CDATA["},
               {"<svg>", "<![CDATA[]]"},
               {"", "&"},
               {"", "&notit"},
               {"", "&#x"},
               {"&#", "9"},
               {"<a href='", "&am"},
               {"", "<"},
               {"", "</"},
               {"", {"\0", 1}},
               {"", "\xFF"},
               {"", "\xE2\x82"},
               {"", "a b "}},
              kHtml);
}

TEST_CASE("attributes and elements that name other resources cost no more than their length") {
  check_pages({{"<a", " a=1", ">"},
               {"<p title='", "x"},
               {"", "<a href=@>"},
               {"", "<a href=a>"},
               {"", "<a href=//\xC3\xBC@.test/>"},
               {"<a href='/", "a/../", "'>"},
               {"<a href='/", "%2e%2E/%41", "'>"},
               {"<a href='?", "b@&a=1&utm_@&", "'>"},
               {"<base href='/", "a/", "'>"},
               {"", "<base href=/b@/>"},
               {"<a href=x ping='", "a ", "'>"},
               {"<a href=x rel='", "nofollo ", "'>"},
               {"<link href=x rel='", "nex ", "'>"},
               {"", "<meta charset=x>"},
               {"", "<meta name=robots content=noindex>"},
               {"", "<meta http-equiv=refresh content='0;url=@'>"},
               {"<img srcset='", "a,", "'>"},
               {"<img srcset='", "a (,", "'>"},
               {"<img srcset='", ",", "'>"},
               {"<img srcset='", "a@ 1x,", "'>"},
               {"", "<iframe srcdoc='<a href=@>'></iframe>"},
               {"<iframe srcdoc='", "&lt;p>&lt;a href=@>", "'>"}},
              kHtml);
}

TEST_CASE("to find a document's encoding costs no more than its length") {
  check_pages({{"<p>", "<meta charset="},
               {"<title>", "</"},
               {"<p>", "<!-- --"},
               {"<meta content='", "charset ", "'>"},
               {"<p>", "\xE4 \xF6 "},
               {"<?xml ", "encoding"}},
              kHtmlOfSomeCharset);
  check_pages({{"", "\x1B$B"}}, "Content-Type: text/html; charset=iso-2022-jp\r\n");
  check_pages({{"", "\x84"}}, "Content-Type: text/html; charset=gb18030\r\n");
  check_pages({{"", "\xD8"}}, "Content-Type: text/html; charset=utf-16be\r\n");
}

TEST_CASE("sitemaps and feeds cost no more than their length") {
  check_pages({{"<urlset>", "<url><loc>http://e.test/@</loc></url>"},
               {"", "<urlset>"},
               {"<urlset>", "<"},
               {"<urlset><url><loc>", "&"},
               {"<urlset>", "<!--"},
               {"<urlset>", "<?x?>"},
               {"<urlset><url><loc>", "<![CDATA["},
               {"<urlset>", "<url a@='1' b@='2'/>"},
               {"<urlset>", "<a xmlns:p@='u@'></a>"},
               {"<urlset><url><loc>", "\xC2\xA0", "</loc>"},
               {"<!DOCTYPE ", "x"},
               {"", "<!DOCTYPE "},
               {"<!DOCTYPE x [", "<!ENTITY a@ 'x'>"},
               {"<!DOCTYPE x [", "<!ATTLIST a b@ CDATA 'x'>", "]><urlset><a/><a/></urlset>"},
               {"<!DOCTYPE x [<!ATTLIST a b (", "c@|", "d)>]><urlset/>"}},
              kXml);
}

TEST_CASE("bodies of many small compressed parts cost no more than their length") {
  check_pages({{"", {"\x1F\x8B\x08\0\0\0\0\0\0\x03\x03\0\0\0\0\0\0\0\0\0", 20}}},
              kHtml + "Content-Encoding: gzip\r\n", TaskKind::kPage, 8 * kSize);
  check_pages({{"", {"\x28\xB5\x2F\xFD\x20\0\x01\0\0", 9}}, {"", {"\x50\x2A\x4D\x18\0\0\0\0", 8}}},
              kHtml + "Content-Encoding: zstd\r\n", TaskKind::kPage, 8 * kSize);
}

TEST_CASE("header fields cost no more than their length") {
  PageParser parser(all_wanted(Parser::kGumbo));
  for (const Full& fields : std::vector<Full>{{"Link: ", "<a@>; rel=next, ", "\r\n"},
                                              {"Link: <a>", "; ", "\r\n"},
                                              {"Link: <a>;x=\"", "\\\"", "\r\n"},
                                              {"Link: ", "<", "\r\n"},
                                              {"", "a: b\r\n"},
                                              {"", "X-Robots-Tag: b\r\n"},
                                              {"", "Content-Type: text/html\r\n"},
                                              {"Content-Type: a/b;", "charset ", "\r\n"},
                                              {"Content-Encoding: ", "identity,", "\r\n"},
                                              {"Content-Length: ", "1,", "\r\n"},
                                              {"Refresh: ", "1", "\r\n"},
                                              {"Retry-After: ", "1", "\r\n"}}) {
    CAPTURE(fields.before, fields.piece);
    check_linear(
        [&](std::size_t size) {
          return [&parser, fields_text = fields.text(size)] {
            parser.parse(response("<p>", fields_text), TaskKind::kPage);
            const std::string block = "HTTP/1.1 200 OK\r\n" + fields_text;
            if (const auto head = parse_http_head(block)) framing_fault(*head);
          };
        },
        4 * kSize);
  }
}

TEST_CASE("a long URL costs no more than its length, whatever rules there are for its query") {
  const QueryRules rules{{"utm_*", "*", "a", "b*"}, true};
  for (const Full& url : std::vector<Full>{{"http://e.test/", "a/../"},
                                           {"http://e.test/", "a/%2E%2e/%41%2"},
                                           {"http://e.test/?", "b@=%7e&c&"},
                                           {"http://e.test/?", "%"},
                                           {"http://", "@"},
                                           {"http://", "1."},
                                           {"http://[", ":", "]/"},
                                           {"http://", "%41"},
                                           {"", "/\\"}}) {
    CAPTURE(url.before, url.piece);
    check_linear(
        [&](std::size_t size) {
          return [&rules, input = url.text(size)] {
            if (const auto parsed = parse_url(input)) canonical_url(*parsed, rules);
          };
        },
        8 * kSize);
  }
}

TEST_CASE(
    "robots.txt costs no more than its length, and a verdict little however many rules have '*'") {
  check_pages({{"User-agent: *\n", "Disallow: /*a*a*a*a$\n"},
               {"User-agent: *\nDisallow: /", "*a"},
               {"", "User-agent: *\n"},
               {"", "Sitemap: http://e.test/\xFF\n"},
               {"User-agent: *\n", "Allow: /index.htm\n"}},
              "Content-Type: text/plain\r\n", TaskKind::kRobots);
  // The longest file with rules that cost most for their bytes, and the longest path there is by
  // default.
  const std::string path = "/" + std::string(2'047, 'a');
  struct Costly {
    Full rules;
    bool is_read_to_the_end;
  };
  for (const auto& [rules, is_read_to_the_end] :
       std::vector<Costly>{{{"User-agent: *\n", "Allow:*ab\n"}, false},
                           {{"User-agent: *\n", "Allow:/*a*a*a*a*b\n"}, false},
                           {{"User-agent: *\n", "Allow:*aaaaaaaaabaaaaaaaaa\n"}, false},
                           {{"User-agent: *\n", "Allow:/b*ab\n"}, true},
                           {{"User-agent: *\nAllow: /", "*a", "*b$"}, true}}) {
    const std::string body = rules.text(500'000);
    std::string storage;
    const RobotsRules parsed = parse_robots(body, "FooBot", storage);
    // A verdict that would take too long is that it is forbidden, and by which rule.
    RobotsVerdict verdict;
    const double seconds = cpu_seconds_of([&] { verdict = robots_verdict(parsed, path); });
    CHECK(verdict.is_allowed == is_read_to_the_end);
    CHECK((verdict.rule == nullptr) == is_read_to_the_end);
    if (kIsMeasured) CHECK(seconds < kMostSeconds / 10);
  }
}

// gumbo compares an attribute with all others of its element, and looks for an open element in all
// that are. Nothing of that can be helped here; a worker is ended by its CPU limit
// (tests/pool/hurt_test.cc), and in a process that is shared the arena ends it, as here.
TEST_CASE("where gumbo takes quadratic time the limits of a document hold") {
  const DocumentLimits limits{256u << 20, std::chrono::milliseconds(200)};
  PageParser parser(all_wanted(Parser::kGumbo), limits);
  const std::vector<Full> pages = {{"", "<div>"},
                                   {"", "<ul><li>"},
                                   {"", "<dl><dt><b>"},
                                   {"", "<a><b>"},
                                   {"", "<b c@><p>"},
                                   {"", "<a><div></a>"},
                                   {"<b>", "<div></b><b>"},
                                   {"", "<font color=@><i>x</font>"},
                                   {"", "<object><b>"},
                                   {"", "<div></x>"},
                                   {"<a", " a@", ">"},
                                   {"<p ", "a "},
                                   {"<html>", "<html a@=x>"},
                                   {"<body>", "<body a@=x>"}};
  for (const Full& page : pages) {
    CAPTURE(page.before, page.piece);
    const std::string record = response(page.text(1u << 20));
    const double seconds = cpu_seconds_of([&] { parser.parse(record, TaskKind::kPage); });
    if (kIsMeasured) CHECK(seconds < 1);
    CHECK(decoded(parser.parse(response("<title>next</title>"), TaskKind::kPage)).title == "next");
  }
  // The scanner has no tree to look things up in.
  check_pages_by(Parser::kScan, pages, kHtml, TaskKind::kPage, kSize);
}

TEST_CASE("the scanner costs no more than a document's length, whatever is open in it") {
  check_pages_by(Parser::kScan,
                 {{"", "<svg>", "</x>"},
                  {"<svg>", "</x>"},
                  {"", "<svg></x>"},
                  {"", "<svg><desc><math><mi>", "</svg>"},
                  {"<svg><title>", "<title></x>"},
                  {"", "<template></x>"},
                  {"", "<table></table></table>"},
                  {"", "<iframe srcdoc='&lt;iframe srcdoc=x>'></iframe>"},
                  {"<script><!--", "<script>", "</script>"},
                  {"<script>", "<!--<script></script>-->"},
                  {"<script>", "<!--", "-->"},
                  {"<title>", "</titl"},
                  {"<!--", "--!"},
                  {"<![CDATA[", "]]"},
                  {"<svg><![CDATA[", "]]", ">"},
                  {"<a href='", "&ampamp", "'>"},
                  {"<a href='", "&CounterClockwiseContourIntegra", "'>"},
                  {"", "&CounterClockwiseContourIntegra"},
                  {"<a ", "href=x ", ">"}},
                 kHtml, TaskKind::kPage, kSize);
}

TEST_CASE("the documents that jsoup's fuzzing found stay inside the limits") {
  DocumentLimits limits;
  if (!kIsMeasured) limits.max_cpu *= 30;
  const Parser by = GENERATE(Parser::kScan, Parser::kGumbo);
  for (const auto& name : conformance_names("hostile/jsoup-fuzz")) {
    CAPTURE(name);
    const std::string record = response(conformance_file("hostile/jsoup-fuzz/" + name).value(),
                                        kHtml + "Content-Encoding: gzip\r\n");
    PageParser parser(all_wanted(by), limits);
    std::string answer;
    const double seconds = cpu_seconds_of([&] { answer = parser.parse(record, TaskKind::kPage); });
    REQUIRE(parser.overrun() == Overrun::kNone);
    if (kIsMeasured) CHECK(seconds < kMostSeconds);
    const PageRecord page = decoded(answer);
    CHECK((page.fault == PageFault::kNone || page.fault == PageFault::kTooDeep));
    CHECK(page.decoded_size > 0);
  }
}
