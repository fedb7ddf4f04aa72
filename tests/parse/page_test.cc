#include "parse/page.h"

#include <chrono>

#include "parse/links.h"
#include "parse/url/url.h"
#include "tests/catch.h"
#include "tests/parse/records.h"

using namespace scraper;
using namespace scraper::parse;
using namespace scraper::parse::testing;

using namespace std::string_view_literals;
using Strings = std::vector<std::string>;

namespace {

PageRecord page(std::string_view html, PageOptions options = {}) {
  return parsed(response(html), std::move(options));
}

Strings links_of(std::string_view html) { return shown_links(page(html)); }

std::string repeated(std::string_view piece, std::size_t count) {
  std::string out;
  for (std::size_t i = 0; i < count; ++i) out += piece;
  return out;
}

std::string one_link(std::string_view head) { return std::string(head) + "<a href=/a>a</a>"; }

}  // namespace

TEST_CASE("a WARC response record splits into target, head and body") {
  RecordView view;
  const std::string record = response("<p>\r\n\r\n</p>", "A: b\r\n");
  REQUIRE(split_record(record, view));
  CHECK(view.target_uri == kPageUrl);
  CHECK(view.head == "HTTP/1.1 200 OK\r\nA: b\r\n\r\n");
  CHECK(view.body == "<p>\r\n\r\n</p>");
  const std::string bare = warc_record(kPageUrl, "HTTP/1.0 200 OK\nA: b\n\nbody");
  REQUIRE(split_record(bare, view));
  CHECK(view.body == "body");
}

TEST_CASE("what is no such record is refused, and its page record says so") {
  const std::string good = response("body");
  const auto with = [&](std::string_view from, std::string_view to) {
    std::string changed = good;
    return changed.replace(changed.find(from), from.size(), to);
  };
  for (const std::string& record :
       {std::string(), std::string("WARC/1.1\r\n"), good + " ", good.substr(0, good.size() - 1),
        with("WARC/1.1", "WARC/1.0"), with(": response", ": request"), with("WARC-Target-URI", "X"),
        with("\r\nContent-Length: ", "\r\nContent-Length: 1"),
        with("\r\nContent-Length: ", "\r\nContent-Length: -"),
        with("http://example", "gopher://example"), with("HTTP/1.1 200", "HTTP/1.1 2x0"),
        warc_record(kPageUrl, "HTTP/1.1 200 OK\r\nA: b\r\n"), warc_record(kPageUrl, "")}) {
    CAPTURE(record);
    CHECK(parsed(record).fault == PageFault::kBadRecord);
  }
}

TEST_CASE("a page's fields") {
  PageOptions options;
  options.wants_text = true;
  const auto record = page(R"(<!doctype html><html lang=" en-GB "><head><title>
      A &amp; B </title><title>second</title>
    <meta name=Description content="What  it
 says"><meta name="description" content="later">
    <meta name=robots content="noarchive"><meta name=ROBOTS content=" nosnippet ">
    <base href="/base/"><base href="/other/"><link rel="x CANONICAL" href="here#top"></head>
    <body><p>One<b>two</b></p><p>three<br>four<script>no</script><style>no</style></p></body>)",
                           options);
  CHECK(record.status == 200);
  CHECK(record.fault == PageFault::kNone);
  CHECK(record.content_type == "text/html");
  CHECK(record.charset == "UTF-8");
  CHECK(record.title == "A & B");
  CHECK(record.description == "What it says");
  CHECK(record.lang == "en-GB");
  CHECK(record.robots == "noarchive, nosnippet");
  CHECK(record.base == "http://example.test/base/");
  CHECK(record.canonical == "http://example.test/base/here#top");
  CHECK(record.text == "Onetwo three four");
  CHECK(record.text_length == 17);
  CHECK(shown_links(record) == Strings{"canonical http://example.test/base/here"});
}

TEST_CASE("X-Robots-Tag stands before the page's own directives") {
  const auto record =
      parsed(response("<meta name=robots content=b>",
                      "Content-Type: text/html\r\nX-Robots-Tag: a\r\nx-robots-tag: bot: c\r\n"));
  CHECK(record.robots == "a, bot: c, b");
}

TEST_CASE("each kind of link, in document order") {
  CHECK(links_of(
            R"(<link rel=next href=2><meta http-equiv=Refresh content="5; URL='r'"><a href=a>x</a>
      <iframe src=f></iframe><map><area href="b c"></map><svg><a xlink:href=s1>x</a><a href=s2 xlink:href=no>x</a></svg><link rel=prev href=0>)") ==
        Strings{"next http://example.test/dir/sub/2", "refresh http://example.test/dir/sub/r",
                "page http://example.test/dir/sub/a", "frame http://example.test/dir/sub/f",
                "page http://example.test/dir/sub/b%20c", "page http://example.test/dir/sub/s1",
                "page http://example.test/dir/sub/s2", "next http://example.test/dir/sub/0"});
  CHECK(links_of("<frameset><frame src=a><frame src='  '></frameset>") ==
        Strings{"frame http://example.test/dir/sub/a"});
}

TEST_CASE("what is no link") {
  CHECK(links_of("<!-- <a href=x> --><script>'<a href=x>'</script><template><a "
                 "href=x></a></template><a name=x></a><iframe "
                 "src=''></iframe>"
                 "<title><a href=x></title><textarea><a href=x></textarea><link rel=stylesheet "
                 "href=x><iframe><a href=x></iframe>"
                 "<a href='http://['></a><math><area href=x></math>")
            .empty());
}

TEST_CASE("noscript counts, as there is no scripting") {
  CHECK(links_of("<noscript><a href=/a>a</a></noscript>") == Strings{"page http://example.test/a"});
}

TEST_CASE(
    "links are unique by canonical URL, the first one standing, followed if one of them may be") {
  CHECK(links_of("<a href=/%7ea#x rel='x NoFollow'>1</a><iframe src=/b></iframe><a "
                 "href=/~a>2</a><a href=/b rel=nofollow>3</a><a "
                 "href=/c rel=nofollow>4</a>"
                 "<a href=/d>5</a><a href=/d rel=nofollow>6</a>") ==
        Strings{"page http://example.test/~a", "frame http://example.test/b",
                "nofollow page http://example.test/c", "page http://example.test/d"});
}

TEST_CASE(
    "as resolved, links keep their repeats and their spelling, lose their fragment, and are http "
    "only") {
  const auto record = page(
      "<a href=/%7ea#x>1</a><a href=/~a rel=nofollow>2</a><a href=/~a>3</a><a href=mailto:x>4</a>",
      as_resolved());
  CHECK(shown_links(record) == Strings{"page http://example.test/%7ea",
                                       "nofollow page http://example.test/~a",
                                       "page http://example.test/~a"});
  CHECK(record.links[0].fingerprint == record.links[1].fingerprint);
}

TEST_CASE("what is not http is kept in a crawl, to be booked as excluded") {
  CHECK(links_of("<a href='mailto:a b@c.d'>1</a><a href='javascript:x(\"1\")#f'>2</a><a "
                 "href=ftp://h/>3</a>") ==
        Strings{"page mailto:a b@c.d", "page javascript:x(\"1\")", "page ftp://h/"});
}

TEST_CASE("a link's fingerprint is that of its canonical URL by the crawl's key") {
  PageOptions options;
  options.key = {1, 2};
  const auto record = page("<a href=/%7ea#x>1</a>", options);
  CHECK(record.links.at(0).fingerprint == fingerprint("http://example.test/~a", options.key));
}

TEST_CASE("the base of a page") {
  const auto base_of = [](std::string_view html) { return std::string(page(html).base); };
  CHECK(base_of("<base href=http://other.test/x/>") == "http://other.test/x/");
  CHECK(base_of("<base target=x><base href='  y\n'>") == "http://example.test/dir/sub/y");
  CHECK(base_of("<base href=javascript:x>") == "");
  CHECK(base_of("<base href=data:x,y><base href=/second>") == "");
  CHECK(base_of("<base href=http://[>") == "");
  CHECK(base_of("<base href=/" + std::string(3'000, 'x') + ">") == "");
  CHECK(links_of("<a href=a>before</a><base href=/b/>") == Strings{"page http://example.test/b/a"});
  CHECK(links_of(one_link("<base href=ftp://x/>")) == Strings{"page http://example.test/a"});
}

TEST_CASE("a redirect's target is its first link, and nothing of its body") {
  const auto record =
      parsed(response("<title>Moved</title><a href=/x>x</a>",
                      "Location: ../n%65w#part\r\nContent-Type: text/html\r\n", "301 Moved"));
  CHECK(record.status == 301);
  CHECK(record.location == "http://example.test/dir/n%65w#part");
  CHECK(record.title == "Moved");
  CHECK(shown_links(record) == Strings{"redirect http://example.test/dir/new"});
}

TEST_CASE("a Location's bytes past ASCII go back as they came") {
  CHECK(parsed(response("", "Location: /\xE4\r\n", "302 Found")).location ==
        "http://example.test/%E4");
  CHECK(parsed(response("", "Location: /\xC3\xA4?\xC3\xA4\r\n", "302 Found")).location ==
        "http://example.test/%C3%A4?%C3%A4");
  CHECK(parsed(response("", "Location: http://\xC3\xA4.test/\r\n", "302 Found")).location ==
        "http://xn--4ca.test/");
}

TEST_CASE("a Location that leads nowhere, or stands in another answer, is none") {
  CHECK(parsed(response("", "Location: http://[\r\n", "302 Found")).location.empty());
  CHECK(parsed(response("", "Location: /x\r\n", "201 Created")).location.empty());
  const auto far =
      parsed(response("", "Location: /" + std::string(3'000, 'x') + "\r\n", "302 Found"));
  CHECK(far.location.empty());
  CHECK(far.links.empty());
  CHECK(far.links_too_long == 1);
  const auto other = parsed(response("", "Location: file:///etc/passwd\r\n", "302 Found"));
  CHECK(shown_links(other) == Strings{"redirect file:///etc/passwd"});
}

TEST_CASE("an error page has a title and no links") {
  const auto record =
      parsed(response("<title>Gone</title><a href=/x>x</a>",
                      "Content-Type: text/html\r\nRetry-After: 120\r\n", "503 Busy"));
  CHECK(record.title == "Gone");
  CHECK(record.retry_after == "120");
  CHECK(record.links.empty());
}

TEST_CASE("a page without a content type is read when it looks like HTML") {
  for (const char* body : {" \n<!DOCTYPE HTML><a href=/a>", "<html><a href=/a>", "<A HREF=/a>",
                           "<!-- x --><a href=/a>", "\xEF\xBB\xBF<p ><a href=/a>"}) {
    CAPTURE(body);
    const auto record = parsed(response(body, ""));
    CHECK(shown_links(record) == Strings{"page http://example.test/a"});
    CHECK(record.content_type == "text/html");
  }
  for (const char* body : {"x<html><a href=/a>", "<article><a href=/a>", "<", ""}) {
    CHECK(parsed(response(body, "")).links.empty());
    CHECK(parsed(response(body, "")).content_type.empty());
  }
}

TEST_CASE("the content type decides what is read") {
  const auto record_of = [](const std::string& fields) {
    PageOptions options;
    options.wants_text = true;
    return parsed(response("<a href=/a>a  b</a>", fields), options);
  };
  CHECK(record_of("Content-Type: TEXT/HTML;charset=koi8-r\r\n").content_type == "text/html");
  CHECK(record_of("Content-Type: TEXT/HTML;charset=koi8-r\r\n").charset == "KOI8-R");
  CHECK(record_of("Content-Type: application/xhtml+xml\r\n").links.size() == 1);
  CHECK(record_of("Content-Type: image/png\r\nContent-Type: text/html\r\nContent-Type: bogus\r\n")
            .links.size() == 1);
  CHECK(record_of("Content-Type: image/png\r\n").links.empty());
  CHECK(record_of("Content-Type: image/png\r\n").charset.empty());
  const auto plain = record_of("Content-Type: text/plain\r\n");
  CHECK(plain.links.empty());
  CHECK(plain.charset == "windows-1252");
  CHECK(plain.text == "<a href=/a>a b</a>");
  CHECK(plain.text_length == 18);
}

TEST_CASE(
    "a page in another encoding is read as what it says, its queries encoded as a browser would") {
  const auto record = parsed(response(
      "<title>\xE4</title><a href='/\xE4?\xE4=%E4#\xE4'>x</a><a href='mailto:x?\xE4'>y</a>",
      "Content-Type: text/html; charset=latin1\r\n"));
  CHECK(record.charset == "windows-1252");
  CHECK(record.title == "\xC3\xA4");
  CHECK(shown_links(record) ==
        Strings{"page http://example.test/%C3%A4?%E4=%E4", "page mailto:x?%C3%A4"});
}

TEST_CASE("a byte order mark is no text") {
  CHECK(page("\xEF\xBB\xBF<title>x</title>").title == "x");
}

TEST_CASE("an encoding that would hide markup shows none") {
  const auto record = parsed(
      response("<title>x</title><a href=/a>", "Content-Type: text/html; charset=iso-2022-kr\r\n"));
  CHECK(record.charset == "replacement");
  CHECK(record.links.empty());
}

TEST_CASE("title and description are cut by code points") {
  const auto record =
      page("<title>" + repeated("\xC3\xA4", 2'000) + "</title><meta name=description content='" +
           repeated("\xE2\x82\xAC", 4'000) + "'>");
  CHECK(record.title == repeated("\xC3\xA4", 1'024));
  CHECK(record.description == repeated("\xE2\x82\xAC", 2'048));
}

TEST_CASE("links past the limits are left out, and counted") {
  PageOptions options;
  options.max_links = 3;
  options.max_url = 60;
  const auto record = page("<a href=/1></a><a href=/1></a><a href=/" + std::string(60, 'x') +
                               "></a><a href='data:," + std::string(60, 'x') +
                               "'></a><a href=/2></a><a href=/3></a><a href=/4></a><a href=/1></a>",
                           options);
  CHECK(shown_links(record) == Strings{"page http://example.test/1", "page http://example.test/2",
                                       "page http://example.test/3"});
  CHECK(record.links_cut);
  CHECK(record.links_too_long == 2);
  CHECK_FALSE(page("<a href=/1></a>").links_cut);
}

TEST_CASE("many links are unique too") {
  std::string html;
  for (int i = 0; i < 30'000; ++i) html += "<a href=/" + std::to_string(i % 10'000) + "></a>";
  CHECK(page(html).links.size() == 10'000);
}

TEST_CASE("what is deeper in a tree than the limit is left out, the rest is used") {
  const std::string html = "<a href=/1></a>" + repeated("<div>", 600) + "<a href=/2></a>deep" +
                           repeated("</div>", 600) + "<a href=/3></a>";
  const auto by_tree = [](const std::string& text) {
    return parsed_by(Parser::kGumbo, response(text));
  };
  const auto record = by_tree(html);
  CHECK(record.fault == PageFault::kTooDeep);
  CHECK(shown_links(record) == Strings{"page http://example.test/1", "page http://example.test/3"});
  CHECK(record.text_length == 0);
  CHECK(page(repeated("<div>", 500) + "<a href=/2></a>").fault == PageFault::kNone);
  CHECK(by_tree(repeated("<div>", 10'000)).fault == PageFault::kTooDeep);
  // Without a tree nothing is deep.
  const auto scanned = parsed_by(Parser::kScan, response(html));
  CHECK(scanned.fault == PageFault::kNone);
  CHECK(shown_links(scanned) == Strings{"page http://example.test/1", "page http://example.test/2",
                                        "page http://example.test/3"});
  CHECK(scanned.text_length == 4);
}

TEST_CASE("a body that does not decode gives what did") {
  const auto bad =
      parsed(response("no gzip", "Content-Type: text/html\r\nContent-Encoding: gzip\r\n"));
  CHECK(bad.fault == PageFault::kBadEncoding);
  CHECK(bad.decoded_size == 0);
  const auto unknown =
      parsed(response("<a href=/a>", "Content-Type: text/html\r\nContent-Encoding: utf-8\r\n"));
  CHECK(unknown.fault == PageFault::kUnknownEncoding);
  CHECK(unknown.links.size() == 1);
}

TEST_CASE("NUL bytes, controls and broken UTF-8 make no record that is refused") {
  const std::string warc = response(
      "<title>a\0b\x1B[31m\xFF</title><a href='/\0\xFF\x01'>\0</a><p lang=\0>\0</p>"sv,
      "Content-Type: text/html; charset=utf-8\r\nX-Robots-Tag: \xFF\0\r\nRetry-After: \x01\xE4\r\n"sv);
  // Other controls than NUL stay (HTML Standard 13.2.3.5), and a URL ends before them; gumbo
  // replaces them too.
  const auto [by, control, at_end] = GENERATE(table<Parser, std::string, std::string>(
      {{Parser::kScan, "\x1B", ""}, {Parser::kGumbo, "\xEF\xBF\xBD", "%EF%BF%BD"}}));
  const auto record = parsed_by(by, warc);
  CHECK(record.title == "a\xEF\xBF\xBD" + ("b" + control) + "[31m\xEF\xBF\xBD");
  CHECK(record.robots == "\xEF\xBF\xBD\xEF\xBF\xBD");
  CHECK(record.retry_after == "\x01\xEF\xBF\xBD");
  CHECK(shown_links(record) == Strings{"page http://example.test/%EF%BF%BD%EF%BF%BD" + at_end});
}

TEST_CASE(
    "a numeric reference past 32 bits makes no record that is refused, whatever gumbo makes of "
    "it") {
  const auto record = page("<title>&#xdddddddd;</title><a href='/&#xdddddddd;'>&#xdddddddd;</a>");
  CHECK(record.title == "\xEF\xBF\xBD");
  CHECK(shown_links(record) == Strings{"page http://example.test/%EF%BF%BD"});
}

TEST_CASE("the URL in a meta refresh, as the standard reads it") {
  const std::pair<const char*, const char*> table[] = {{"0;url=a", "a"},
                                                       {" 5 ; URL = 'a b' c", "a b"},
                                                       {"5,a", "a"},
                                                       {"5 a", "a"},
                                                       {"1.5.x;url=a", ""},
                                                       {".5; url=\"a", "a"},
                                                       {"0;url=", ""},
                                                       {"0", ""},
                                                       {"0;", ""},
                                                       {"x;url=a", ""},
                                                       {"0x;url=a", ""},
                                                       {"", ""},
                                                       {"0;'a'b", "a"},
                                                       {"0; ur=a", "ur=a"},
                                                       {"0;url a", "url a"},
                                                       {"0;url='a'", "a"},
                                                       {"0;\turl\n=\fa ", "a"},
                                                       {"0; URL=\nhttp://x/", "http://x/"},
                                                       {"0;u", "u"},
                                                       {"0;url=''", ""},
                                                       {";url=a", ""}};
  for (const auto& [content, url] : table) {
    CAPTURE(content);
    CHECK(refresh_url(content).value_or("") == url);
  }
}

TEST_CASE("one parser reads page after page and keeps nothing of the last") {
  PageParser parser({});
  const std::string first =
      response("<title>x</title><meta name=robots content=none><base href=/b/><a href=a>",
               "Content-Type: text/html\r\nRetry-After: 1\r\n");
  CHECK(decoded(parser.parse(first, TaskKind::kPage)).links.size() == 1);
  const auto second = decoded(parser.parse(response("<a href=a>"), TaskKind::kPage));
  CHECK(second.title.empty());
  CHECK(second.robots.empty());
  CHECK(second.retry_after.empty());
  CHECK(shown_links(second) == Strings{"page http://example.test/dir/sub/a"});
  const auto third = decoded(parser.parse("nothing", TaskKind::kPage));
  CHECK(third.links.empty());
  CHECK(third.fault == PageFault::kBadRecord);
}

TEST_CASE("a record in two pieces gives what it gives in one, wherever it is parted") {
  const std::string whole = response("<title>two</title><a href=x>x</a>\r\n\r\n<p>text",
                                     "Content-Type: text/html\r\nX-A: b\r\n");
  PageParser parser({});
  const std::string expected = without_time(decoded(parser.parse(whole, TaskKind::kPage)));
  const std::string_view content = std::string_view(whole).substr(0, whole.size() - 4);
  for (std::size_t at = 0; at <= content.size(); ++at) {
    CAPTURE(at);
    REQUIRE(without_time(decoded(parser.parse(content.substr(0, at), content.substr(at),
                                              TaskKind::kPage))) == expected);
  }
  CHECK(decoded(parser.parse(content.substr(0, 100), "", TaskKind::kPage)).fault ==
        PageFault::kBadRecord);
}

TEST_CASE("a document that overruns its limits is left half-way, and the next one is as ever") {
  const auto [limits, html, overrun] = GENERATE(table<DocumentLimits, std::string, Overrun>({
      {{512u << 20, std::chrono::milliseconds(50)}, repeated("<div>", 100'000), Overrun::kCpu},
      {{16u << 20, std::chrono::seconds(60)}, repeated("<b>x</b>", 300'000), Overrun::kMemory},
      {{1u << 20, std::chrono::seconds(60)},
       "<p title='" + repeated("x", 900'000),
       Overrun::kMemory},
  }));
  PageOptions options;
  options.parser = Parser::kGumbo;  // which builds all this before anybody sees it
  PageParser parser(options, limits);
  for (int i = 0; i < 3; ++i) {
    CHECK(parser.parse(response(html), TaskKind::kPage).empty());
    CHECK(parser.overrun() == overrun);
    const auto fine =
        decoded(parser.parse(response("<title>fine</title><a href=a>"), TaskKind::kPage));
    CHECK(fine.title == "fine");
    CHECK(fine.links.size() == 1);
    CHECK(parser.overrun() == Overrun::kNone);
  }
}

TEST_CASE("limits that are not reached change nothing") {
  const std::string html = repeated("<p>text <a href=/x>link</a> <table><tr><td>cell</table>", 500);
  PageOptions options;
  options.parser = GENERATE(Parser::kScan, Parser::kGumbo);
  PageParser bounded(options, DocumentLimits{});
  const auto expected = page(html);
  const auto record = decoded(bounded.parse(response(html), TaskKind::kPage));
  CHECK(record.text_length == expected.text_length);
  CHECK(shown_links(record) == shown_links(expected));
}

TEST_CASE("a robots task reads rules and nothing of a page") {
  PageOptions options;
  options.robots_agent = "scraper";
  const std::string fields = "Content-Type: text/plain\r\n";
  const auto record = parsed(
      response("User-agent: *\nDisallow: /x\nCrawl-delay: 2\nSitemap: http://s.test/\n", fields),
      options, TaskKind::kRobots);
  REQUIRE(record.robots_rules.rules.size() == 1);
  CHECK(record.robots_rules.rules[0].pattern == "/x");
  CHECK(record.robots_rules.rules[0].line == 2);
  CHECK(record.robots_rules.crawl_delay_seconds == 2);
  CHECK(record.robots_rules.sitemaps.size() == 1);
  CHECK(record.links.empty());
  CHECK(parsed(response("User-agent: *\nDisallow: /x", fields, "404 Not Found"), options,
               TaskKind::kRobots)
            .robots_rules.rules.empty());
  const auto moved =
      parsed(response("", "Location: /r\r\n", "301 Moved"), options, TaskKind::kRobots);
  CHECK(shown_links(moved) == Strings{"redirect http://example.test/r"});
}
