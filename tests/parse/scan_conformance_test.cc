// The scanner against gumbo, on real pages: the same links, base, title, meta elements and text, in
// the same order, but on pages that are named here with the rule that makes the one or the other
// right.
#include <algorithm>
#include <filesystem>
#include <fstream>
#include <iterator>
#include <map>
#include <set>
#include <sstream>

#include "base/sanitized.h"
#include "parse/html/document.h"
#include "parse/html/scan.h"
#include "parse/text/charset.h"
#include "parse/text/decode.h"
#include "tests/catch.h"
#include "tests/parse/conformance.h"

using namespace scraper;
using namespace scraper::parse;
using namespace scraper::parse::testing;

namespace {

// Rules by which the two differ, of the HTML Standard.
//
// 13.2.6.1, foster parenting: what stands in a table and in no cell of it is moved before the
// table. So does the tree; the scanner leaves it where it is written. All is there, in another
// order.
constexpr std::string_view kMoved = "moved";
// 13.2.4.3, the list of active formatting elements: an <a> that is still open where its parent ends
// is opened again in what follows. The tree has it twice; the scanner as often as it is written. Of
// a URL's links a record keeps one.
constexpr std::string_view kRepeated = "repeated";
// 13.2.3.5, preprocessing the input stream: a control character or a noncharacter is a parse error
// and stays. So does the scanner; gumbo puts U+FFFD in its place.
constexpr std::string_view kReplaced = "replaced";

using Rules = std::set<std::string_view>;
using NamedPages = std::map<std::string_view, Rules>;

using Strings = std::vector<std::string>;

Strings sorted(Strings strings) {
  std::sort(strings.begin(), strings.end());
  return strings;
}

Strings each_once(Strings strings) {
  strings = sorted(std::move(strings));
  strings.erase(std::unique(strings.begin(), strings.end()), strings.end());
  return strings;
}

Strings words(const std::string& text) {
  std::istringstream in(text);
  return {std::istream_iterator<std::string>(in), {}};
}

Strings links(const Extract& page) {
  Strings out;
  for (const WrittenLink& link : page.links) {
    out.push_back(std::string(to_string(link.kind)) + (link.is_nofollow ? " nofollow " : " ") +
                  std::to_string(link.document) + " " + std::string(link.href));
  }
  return out;
}

// What no rule may change.
Strings facts(const Extract& page) {
  Strings out = {"title " + page.title, "description " + page.description, "lang " + page.lang,
                 "text length " + std::to_string(page.text_length)};
  for (const WrittenDocument& document : page.documents) {
    out.push_back("base " + std::string(document.base_href.value_or("(none)")) + " in " +
                  std::to_string(document.parent));
  }
  for (const std::string& robots : page.robots) out.push_back("robots " + robots);
  return out;
}

bool is_replaced(char32_t point) {
  const bool is_control =
      (point < 0x20 && point != '\n' && point != '\t') || (point >= 0x7F && point < 0xA0);
  return is_control || (point >= 0xFDD0 && point <= 0xFDEF) || (point & 0xFFFE) == 0xFFFE;
}

// `text`, which is UTF-8, as gumbo would have it.
std::string with_replacements(std::string_view text) {
  constexpr unsigned kLeads[] = {0x7F, 0, 0x1F, 0x0F,
                                 0x07};  // bits of the point in the first byte, by length
  std::string out;
  for (std::size_t at = 0; at < text.size();) {
    const auto lead = static_cast<unsigned char>(text[at]);
    const std::size_t length = lead < 0x80 ? 1 : lead < 0xE0 ? 2 : lead < 0xF0 ? 3 : 4;
    char32_t point = lead & kLeads[length == 1 ? 0 : length];
    for (std::size_t i = 1; i < length; ++i)
      point = (point << 6) | (static_cast<unsigned char>(text[at + i]) & 0x3F);
    out += is_replaced(point) ? "\xEF\xBF\xBD" : text.substr(at, length);
    at += length;
  }
  return out;
}

// What two lists of links differ by; "links" where no rule explains it.
void compare_links(const Strings& by_tree, const Strings& by_scan, Rules& differences) {
  if (by_tree == by_scan) return;
  if (sorted(by_tree) == sorted(by_scan)) {
    differences.insert(kMoved);
  } else {
    differences.insert(each_once(by_tree) == each_once(by_scan) ? kRepeated : "links");
  }
}

void compare_text(const std::string& by_tree, const std::string& by_scan, Rules& differences) {
  if (by_tree == by_scan) return;
  if (by_tree == with_replacements(by_scan)) {
    differences.insert(kReplaced);
  } else {
    differences.insert(sorted(words(by_tree)) == sorted(words(by_scan)) ? kMoved : "text");
  }
}

// Compares page after page, and has the sums.
class Comparison {
 public:
  explicit Comparison(const NamedPages& named) : named_(named) {}

  void page(const std::string& path, std::string_view bytes) {
    const CharsetDecision charset = decide_charset(bytes, "text/html", true);
    const std::string html(to_utf8(bytes.substr(charset.bom_length), *charset.encoding, storage_));
    tree_arena_.reset();
    scan_arena_.reset();
    const Extract by_tree =
        extract(*parse_html(html, tree_arena_), {true, &tree_arena_, "", kAllText, kAnyDepth});
    const Extract by_scan = scan(html, {true, &scan_arena_, "", kAllText, kAnyDepth});
    Rules differences;
    compare_links(links(by_tree), links(by_scan), differences);
    compare_text(by_tree.text, by_scan.text, differences);
    const auto named = named_.find(path);
    const Rules expected = named == named_.end() ? Rules() : named->second;
    CAPTURE(path);
    CHECK(facts(by_tree) == facts(by_scan));
    CHECK(differences == expected);
    ++pages_;
    links_ += by_scan.links.size();
    named_met_ += named != named_.end() ? 1 : 0;
  }

  std::size_t pages() const { return pages_; }
  std::size_t links_found() const { return links_; }
  bool has_met_all_named() const { return named_met_ == named_.size(); }

 private:
  static constexpr std::size_t kAllText = 64u << 20;
  static constexpr std::uint32_t kAnyDepth = 100'000;

  const NamedPages& named_;
  Arena tree_arena_{&std::abort};
  Arena scan_arena_{&std::abort};
  std::string storage_;
  std::size_t pages_ = 0;
  std::size_t links_ = 0;
  std::size_t named_met_ = 0;
};

std::string file(const std::string& path) {
  std::ifstream in(path, std::ios::binary);
  REQUIRE(in);
  std::string bytes(std::filesystem::file_size(path), '\0');  // in one piece: these are 200 MB
  in.read(bytes.data(), static_cast<std::streamsize>(bytes.size()));
  REQUIRE(in);
  return bytes;
}

// A sanitizer's time is its own: of the thousands of pages every tenth, and those that are named.
constexpr std::size_t kStep = kIsSanitized ? 10 : 1;

// The pages below a folder that `package` of Debian installs; false, after saying so, where it has
// not been.
bool compare_corpus(const std::string& folder, const std::string& package, std::size_t least_pages,
                    std::size_t least_links, const NamedPages& named) {
  if (!std::filesystem::is_directory(folder)) {
    WARN("skipped: " + package + " is not installed");
    return false;
  }
  std::set<std::string> paths;  // in order, so that every tenth is the same everywhere
  for (const auto& entry : std::filesystem::recursive_directory_iterator(folder)) {
    if (entry.path().extension() == ".html")
      paths.insert(std::filesystem::relative(entry.path(), folder));
  }
  Comparison comparison(named);
  std::size_t number = 0;
  for (const std::string& path : paths) {
    if (number++ % kStep == 0 || named.contains(path))
      comparison.page(path, file(folder + "/" + path));
  }
  CHECK(comparison.pages() >= least_pages / kStep);
  CHECK(comparison.links_found() >= least_links / kStep);
  CHECK(comparison.has_met_all_named());
  return true;
}

}  // namespace

TEST_CASE("the scanner finds on real pages what gumbo finds") {
  const NamedPages named = {
      {"trafilatura/tests/cache/buchperlen.wordpress.com.html", {kReplaced}},  // U+001D
      {"trafilatura/tests/cache/plentylife.blogspot.pamela-reif.html", {kRepeated}},
      {"trafilatura/tests/eval/0af99c85f22b451a93a75bbf99ac412e.html", {kRepeated}},
      {"trafilatura/tests/eval/archive.org.time4talks.com.kinos.html", {kRepeated}},
      {"trafilatura/tests/eval/boxen.de-staatsanwaltschaft.html", {kRepeated}},
      {"trafilatura/tests/eval/d32ad974a4b04657bb6e4d91852bd52d.html", {kRepeated}},
      {"trafilatura/tests/eval/emotion.de.selfcare.html", {kRepeated}},
      {"trafilatura/tests/eval/flvw.de-hallenmeisterschaften.html", {kRepeated}},
      {"trafilatura/tests/eval/laprensagrafica.com.fiscal.html", {kRepeated}},
      {"trafilatura/tests/eval/lapresse.tn.parite.html", {kRepeated}},
      {"trafilatura/tests/eval/larepublica.net-hackers.html", {kRepeated}},
      {"trafilatura/tests/eval/oekonomenstimme.org.keynes.html", {kRepeated}},
      {"trafilatura/tests/eval/siegfried-marcus-berufsschule.at.kft.html", {kRepeated}},
      {"trafilatura/tests/eval/timesofisrael.com.washington.html", {kRepeated}},
      {"trafilatura/tests/eval/verfassungsblog.de.expertinnen.html", {kRepeated}},
      {"trafilatura/tests/eval/zooroyal.de.trixie.html", {kRepeated}},
  };
  if (!conformance_file("README.md")) return;
  const UnpackedArchive archive("gold-links/pages.tar.xz");
  Comparison comparison(named);
  Decoder decoder;
  for (const std::string& path : archive.paths()) {
    const std::string bytes = archive.read(path);
    comparison.page(path, path.ends_with(".gz")
                              ? decoder.undo(bytes, {"gzip"}, {64u << 20, 1'000}).bytes
                              : bytes);
  }
  CHECK(comparison.pages() == 669);
  CHECK(comparison.links_found() > 150'000);
  CHECK(comparison.has_met_all_named());
}

TEST_CASE("the scanner finds on cppreference's pages what gumbo finds") {
  compare_corpus("/usr/share/cppreference/doc/html/en", "cppreference-doc-en-html", 4'400, 400'000,
                 {{"cpp/header/experimental/filesystem.html", {kMoved}},  // an <a> between two rows
                  {"cpp/iterator/distance.html", {kMoved}},        // a heading between two rows
                  {"cpp/utility/pair/swap.html", {kMoved}},        // the same
                  {"cpp/language/identifiers.html", {kReplaced}},  // U+1FFFE
                  {"cpp/language/name.html", {kReplaced}}});
}

TEST_CASE("the scanner finds on the pages of Python's documentation what gumbo finds") {
  compare_corpus("/usr/share/doc/python3.11/html", "python3.11-doc", 500, 150'000, {});
}
