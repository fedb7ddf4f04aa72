#include "parse/sitemap.h"

#include <boost/json/value.hpp>

#include "tests/catch.h"
#include "tests/parse/conformance.h"
#include "tests/parse/records.h"

using namespace scraper;
using namespace scraper::parse;
using namespace scraper::parse::testing;
namespace json = boost::json;

using Strings = std::vector<std::string>;

namespace {

constexpr std::size_t kMany = 1'000;

Strings shown(const XmlList& list) {
  Strings out;
  for (const ListedLink& link : list.links) out.push_back(std::string(to_string(link.kind)) + " " + link.url);
  if (list.is_broken) out.push_back("(broken)");
  if (!list.is_list) out.push_back("(no list)");
  return out;
}

Strings read(std::string_view text) { return shown(read_xml_list(text, kMany, 2'048)); }

std::string urlset(std::string_view inside) { return "<urlset>" + std::string(inside) + "</urlset>"; }

}  // namespace

TEST_CASE("a sitemap lists pages, with their images and languages") {
  CHECK(read(R"(<?xml version="1.0" encoding="ISO-8859-1"?>
    <urlset xmlns="http://www.sitemaps.org/schemas/sitemap/0.9" xmlns:image="x" xmlns:xhtml="y">
    <url><loc> http://a.test/1 </loc><lastmod>2026-01-01</lastmod><xhtml:link rel="alternate" hreflang="de" href="http://a.test/de?a=1&amp;b=2"/>
    <image:image><image:loc>http://a.test/i</image:loc></image:image></url><url><loc><![CDATA[http://a.test/2?a&b]]></loc></url></urlset>)") ==
        Strings{"page http://a.test/1", "alternate http://a.test/de?a=1&b=2", "image http://a.test/i", "page http://a.test/2?a&b"});
}

TEST_CASE("a sitemap index lists sitemaps, in <loc> or bare") {
  CHECK(read("<sitemapindex><sitemap><loc>http://a.test/1</loc></sitemap><sitemap>\nhttp://a.test/2\n</sitemap></sitemapindex>") ==
        Strings{"sitemap http://a.test/1", "sitemap http://a.test/2"});
}

TEST_CASE("feeds give the pages of their entries") {
  CHECK(
      read("<rss><channel><link>http://a.test/</link><image><url>http://a.test/logo</url></image><item><link>http://a.test/1</link>"
           "<enclosure "
           "url='http://a.test/m?x=1&amp;y=2'/></item><item><guid>http://a.test/2</guid></item><item><guid>x</guid></item>"
           "<item><guid>http://a.test/3?p=1</guid><link>http://a.test/3</link></item></channel></rss>") ==
      Strings{"page http://a.test/1", "media http://a.test/m?x=1&y=2", "page http://a.test/2", "page http://a.test/3"});
  CHECK(read("<feed><link href='/self' rel='self'/><link rel='next' href='?p=2'/><entry><link href='/1'/><link rel='alternate' "
             "href='/1.html'/><link rel='edit' href='/e'/><link rel='enclosure' href='/m'/></entry></feed>") ==
        Strings{"next ?p=2", "page /1", "alternate /1.html", "media /m"});
  CHECK(read("<rdf:RDF xmlns:rdf='r'><channel><link>/c</link></channel><item><link>/1</link></item></rdf:RDF>") ==
        Strings{"page /1"});
}

TEST_CASE("real files are not well-formed in usual ways") {
  CHECK(read(urlset("<url><loc>http://a.test/?a=1&b=2&copy=3&#38;c&#x26;d&</loc></url>")) ==
        Strings{"page http://a.test/?a=1&b=2&copy=3&c&d&"});
  CHECK(read("\xEF\xBB\xBF\n <?xml version='1.0'?><urlset><url><loc>\xC2\xA0http://a.test/\xE2\x80\x83</loc></url></urlset>") ==
        Strings{"page http://a.test/"});
  CHECK(read("<urlset><url><loc>http://a.test/1</loc></url><url><loc>http://a.test/2</lo") == Strings{"page http://a.test/1"});
  CHECK(read("<urlset><url><unknown:loc>http://a.test/1</unknown:loc></url></urlset>") == Strings{"page http://a.test/1"});
  CHECK(read("<urlset><url><loc>http://a.test/1</loc></url></url><url><loc>http://a.test/2</loc></url></urlset>") ==
        Strings{"page http://a.test/1", "(broken)"});
}

TEST_CASE("entities are not resolved, and a document that declares them is not read on") {
  CHECK(read("<!DOCTYPE urlset [<!ENTITY x SYSTEM 'file:///etc/passwd'>]><urlset><url><loc>&x;</loc></url></urlset>").back() !=
        "page &x;");
  CHECK(read("<!DOCTYPE urlset [<!ENTITY a 'aaaaaaaaaa'><!ENTITY b '&a;&a;'>]><urlset><url><loc>&b;</loc></url></urlset>").size() ==
        1);
  CHECK(read("<!DOCTYPE rss PUBLIC 'x' 'http://127.0.0.1:1/x.dtd'><rss><item><link>/1</link></item></rss>") == Strings{"page /1"});
  CHECK(read(urlset("<url><loc>http://a.test/&eacute;</loc></url>")) == Strings{"page http://a.test/&eacute;"});
  CHECK(read(urlset("<url><loc><xi:include xmlns:xi='x' href='file:///etc/passwd'/></loc></url>")) == Strings{});
}

TEST_CASE("other XML and what is none is no list") {
  CHECK(read("<svg><link>x</link></svg>") == Strings{"(no list)"});
  CHECK(read("") == Strings{"(no list)"});
  CHECK(read("\xFF\xFE") == Strings{"(no list)"});
}

TEST_CASE("lists are bounded in number, length and depth") {
  std::string many;
  for (std::size_t i = 0; i < 10'000; ++i) many += "<url><loc>/" + std::to_string(i) + "</loc></url>";
  CHECK(read_xml_list(urlset(many), kMany, 2'048).links.size() == kMany);
  CHECK(read(urlset("<url><loc>/" + std::string(3'000, 'x') + "</loc></url><url><loc>/1</loc></url>")) == Strings{"page /1"});
  std::string deep;
  for (int i = 0; i < 1'000; ++i) deep += "<a>";
  CHECK(read("<urlset>" + deep) == Strings{"(broken)"});
  std::string attributes;
  for (int i = 0; i < 100'000; ++i) attributes += " a" + std::to_string(i) + "='x'";
  CHECK(read("<urlset><url><loc>/1</loc></url><url" + attributes + "><loc>/2</loc></url></urlset>") ==
        Strings{"page /1", "(broken)"});
  CHECK(read("<urlset" + attributes + "><url><loc>/1</loc></url></urlset>") == Strings{"(no list)"});
}

TEST_CASE("a page that is a list has its links, and its faults") {
  const auto found = [](std::string_view body, std::string_view type) {
    return shown_links(parsed(response(body, "Content-Type: " + std::string(type) + "\r\n")));
  };
  const std::string sitemap = urlset("<url><loc>/1</loc></url>");
  CHECK(found(sitemap, "application/xml") == Strings{"page http://example.test/1"});
  CHECK(found(sitemap, "text/xml; charset=utf-8") == Strings{"page http://example.test/1"});
  CHECK(found("<rss><item><link>2#x</link></item></rss>", "application/rss+xml") == Strings{"page http://example.test/dir/sub/2"});
  CHECK(found(sitemap, "text/plain").empty());
  CHECK(found("<svg xmlns='http://www.w3.org/2000/svg'><a href='/x'/></svg>", "image/svg+xml").empty());
  CHECK(parsed(response("<urlset></x></urlset>", "Content-Type: text/xml\r\n")).fault == PageFault::kBadXml);
  CHECK(
      parsed(response("<urlset><url><loc>http://\xE4.test/</loc></url></urlset>", "Content-Type: text/xml; charset=iso-8859-1\r\n"))
          .links.at(0)
          .url == "http://xn--4ca.test/");
}

TEST_CASE("sitemaps and feeds that another reader's tests use are read alike") {
  const auto data = conformance_json("sitemaps/cases.json");
  if (!data) return;
  int count = 0;
  for (const json::value& value : data->as_array()) {
    const json::object& test = value.as_object();
    const std::string url(test.at("sitemap_url").as_string());
    if (url.ends_with(".txt.gz")) continue;  // a sitemap by its name alone is none where it is met as a page
    CAPTURE(std::string(test.at("source").as_string()), url);
    const XmlList list = read_xml_list(base64_decoded(std::string_view(test.at("content_b64").as_string())), kMany, 2'048);
    CHECK(list.is_broken == test.at("expect_error").as_bool());
    const auto listed = [&](LinkKind kind) {
      return std::count_if(list.links.begin(), list.links.end(), [&](const ListedLink& link) { return link.kind == kind; });
    };
    if (const json::value* wanted = test.if_contains("urls_count")) {
      CHECK(listed(LinkKind::kPage) + listed(LinkKind::kSitemap) == wanted->as_int64());
    }
    if (const json::value* is_index = test.if_contains("is_index")) CHECK((listed(LinkKind::kSitemap) > 0) == is_index->as_bool());
    if (const json::value* wanted = test.if_contains("must_contain")) {
      for (const json::value& one : wanted->as_array()) {
        const auto is_it = [&](const ListedLink& link) { return link.url == std::string_view(one.as_string()); };
        CHECK(std::any_of(list.links.begin(), list.links.end(), is_it));
      }
    }
    ++count;
  }
  CHECK(count >= 15);
}
