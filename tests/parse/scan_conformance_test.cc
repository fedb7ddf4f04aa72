// The scanner against gumbo, on real pages: the same links, base, title and meta elements.
#include <algorithm>
#include <set>

#include "parse/charset.h"
#include "parse/document.h"
#include "parse/scan.h"
#include "tests/catch.h"
#include "tests/parse/conformance.h"

using namespace scraper;
using namespace scraper::parse;
using namespace scraper::parse::testing;

namespace {

// What a page says, in an order that moving and repeating of elements does not change.
std::set<std::string> said(const Extract& page) {
  std::set<std::string> out;
  for (const WrittenLink& link : page.links) {
    out.insert(std::string(to_string(link.kind)) + (link.is_nofollow ? " nofollow " : " ") + std::to_string(link.document) + " " +
               std::string(link.href));
  }
  for (const WrittenDocument& document : page.documents) out.insert("base " + std::string(document.base_href.value_or("")));
  out.insert("title " + page.title);
  out.insert("description " + page.description);
  out.insert("lang " + page.lang);
  for (const std::string& robots : page.robots) out.insert("robots " + robots);
  return out;
}

}  // namespace

TEST_CASE("the scanner finds on real pages what gumbo finds") {
  if (!conformance_file("README.md")) return;
  const UnpackedArchive archive("gold-links/pages.tar.xz");
  std::size_t pages = 0;
  std::size_t links = 0;
  std::string storage;
  for (const std::string& path : archive.paths()) {
    const std::string bytes = archive.read(path);
    const CharsetDecision charset = decide_charset(bytes, "text/html", true);
    const std::string html(to_utf8(std::string_view(bytes).substr(charset.bom_length), *charset.encoding, storage));
    Arena tree_arena(&std::abort);
    Arena scan_arena(&std::abort);
    const auto by_tree = said(extract(*parse_html(html, tree_arena), {true, &tree_arena, "", 0, 100'000}));
    const Extract scanned = scan(html, {true, &scan_arena, "", 0, 100'000});
    const auto by_scan = said(scanned);
    std::vector<std::string> only_tree;
    std::vector<std::string> only_scan;
    std::set_difference(by_tree.begin(), by_tree.end(), by_scan.begin(), by_scan.end(), std::back_inserter(only_tree));
    std::set_difference(by_scan.begin(), by_scan.end(), by_tree.begin(), by_tree.end(), std::back_inserter(only_scan));
    CAPTURE(path, only_tree, only_scan);
    CHECK((only_tree.empty() && only_scan.empty()));
    ++pages;
    links += scanned.links.size();
  }
  CHECK(pages == 669);
  CHECK(links > 100'000);
}
