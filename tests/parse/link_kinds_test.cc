// Every way in which a page refers to something, and what kind of link it makes.
#include <boost/json/parse.hpp>
#include <set>

#include "parse/html/relations.h"
#include "parse/html/srcset.h"
#include "tests/catch.h"
#include "tests/parse/conformance.h"
#include "tests/parse/records.h"

using namespace scraper;
using namespace scraper::parse;
using namespace scraper::parse::testing;
namespace json = boost::json;

using Strings = std::vector<std::string>;

namespace {

// All kinds, without the directory they are all in.
Strings found_in(const std::string& record) {
  PageOptions options;
  options.kinds = kAllKinds;
  Strings out = shown_links(parsed(record, options));
  for (std::string& link : out) {
    constexpr std::string_view kDirectory = "http://example.test/dir/sub/";
    if (const auto at = link.find(kDirectory); at != link.npos) link.erase(at, kDirectory.size());
  }
  return out;
}

Strings links_of(std::string_view html) { return found_in(response(html)); }

Strings links_of_field(const std::string& field) {
  return found_in(response("", "Content-Type: text/plain\r\n" + field + "\r\n"));
}

// <iframe srcdoc> with this document.
std::string frame(std::string_view html) {
  std::string out = "<iframe srcdoc=\"";
  for (const char c : html) {
    if (c == '&' || c == '"') {
      out += c == '&' ? "&amp;" : "&quot;";
    } else {
      out += c;
    }
  }
  return out + "\"></iframe>";
}

Strings candidates(std::string_view srcset) {
  std::vector<std::string_view> urls;
  append_candidates(urls, srcset);
  return {urls.begin(), urls.end()};
}

}  // namespace

TEST_CASE("images, however they are named") {
  CHECK(links_of("<img src=a srcset='b 1x, c 2x' longdesc=d data-src=e data-srcset='f 100w'>") ==
        Strings{"image a", "image e", "image b", "image c", "image f", "longdesc d"});
  CHECK(links_of("<picture><source srcset='a, b'><img src=c></picture>") ==
        Strings{"image a", "image b", "image c"});
  CHECK(links_of("<body background=a><table background=b><tr><td background=c></table>") ==
        Strings{"image a", "image b", "image c"});
  CHECK(links_of("<input type=IMAGE src=a><input src=no><video poster=b></video>") ==
        Strings{"image a", "image b"});
  CHECK(
      links_of(
          "<svg><image href=a /><use xlink:href=b#c /><use href='#c'/><feImage href=d /></svg>") ==
      Strings{"image a", "image b", "image d"});
}

TEST_CASE("scripts, styles, media, objects and what belongs to a document") {
  CHECK(links_of("<script src=a></script><script>no</script><svg><script href=b></script></svg>") ==
        Strings{"script a", "script b"});
  CHECK(links_of("<video src=a><source src=b><track src=c></video><audio src=d></audio>") ==
        Strings{"media a", "media b", "media c", "media d"});
  CHECK(links_of("<object data=a></object><embed src=b>") == Strings{"object a", "object b"});
  CHECK(links_of("<html manifest=a><blockquote cite=b></blockquote><q cite=c></q><del "
                 "cite=d></del><ins cite=e></ins>") ==
        Strings{"manifest a", "cite b", "cite c", "cite d", "cite e"});
  CHECK(links_of("<a href=a ping=' b\n c '>x</a>") == Strings{"page a", "ping b", "ping c"});
  CHECK(links_of("<iframe src=a longdesc=b></iframe><iframe data-src=c></iframe>") ==
        Strings{"frame a", "longdesc b", "frame c"});
}

TEST_CASE("a <link> is of the kind its relation says") {
  const std::vector<std::pair<const char*, std::string>> table = {
      {"rel=canonical", "canonical"},
      {"rel='x Next'", "next"},
      {"rel=previous", "next"},
      {"rel=stylesheet", "style"},
      {"rel='alternate stylesheet'", "style"},
      {"rel='shortcut icon'", "icon"},
      {"rel=apple-touch-icon", "icon"},
      {"rel=manifest", "manifest"},
      {"rel=modulepreload", "script"},
      {"rel=preload as=script", "script"},
      {"rel=preload as=Image", "image"},
      {"rel=prefetch", "other"},
      {"rel=preload as=font", "other"},
      {"rel=alternate type='application/rss+xml'", "feed"},
      {"rel=alternate type='Application/Atom+XML; charset=utf-8'", "feed"},
      {"rel=alternate hreflang=de", "alternate"},
      {"rel=search", "other"},
      {"rel=dns-prefetch", ""},
      {"rel='preconnect'", ""},
      {"rel=' '", ""},
      {"", ""},
  };
  for (const auto& [attributes, kind] : table) {
    CAPTURE(attributes);
    CHECK(links_of("<link href=a " + std::string(attributes) + ">") ==
          (kind.empty() ? Strings{} : Strings{kind + " a"}));
  }
  CHECK(links_of("<link rel=preload as=image href=a imagesrcset='b 1x, c 2x'>") ==
        Strings{"image a", "image b", "image c"});
}

TEST_CASE("a form is a link when it is sent by GET") {
  CHECK(links_of("<form action=a><button formaction=b></button><input type=submit formaction=c "
                 "formmethod=POST></form>") == Strings{"form a", "form b"});
  CHECK(links_of("<form method=post action=a><button formaction=b></button><button formaction=c "
                 "formmethod=get></button></form>"
                 "<button formaction=d></button>") == Strings{"form c", "form d"});
  CHECK(links_of("<form method=dialog action=a></form><form action='' rel=nofollow></form><form "
                 "action=b rel=nofollow></form>") == Strings{"nofollow form b"});
}

TEST_CASE("what a frame holds has links of its own, relative to the page or to its own base") {
  CHECK(
      links_of(
          "<a href=a>x</a><iframe srcdoc='<a href=b>x</a><img src=c>'></iframe><a href=d>x</a>") ==
      Strings{"page a", "page b", "image c", "page d"});
  CHECK(links_of("<base href=/other/><iframe srcdoc='<base href=inner/><a "
                 "href=b>x</a>'></iframe><a href=d>x</a>") ==
        Strings{"page http://example.test/other/inner/b", "page http://example.test/other/d"});
  CHECK(links_of("<iframe srcdoc='<title>no</title><iframe srcdoc=\"<a "
                 "href=b>x</a>\"></iframe>'></iframe>") == Strings{"page b"});
  // The fourth level is not looked into.
  CHECK(links_of(frame(frame(frame("<a href=c>x</a>" + frame("<a href=d>x</a>"))))) ==
        Strings{"page c"});
}

TEST_CASE("a URL met as several kinds is of the one that is followed") {
  CHECK(links_of("<img src=a><a href=a rel=nofollow>x</a>") == Strings{"nofollow page a"});
  CHECK(links_of("<a href=a rel=nofollow>x</a><img src=a>") == Strings{"nofollow page a"});
  CHECK(links_of("<img src=a><script src=a></script>") == Strings{"image a"});
  PageOptions images;
  images.kinds = images.follow = set_of(LinkKind::kImage);
  CHECK(shown_links(parsed(response("<a href=/a>x</a><img src=/b>"), images)) ==
        Strings{"image http://example.test/b"});
}

TEST_CASE("the URLs of a srcset, as written") {
  CHECK(candidates("") == Strings{});
  CHECK(candidates(" , ,") == Strings{});
  CHECK(candidates("a") == Strings{"a"});
  CHECK(candidates("a,b 1x,c") == Strings{"a,b", "c"});  // a comma within a URL is its own
  CHECK(candidates("a, b,, c 2x , d") == Strings{"a", "b", "c", "d"});
  CHECK(candidates("a 1x (x,y), b") == Strings{"a", "b"});
  CHECK(candidates("a (, b") == Strings{"a"});
  CHECK(candidates("\ta\n100w,\fdata:,x 1x") == Strings{"a", "data:,x"});
  const std::string many(1'000'000, ',');
  CHECK(candidates(many + "a" + many) == Strings{"a"});
}

TEST_CASE("links of an answer's own fields: Link and Refresh") {
  CHECK(
      links_of_field(
          R"(Link: <a>; rel="canonical", </b>;rel=next;title="a, \"b\"; c", <c>; rel=preload; as=style)") ==
      Strings{"canonical a", "next http://example.test/b", "style c"});
  CHECK(links_of_field("Link: <a>; rel=alternate; type=\"application/atom+xml\"\r\nLink: <b>; "
                       "REL=\"x stylesheet\" ; rel=next") == Strings{"feed a", "style b"});
  CHECK(links_of_field(
            "Link: <a>; anchor=\"#x\"; rel=next, <>; rel=next, <b>; rel=preconnect, <c>; rel=next")
            .size() == 1);
  CHECK(links_of_field("Link: <a; rel=next") == Strings{});
  CHECK(links_of_field("Link: a; rel=next, <b>; rel=next") == Strings{});
  CHECK(links_of_field("Link: <a> garbage, <b>; rel=next") == Strings{});
  CHECK(links_of_field("Link: <a>; rel=\"next") == Strings{"next a"});
  CHECK(links_of_field("Refresh: 0; url=a") == Strings{"refresh a"});
  CHECK(parsed(response("", "Link: <a>; rel=canonical\r\n")).canonical ==
        "http://example.test/dir/sub/a");
  CHECK(parsed(response("<link rel=canonical href=b>",
                        "Content-Type: text/html\r\nLink: <a>; rel=canonical\r\n"))
            .canonical == "http://example.test/dir/sub/b");
  CHECK(parsed(response("", "Link: <a>; rel=next\r\n", "404 Not Found")).links.empty());
}

TEST_CASE("links that other crawlers' tests expect are found") {
  const auto data = conformance_json("links/heritrix_colly.json");
  if (!data) return;
  for (const json::value& value : data->as_array()) {
    const json::object& test = value.as_object();
    const std::string tier(test.at("tier").as_string());
    // A parser by the standard drops a frame outside a frameset and a form within a form, and does
    // not read comments.
    if (tier == "frames" || tier == "forms" || tier == "vendor") continue;
    PageOptions options = as_resolved();
    options.kinds = kAllKinds;
    const auto record = parsed(response(std::string_view(test.at("html").as_string()),
                                        "Content-Type: text/html; charset=utf-8\r\n", "200 OK",
                                        std::string_view(test.at("page_url").as_string())),
                               options);
    std::set<std::string> found;
    for (const Link& link : record.links) found.emplace(link.url);
    std::set<std::string> expected;
    for (const json::value& url : test.at("expected").as_array()) expected.emplace(url.as_string());
    CAPTURE(std::string(test.at("source").as_string()), std::string(test.at("html").as_string()));
    CHECK(found == expected);
  }
}

TEST_CASE("links that Scrapy finds without options are found") {
  const auto data = conformance_json("links/scrapy.json");
  if (!data) return;
  int count = 0;
  for (const json::value& value : data->as_array()) {
    const json::object& test = value.as_object();
    if (!test.at("options").as_object().empty()) continue;
    const auto record = parsed(response(std::string_view(test.at("body").as_string()),
                                        "Content-Type: text/html; charset=utf-8\r\n", "200 OK",
                                        std::string_view(test.at("url").as_string())),
                               as_resolved());
    std::set<std::string> found;
    for (const Link& link : record.links) {
      if (link.kind == LinkKind::kPage) found.emplace(link.url);
    }
    std::set<std::string> expected;
    for (const json::value& link : test.at("links").as_array()) {
      const std::string url(link.at("url").as_string());
      if (url.starts_with("http"))
        expected.insert(
            url.substr(0, url.find('#')));  // ftp is none of ours, fragments are no part
    }
    CAPTURE(std::string(test.at("test").as_string()));
    CHECK(found == expected);
    ++count;
  }
  CHECK(count >= 4);
}
