// Whole pages: 669 real ones whose links two independent parsers agree on, and documents that hurt
// a parser once.
#include <boost/json/parse.hpp>
#include <set>
#include <sstream>

#include "parse/url/url.h"
#include "tests/parse/conformance.h"
#include "tests/parse/records.h"

using namespace scraper;
using namespace scraper::parse;
using namespace scraper::parse::testing;
namespace json = boost::json;

namespace {

struct ExpectedLink {
  std::string url;
  bool is_nofollow;
  bool operator==(const ExpectedLink&) const = default;
};

bool has_high_byte_escape(std::string_view url) {
  const auto query = url.find('?');
  for (auto at = url.find('%', query == url.npos ? url.size() : query); at != url.npos;
       at = url.find('%', at + 1)) {
    if (at + 1 < url.size() && url[at + 1] >= '8') return true;
  }
  return false;
}

// On pages that are not UTF-8 the reference encoded queries as UTF-8, where the standard asks for
// the page's encoding: there such a query stands for any.
std::string comparable(std::string_view url, bool is_utf8) {
  if (is_utf8 || !has_high_byte_escape(url)) return std::string(url);
  return std::string(url.substr(0, url.find('?'))) + "?(not ASCII)";
}

std::vector<ExpectedLink> expected_links(const json::object& page, bool is_utf8) {
  std::vector<ExpectedLink> links;
  for (const auto& one : page.at("links").as_array()) {
    const auto& url = one.at("url");
    if (url.is_null() || !url.as_string().starts_with("http")) continue;
    links.push_back(
        {comparable(std::string_view(url.as_string()), is_utf8), one.at("nofollow").as_bool()});
  }
  return links;
}

std::vector<ExpectedLink> found_links(const PageRecord& record, bool is_utf8) {
  std::vector<ExpectedLink> links;
  for (const auto& link : record.links) {
    if (link.kind == LinkKind::kPage)
      links.push_back({comparable(link.url, is_utf8), link.is_nofollow});
  }
  return links;
}

// The reference takes no-break spaces off titles and leaves directives untrimmed.
std::string_view trimmed(std::string_view text) {
  while (!text.empty() && (text[0] == ' ' || text[0] == '\n')) text.remove_prefix(1);
  while (text.ends_with(' ') || text.ends_with('\n')) text.remove_suffix(1);
  while (text.ends_with("\xC2\xA0")) text.remove_suffix(2);
  return text;
}

// Title, canonical link and robots directives, where the reference has them.
void check_rest(const json::object& page, const PageRecord& record,
                std::vector<std::string>& differing) {
  const std::string path(page.at("path").as_string());
  const auto note = [&](const std::string& what, std::string_view expected,
                        std::string_view found) {
    if (expected != found)
      differing.push_back(path + ": " + what + " " + std::string(expected) + " against " +
                          std::string(found));
  };
  if (const auto* title = page.if_contains("title"); title != nullptr && title->is_string()) {
    note("title", std::string_view(title->as_string()), trimmed(record.title));
  }
  std::string robots;
  for (const auto& one : page.at("meta_robots").as_array()) {
    if (!one.as_string().empty())
      robots.append(robots.empty() ? "" : ", ").append(trimmed(std::string_view(one.as_string())));
  }
  note("robots", robots, record.robots);
  if (!page.at("canonical").is_string()) return;
  const auto target = parse_url(std::string_view(page.at("page_url").as_string()));
  const auto base = parse_url(record.base.empty() ? target->href() : std::string(record.base));
  const auto canonical = parse_url(std::string_view(page.at("canonical").as_string()), &*base);
  note("canonical", canonical && canonical->is_http() ? canonical->href() : "", record.canonical);
}

// Without what is said again.
std::vector<ExpectedLink> each_once(const std::vector<ExpectedLink>& links) {
  std::vector<ExpectedLink> out;
  std::set<std::pair<std::string, bool>> seen;
  for (const ExpectedLink& link : links) {
    if (seen.emplace(link.url, link.is_nofollow).second) out.push_back(link);
  }
  return out;
}

std::string first_difference(const std::vector<ExpectedLink>& expected,
                             const std::vector<ExpectedLink>& found) {
  std::size_t at = 0;
  while (at < expected.size() && at < found.size() && expected[at] == found[at]) ++at;
  const auto show = [at](const auto& links) {
    return at < links.size() ? links[at].url + (links[at].is_nofollow ? " nofollow" : "")
                             : "(none)";
  };
  return std::to_string(expected.size()) + " expected, " + std::to_string(found.size()) +
         " found; at " + std::to_string(at) + ": " + show(expected) + " against " + show(found);
}

}  // namespace

TEST_CASE("every a and area link of real pages is found, in order, as two other parsers find it") {
  const auto gold = conformance_file("gold-links/gold.jsonl.xz");
  if (!gold) return;
  const UnpackedArchive pages("gold-links/pages.tar.xz");
  PageOptions options = as_resolved();
  options.max_url = 1u << 20;
  options.parser = GENERATE(Parser::kScan, Parser::kGumbo);
  PageParser parser(options);
  std::istringstream lines(*gold);
  std::size_t count = 0;
  std::size_t repeating = 0;
  std::vector<std::string> differing;
  std::vector<std::string> differing_rest;
  for (std::string line; std::getline(lines, line); ++count) {
    const json::value value = json::parse(line);
    const auto& page = value.as_object();
    const std::string encoding(page.at("encoding").as_string());
    const std::string path(page.at("path").as_string());
    std::string type = "Content-Type: text/html; charset=" + encoding + "\r\n";
    if (path.ends_with(".gz")) type += "Content-Encoding: gzip\r\n";
    const auto record = decoded(parser.parse(
        response(pages.read(path), type, "200 OK", std::string(page.at("page_url").as_string())),
        TaskKind::kPage));
    const bool is_utf8 = encoding == "UTF-8";
    const auto expected = expected_links(page, is_utf8);
    const auto found = found_links(record, is_utf8);
    if (expected != found && options.parser == Parser::kScan &&
        each_once(expected) == each_once(found)) {
      ++repeating;
    } else if (expected != found) {
      differing.push_back(path + ": " + first_difference(expected, found));
    }
    check_rest(page, record, differing_rest);
  }
  CHECK(count == 669);
  // What a tree opens again, and the scanner does not: tests/parse/scan_conformance_test.cc names
  // the pages.
  CHECK(repeating == (options.parser == Parser::kScan ? 15 : 0));
  for (const auto& difference : differing) UNSCOPED_INFO(difference);
  CHECK(differing.empty());
  for (const auto& difference : differing_rest) UNSCOPED_INFO(difference);
  CHECK(differing_rest.empty());
}

TEST_CASE("documents that hurt a parser once end, with a record") {
  PageOptions options;
  options.parser = GENERATE(Parser::kScan, Parser::kGumbo);
  PageParser parser(options);
  for (const char* name : {"1539", "1543", "1569", "1580-attrname", "1593", "1596", "1606", "1611",
                           "1613", "1638", "1640", "1644", "1695", "1697", "39164"}) {
    const auto body = conformance_file("hostile/jsoup-fuzz/" + std::string(name) + ".html.gz");
    if (!body) return;
    CAPTURE(name);
    const auto record = decoded(parser.parse(
        response(*body, "Content-Type: text/html\r\nContent-Encoding: gzip\r\n"), TaskKind::kPage));
    CHECK(record.status == 200);
    CHECK(record.decoded_size > 0);
  }
}
