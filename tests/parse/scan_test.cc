// The scanner against gumbo where the building of a tree decides: the same answer, or the one that
// parse/scan.h names.
#include "parse/html/scan.h"

#include "parse/html/document.h"
#include "tests/catch.h"

using namespace scraper;
using namespace scraper::parse;
using namespace std::string_view_literals;

using Strings = std::vector<std::string>;

namespace {

Strings said(const Extract& page) {
  Strings out;
  for (const WrittenLink& link : page.links) {
    out.push_back(std::string(to_string(link.kind)) + (link.is_nofollow ? " nofollow " : " ") +
                  std::to_string(link.document) + " " + std::string(link.href));
  }
  for (const WrittenDocument& document : page.documents) {
    if (document.base_href) out.push_back("base " + std::string(*document.base_href));
  }
  for (const auto& [name, value] : {std::pair("title ", page.title),
                                    {"description ", page.description},
                                    {"lang ", page.lang}}) {
    if (!value.empty()) out.push_back(name + value);
  }
  for (const std::string& robots : page.robots) out.push_back("robots " + robots);
  if (!page.text.empty()) out.push_back("text " + page.text);
  return out;
}

Strings by_scan(std::string_view html) {
  Arena arena(&std::abort);
  return said(scan(html, {true, &arena, "FooBot", 1'000, 512}));
}

Strings by_tree(std::string_view html) {
  Arena arena(&std::abort);
  return said(extract(*parse_html(html, arena), {true, &arena, "FooBot", 1'000, 512}));
}

}  // namespace

TEST_CASE("what a page says, by scan and by tree alike") {
  for (const std::string_view html : std::initializer_list<std::string_view>{
           "<!doctype html><html lang=en><head><title> A &amp;\n B </title><meta name=description "
           "content='x &lt; y'><base "
           "href=/b/>"
           "<meta name=robots content=noindex><meta name=foobot content=nofollow><body "
           "background=bg><p>Hello <b>wor</b>ld<br>!",
           "<a href=1 rel='x nofollow'>a</a><a href='2?a=1&amp;b=2&copy=3'>b</a><A HREF=\"3\" "
           "href=4>c</A><a>no</a><a "
           "href>empty</a>",
           "<img src=1 srcset='2 1x, 3 2x' data-src=4><video poster=5><source src=6></video><link "
           "rel=canonical href=7><q cite=8>",
           "<form action=1><form action=2></form><input type=submit formaction=3></form><form "
           "method=post action=4><button "
           "formaction=5>",
           "<template><a href=1>x</a><template><a href=2></template><title>t</title></template><a "
           "href=3>y</a>",
           "<noscript><a href=1>x</a></noscript><noframes><a href=2></noframes><iframe><a "
           "href=3></iframe><xmp><a href=4></xmp>z",
           "<textarea><a href=1></textarea><style><a href=2></style><script><a href=3></script><a "
           "href=4>",
           "<svg><a xlink:href=1 href=2>t</a><image href=3 /><use href='#x'/><title>not the "
           "page's</title><style>a<b></style>"
           "<script href=4></script></svg><title>the page's</title>",
           "<svg><desc><a href=1>x</a></desc><foreignObject><p><a href=2></a></foreignObject><a "
           "href=3></svg><a href=4>",
           "<svg><p><a href=1>out</a><image src=2>",
           "<svg><font color=red><a href=1></a></font><font><a href=2></svg>",
           "<math><mi><a href=1>x</a></mi><annotation-xml encoding='text/html'><a "
           "href=2></annotation-xml></math>",
           "<svg><![CDATA[<a href=1>]]></svg><![CDATA[<a href=2>]]>",
           "<svg/><title>t</title><a href=1>",
           "<tr><td background=1>x<table><tr><td background=2></table><td background=3>",
           "<table><a href=1>moved</a><tr><td>cell</table>",
           "<frame src=1><p>x",
           "<head><title>t</title></head><frameset><frame src=1><a href=2><noframes><a "
           "href=3></noframes></frameset>",
           "<p>x<frameset><frame src=1></frameset>",
           "<image src=1><svg><image src=2 href=3></svg>",
           "<iframe srcdoc=\"<base href=/x/><a href=1>&lt;a</a><iframe srcdoc='&lt;a "
           "href=2&gt;'>\"></iframe><a href=3>",
           "<meta http-equiv=refresh content='1;url=a'><meta http-equiv=refresh content='1;url=b'>",
           "<body background=1><body background=2><html lang=a><html lang=b>",
           "<a href=1>x</body></html><a href=2>y<!-- <a href=3> --><title>late</title>",
           "<plaintext><a href=1>",
           "<a href=1",
           "<title>never closed <a href=1>",
           "te\0xt<a href='a\0b'>\r\n</a><svg>f\0</svg><script>\0</script>"sv,
           "<p>a<p>b<div>c</div>d<li>e<span>f</span>g",
           "",
       }) {
    CAPTURE(html);
    CHECK(by_scan(html) == by_tree(html));
  }
}

TEST_CASE("where the scanner's answer is its own") {
  // The standard of 2025 has no insertion mode in which <select> drops what is in it.
  CHECK(by_scan("<select><option><a href=1>x</a></select>") == Strings{"page 0 1", "text x"});
  CHECK(by_tree("<select><option><a href=1>x</a></select>") == Strings{"text x"});
  // A tree repeats formatting elements that are still open.
  CHECK(by_scan("<p><a href=1>x<p>y") == Strings{"page 0 1", "text x y"});
  CHECK(by_tree("<p><a href=1>x<p>y") == Strings{"page 0 1", "page 0 1", "text x y"});
  // An end tag of nothing parts two words.
  CHECK(by_scan("a</div>b") == Strings{"text a b"});
  CHECK(by_tree("a</div>b") == Strings{"text ab"});
  // What a table moves comes first in a tree.
  CHECK(by_scan("<table><tr><td>a</td></tr><a href=1>b</a></table>") ==
        Strings{"page 0 1", "text a b"});
  CHECK(by_tree("<table><tr><td>a</td></tr><a href=1>b</a></table>") ==
        Strings{"page 0 1", "text b a"});
}
