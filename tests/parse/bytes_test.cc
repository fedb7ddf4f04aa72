#include "base/bytes.h"

#include <algorithm>
#include <random>
#include <string>
#include <vector>

#include "base/ascii.h"
#include "parse/html/tags.h"
#include "parse/text/text_collector.h"
#include "tests/catch.h"

using namespace scraper;
using namespace scraper::parse;

namespace {

// `count` pieces of `alphabet`, with nothing behind them that could be read unpunished.
std::string random_text(std::mt19937& random, const std::vector<std::string>& alphabet,
                        std::size_t count) {
  std::string text;
  for (std::size_t i = 0; i < count; ++i) text += alphabet[random() % alphabet.size()];
  text.shrink_to_fit();
  return text;
}

// White space collapsed and none at either end, counted in code points, as one would write it down.
std::uint64_t counted(std::string_view text) {
  std::uint64_t count = 0;
  bool wants_space = false;
  for (const char c : text) {
    if (is_ascii_space(c)) {
      wants_space = count > 0;
      continue;
    }
    count += (wants_space ? 1 : 0) + ((static_cast<unsigned char>(c) & 0xC0) != 0x80 ? 1 : 0);
    wants_space = false;
  }
  return count;
}

std::string upper(std::string_view text) {
  std::string out(text);
  for (char& c : out) c = static_cast<char>(c >= 'a' && c <= 'z' ? c - 32 : c);
  return out;
}

}  // namespace

TEST_CASE("a byte is found wherever it stands in text of any length") {
  std::mt19937 random(1);
  for (std::size_t size = 0; size < 30; ++size) {
    for (int round = 0; round < 50; ++round) {
      const std::string text = random_text(random, {"aaa", "bbbbbb", "c", "d", "<", "\xFF"}, size);
      for (std::size_t from = 0; from <= text.size(); ++from) {
        CAPTURE(text, from);
        REQUIRE(find_any(text, from, '<') == find_any_plainly(text, from, '<'));
        REQUIRE(find_any(text, from, '<', '\xFF') == find_any_plainly(text, from, '<', '\xFF'));
      }
      REQUIRE(holds_any(text, '<') == (text.find('<') != text.npos));
    }
  }
}

TEST_CASE(
    "visible text is counted alike in one piece, in many, and with more of the document behind "
    "it") {
  std::mt19937 random(2);
  for (std::size_t size = 0; size < 100; ++size) {
    for (int round = 0; round < 50; ++round) {
      const std::string text = random_text(
          random, {"a", "b", "\xC3\xA9", "\xE2\x82\xAC", " ", "\t", "\n", "\f", "\r", "\v"}, size);
      CAPTURE(text);
      TextCollector whole(0);
      whole.add(text);
      REQUIRE(whole.code_points() == counted(text));
      TextCollector pieces(0);
      for (std::size_t at = 0; at < text.size();) {
        const std::size_t piece = std::min<std::size_t>(1 + random() % 20, text.size() - at);
        pieces.add(std::string_view(text).substr(at, piece), text.size() - at - piece);
        at += piece;
      }
      REQUIRE(pieces.code_points() == counted(text));
      TextCollector kept(1'000);
      kept.add(text);
      REQUIRE(kept.code_points() == counted(text));
    }
  }
}

TEST_CASE(
    "every element of HTML is known by its name in any case, and no other name is taken for one") {
  for (int i = 0; i < GUMBO_TAG_UNKNOWN; ++i) {
    const auto tag = static_cast<GumboTag>(i);
    const std::string name = gumbo_normalized_tagname(tag);
    CAPTURE(name);
    for (const std::string& written : {name, upper(name)}) {
      CHECK(tag_named(written) == tag);
      CHECK(tag_named((written + " class=wide and more").substr(0, written.size()), 0) == tag);
      const std::string in_document = written + ">and more that follows it";
      CHECK(tag_named(std::string_view(in_document).substr(0, written.size()),
                      in_document.size() - written.size()) == tag);
      for (const char c : {'\0', '\x01', '1', 'x', '-', '\x8D'}) {
        const std::string longer = written + c;
        const auto other = gumbo_tagn_enum(longer.data(), static_cast<unsigned>(longer.size()));
        CHECK(tag_named(longer) == other);
      }
    }
  }
  for (const std::string_view name : {"", "h7", "h\x11", "annotation-xmlx",
                                      "a-name-of-more-than-sixteen-bytes", "@", "[", "\xE1"}) {
    CAPTURE(name);
    CHECK(tag_named(name) == GUMBO_TAG_UNKNOWN);
  }
}
