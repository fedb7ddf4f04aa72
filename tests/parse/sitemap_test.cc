#include "parse/sitemap.h"

#include <boost/json/value.hpp>

#include "tests/catch.h"
#include "tests/parse/conformance.h"
#include "tests/parse/deflated.h"
#include "tests/parse/records.h"

using namespace scraper;
using namespace scraper::parse;
using namespace scraper::parse::testing;
namespace json = boost::json;

using Strings = std::vector<std::string>;

namespace {

constexpr std::size_t kMany = 1'000;

Strings shown(const UrlList& list) {
  Strings out;
  for (const ListedLink& link : list.links)
    out.push_back(std::string(to_string(link.kind)) + " " + link.url);
  if (list.is_broken) out.push_back("(broken)");
  if (!list.is_list) out.push_back("(no list)");
  return out;
}

Strings read(std::string_view text) { return shown(read_xml_list(text, kMany, 2'048)); }

std::string urlset(std::string_view inside) {
  return "<urlset>" + std::string(inside) + "</urlset>";
}

}  // namespace

TEST_CASE("a sitemap lists pages, with their images and languages") {
  CHECK(read(R"(<?xml version="1.0" encoding="ISO-8859-1"?>
    <urlset xmlns="http://www.sitemaps.org/schemas/sitemap/0.9" xmlns:image="x" xmlns:xhtml="y">
    <url><loc> http://a.test/1 </loc><lastmod>2026-01-01</lastmod><xhtml:link rel="alternate" hreflang="de" href="http://a.test/de?a=1&amp;b=2"/>
    <image:image><image:loc>http://a.test/i</image:loc></image:image></url><url><loc><![CDATA[http://a.test/2?a&b]]></loc></url></urlset>)") ==
        Strings{"page http://a.test/1", "alternate http://a.test/de?a=1&b=2",
                "image http://a.test/i", "page http://a.test/2?a&b"});
}

TEST_CASE("a sitemap index lists sitemaps, in <loc> or bare") {
  CHECK(read("<sitemapindex><sitemap><loc>http://a.test/1</loc></sitemap><sitemap>\nhttp://a.test/"
             "2\n</sitemap></sitemapindex>") ==
        Strings{"sitemap http://a.test/1", "sitemap http://a.test/2"});
}

TEST_CASE("feeds give the pages of their entries") {
  CHECK(read("<rss><channel><link>http://a.test/</link><image><url>http://a.test/logo</url></"
             "image><item><link>http://a.test/1</link>"
             "<enclosure "
             "url='http://a.test/m?x=1&amp;y=2'/></item><item><guid>http://a.test/2</guid></"
             "item><item><guid>x</guid></item>"
             "<item><guid>http://a.test/3?p=1</guid><link>http://a.test/3</link></item></channel></"
             "rss>") == Strings{"page http://a.test/1", "media http://a.test/m?x=1&y=2",
                                "page http://a.test/2", "page http://a.test/3"});
  CHECK(read("<feed><link href='/self' rel='self'/><link rel='next' href='?p=2'/><entry><link "
             "href='/1'/><link rel='alternate' "
             "href='/1.html'/><link rel='edit' href='/e'/><link rel='enclosure' "
             "href='/m'/></entry></feed>") ==
        Strings{"next ?p=2", "page /1", "alternate /1.html", "media /m"});
  CHECK(read("<rdf:RDF "
             "xmlns:rdf='r'><channel><link>/c</link></channel><item><link>/1</link></item></"
             "rdf:RDF>") == Strings{"page /1"});
}

TEST_CASE("real files are not well-formed in usual ways") {
  CHECK(read(urlset("<url><loc>http://a.test/?a=1&b=2&copy=3&#38;c&#x26;d&</loc></url>")) ==
        Strings{"page http://a.test/?a=1&b=2&copy=3&c&d&"});
  CHECK(read("\xEF\xBB\xBF\n <?xml "
             "version='1.0'?><urlset><url><loc>\xC2\xA0http://a.test/\xE2\x80\x83</loc></url></"
             "urlset>") == Strings{"page http://a.test/"});
  CHECK(read("<urlset><url><loc>http://a.test/1</loc></url><url><loc>http://a.test/2</lo") ==
        Strings{"page http://a.test/1"});
  CHECK(read("<urlset><url><unknown:loc>http://a.test/1</unknown:loc></url></urlset>") ==
        Strings{"page http://a.test/1"});
  CHECK(read("<urlset><url><loc>http://a.test/1</loc></url></url><url><loc>http://a.test/2</loc></"
             "url></urlset>") == Strings{"page http://a.test/1", "(broken)"});
}

TEST_CASE("entities are not resolved, and a document that declares something is not read on") {
  const std::string list = urlset("<url><loc>/1&x;</loc></url>");
  CHECK(read("<!DOCTYPE urlset [<!ENTITY x SYSTEM 'file:///etc/passwd'>]>" + list) ==
        Strings{"(broken)"});
  CHECK(read("<!DOCTYPE urlset [<!ENTITY a 'aaaaaaaaaa'><!ENTITY x '&a;&a;'>]>" + list) ==
        Strings{"(broken)"});
  CHECK(read("<!DOCTYPE urlset[<!ATTLIST url a CDATA 'x'>]>" + list) == Strings{"(broken)"});
  CHECK(read("<!DOCTYPE [<!ATTLIST url a CDATA 'x'>]>" + list) == Strings{"(no list)"});
  CHECK(read("<!DOCTYPE svg [<!ENTITY ns 'x'>]><svg/>") == Strings{"(no list)"});
  CHECK(read("<!DOCTYPE rss PUBLIC 'x' "
             "'http://127.0.0.1:1/x.dtd'><rss><item><link>/1</link></item></rss>") ==
        Strings{"page /1"});
  CHECK(read(urlset("<url><loc>http://a.test/&eacute;</loc></url>")) ==
        Strings{"page http://a.test/&eacute;"});
  CHECK(
      read(urlset("<url><loc><xi:include xmlns:xi='x' href='file:///etc/passwd'/></loc></url>")) ==
      Strings{});
}

TEST_CASE("other XML and what is none is no list") {
  CHECK(read("<svg><link>x</link></svg>") == Strings{"(no list)"});
  CHECK(read("") == Strings{"(no list)"});
  CHECK(read("\xFF\xFE") == Strings{"(no list)"});
}

TEST_CASE("lists are bounded in number, length and depth") {
  std::string many;
  for (std::size_t i = 0; i < 10'000; ++i)
    many += "<url><loc>/" + std::to_string(i) + "</loc></url>";
  CHECK(read_xml_list(urlset(many), kMany, 2'048).links.size() == kMany);
  CHECK(read(urlset("<url><loc>/" + std::string(3'000, 'x') +
                    "</loc></url><url><loc>/1</loc></url>")) == Strings{"page /1"});
  const std::string space(5'000, ' ');
  CHECK(read(urlset("<url><loc>" + space + "/1" + space + "</loc></url>")) == Strings{"page /1"});
  CHECK(
      read(urlset("<url><loc>" + space + "/" + std::string(3'000, 'x') + "</loc></url>")).empty());
  std::string deep;
  for (int i = 0; i < 1'000; ++i) deep += "<a>";
  CHECK(read("<urlset>" + deep) == Strings{"(broken)"});
  std::string attributes;
  for (int i = 0; i < 100'000; ++i) attributes += " a" + std::to_string(i) + "='x'";
  CHECK(read("<urlset><url><loc>/1</loc></url><url" + attributes +
             "><loc>/2</loc></url></urlset>") == Strings{"page /1", "(broken)"});
  CHECK(read("<urlset" + attributes + "><url><loc>/1</loc></url></urlset>") ==
        Strings{"(no list)"});
}

TEST_CASE("a page that is a list has its links, and its faults") {
  const auto found = [](std::string_view body, std::string_view type) {
    return shown_links(parsed(response(body, "Content-Type: " + std::string(type) + "\r\n")));
  };
  const std::string sitemap = urlset("<url><loc>/1</loc></url>");
  CHECK(found(sitemap, "application/xml") == Strings{"page http://example.test/1"});
  CHECK(found(sitemap, "text/xml; charset=utf-8") == Strings{"page http://example.test/1"});
  CHECK(found("<rss><item><link>2#x</link></item></rss>", "application/rss+xml") ==
        Strings{"page http://example.test/dir/sub/2"});
  CHECK(found(sitemap, "text/plain").empty());
  CHECK(found("<svg xmlns='http://www.w3.org/2000/svg'><a href='/x'/></svg>", "image/svg+xml")
            .empty());
  CHECK(parsed(response("<urlset></x></urlset>", "Content-Type: text/xml\r\n")).fault ==
        PageFault::kBadXml);
  CHECK(parsed(response("<urlset><url><loc>http://\xE4.test/</loc></url></urlset>",
                        "Content-Type: text/xml; charset=iso-8859-1\r\n"))
            .links.at(0)
            .url == "http://xn--4ca.test/");
}

namespace {

// "LASTMOD CHANGEFREQ PRIORITY URL [LANG URL]…"
Strings shown_entries(const PageRecord& record) {
  Strings out;
  std::size_t alternate = 0;
  for (const SitemapEntry& entry : record.sitemap_entries) {
    std::string line;
    for (const auto text : {entry.lastmod, entry.changefreq, entry.priority})
      line.append(text).append("|");
    line.append(record.links.at(entry.link).url);
    for (std::uint32_t i = 0; i < entry.alternates; ++i, ++alternate) {
      const SitemapAlternate& one = record.sitemap_alternates.at(alternate);
      line.append(" ").append(one.lang).append(" ").append(record.links.at(one.link).url);
    }
    out.push_back(line);
  }
  CHECK(alternate == record.sitemap_alternates.size());
  return out;
}

PageRecord as_sitemap(std::string_view body,
                      std::string_view fields = "Content-Type: application/xml\r\n",
                      PageOptions options = {}) {
  return parsed(response(body, fields), std::move(options), TaskKind::kSitemap);
}

}  // namespace

TEST_CASE("a sitemap task keeps what an entry says of itself, whatever the order") {
  const PageRecord record = as_sitemap(
      "<urlset><url><xhtml:link rel='alternate' hreflang='de' href='/de'/><lastmod> 2026-01-02 "
      "</lastmod><loc>/1</loc>"
      "<changefreq>daily</changefreq><priority>0.5</priority><xhtml:link rel='alternate' "
      "hreflang='fr' href='/fr'/></url>"
      "<url><lastmod>2026</lastmod></url><url><loc>/de</loc><xhtml:link rel='alternate' "
      "hreflang='en' href='/1'/></url></urlset>");
  CHECK(shown_entries(record) == Strings{"2026-01-02|daily|0.5|http://example.test/1 de "
                                         "http://example.test/de fr http://example.test/fr",
                                         "|||http://example.test/de en http://example.test/1"});
  CHECK(shown_links(record) == Strings{"page http://example.test/1", "page http://example.test/de",
                                       "alternate http://example.test/fr"});
  CHECK(record.fault == PageFault::kNone);
}

TEST_CASE("feeds as sitemaps say when their entries changed") {
  CHECK(shown_entries(as_sitemap("<rss><channel><item><link>/1</link><pubDate>Mon, 05 Jan 2026 "
                                 "10:00:00 GMT</pubDate></item></channel></rss>")) ==
        Strings{"Mon, 05 Jan 2026 10:00:00 GMT|||http://example.test/1"});
  CHECK(shown_entries(as_sitemap("<feed><updated>x</updated><entry><updated>2026-01-05T10:00:00Z</"
                                 "updated><link href='/1'/></entry></feed>")) ==
        Strings{"2026-01-05T10:00:00Z|||http://example.test/1"});
}

TEST_CASE("an index lists sitemaps with their dates") {
  const PageRecord record = as_sitemap(
      "<sitemapindex><sitemap><loc>/1.xml</loc><lastmod>2026-01-01</lastmod></sitemap></"
      "sitemapindex>");
  CHECK(shown_entries(record) == Strings{"2026-01-01|||http://example.test/1.xml"});
  CHECK(record.links.at(0).kind == LinkKind::kSitemap);
}

TEST_CASE("a sitemap may be text, with a URL a line") {
  const std::string text =
      "\xEF\xBB\xBFhttp://a.test/1\r\nHTTPS://a.test/2  \n# no "
      "URL\n\n/relative\nftp://a.test/\rhttp://a.test/\xC3\xA4#x";
  CHECK(shown_entries(as_sitemap(text, "Content-Type: text/plain\r\n")) ==
        Strings{"|||http://a.test/1", "|||https://a.test/2", "|||http://a.test/%C3%A4"});
  CHECK(as_sitemap("nothing here", "Content-Type: text/plain\r\n").fault == PageFault::kNoSitemap);
  CHECK(as_sitemap("", "").fault == PageFault::kNoSitemap);
  CHECK(as_sitemap("<!DOCTYPE html><title>not found</title><a href=/x>x</a>",
                   "Content-Type: text/html\r\n")
            .fault == PageFault::kNoSitemap);
}

TEST_CASE("a sitemap may be a gzipped file, under whatever type and below a content-encoding too") {
  const std::string plain = "http://a.test/1\nhttp://a.test/2\n";
  const std::string file = gzip(plain);
  CHECK(as_sitemap(file, "Content-Type: application/gzip\r\n").links.size() == 2);
  CHECK(as_sitemap(file, "").links.size() == 2);
  CHECK(as_sitemap(gzip(file), "Content-Encoding: gzip\r\n").links.size() == 2);
  std::string nested = plain;
  for (int i = 0; i < 10; ++i) nested = gzip(nested);
  CHECK(as_sitemap(nested, "Content-Type: application/gzip\r\n").fault == PageFault::kNoSitemap);
  const PageRecord cut = as_sitemap(file.substr(0, file.size() - 12), "");
  CHECK(cut.fault == PageFault::kBadEncoding);
  CHECK(cut.decoded_size > 0);
  CHECK(as_sitemap("\x1F\x8B is no gzip", "").fault == PageFault::kBadEncoding);
}

TEST_CASE("a sitemap is read as far as the protocol allows one to go") {
  std::string many = "<urlset>";
  for (std::size_t i = 0; i < kMostSitemapEntries + 10; ++i) {
    many += "<url><loc>http://a.test/some/long/path/to/make/it/worth/while/" + std::to_string(i) +
            "</loc><lastmod>2026-01-01T00:00:00Z</lastmod></url>";
  }
  const PageRecord record = as_sitemap(many + "</urlset>");
  CHECK(record.sitemap_entries.size() == kMostSitemapEntries);
  CHECK(record.links.size() == kMostSitemapEntries);
  CHECK(record.links_cut);
  CHECK(record.fault == PageFault::kNone);
  std::string lines;
  for (std::size_t i = 0; i < kMostSitemapEntries + 10; ++i)
    lines += "http://a.test/" + std::to_string(i) + "\n";
  const PageRecord text = as_sitemap(lines, "Content-Type: text/plain\r\n");
  CHECK(text.links.size() == kMostSitemapEntries);
  CHECK(text.links_cut);
  const std::string large =
      "http://a.test/1\n" + std::string(kLargestSitemap, '\n') + "http://a.test/2\n";
  const PageRecord past = as_sitemap(large, "Content-Type: text/plain\r\n");
  CHECK(past.links.size() == 1);
  CHECK(past.links_cut);
}

TEST_CASE("sitemaps and feeds that another reader's tests use are read alike") {
  const auto data = conformance_json("sitemaps/cases.json");
  if (!data) return;
  int count = 0;
  for (const json::value& value : data->as_array()) {
    const json::object& test = value.as_object();
    const std::string url(test.at("sitemap_url").as_string());
    CAPTURE(std::string(test.at("source").as_string()), url);
    const json::value& type = test.at("content_type");
    const std::string fields =
        type.is_string() ? "Content-Type: " + std::string(type.as_string()) + "\r\n" : "";
    const std::string body = base64_decoded(std::string_view(test.at("content_b64").as_string()));
    const PageRecord record = parsed(response(body, fields, "200 OK", url), {}, TaskKind::kSitemap);
    CHECK((record.fault != PageFault::kNone) == test.at("expect_error").as_bool());
    const auto listed = [&](LinkKind kind) {
      return std::count_if(
          record.sitemap_entries.begin(), record.sitemap_entries.end(),
          [&](const SitemapEntry& entry) { return record.links.at(entry.link).kind == kind; });
    };
    if (const json::value* wanted = test.if_contains("urls_count")) {
      CHECK(listed(LinkKind::kPage) + listed(LinkKind::kSitemap) == wanted->as_int64());
    }
    if (const json::value* is_index = test.if_contains("is_index"))
      CHECK((listed(LinkKind::kSitemap) > 0) == is_index->as_bool());
    if (const json::value* wanted = test.if_contains("must_contain")) {
      for (const json::value& one : wanted->as_array()) {
        const auto is_it = [&](const Link& link) {
          return link.url == std::string_view(one.as_string());
        };
        CHECK(std::any_of(record.links.begin(), record.links.end(), is_it));
      }
    }
    ++count;
  }
  CHECK(count == 16);
}
