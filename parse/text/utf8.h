// UTF-8 as the rest of the room needs it: checked, mended, counted and cut. Pure; any thread.
#pragma once

#include <cstddef>
#include <cstdint>
#include <string>
#include <string_view>

namespace scraper::parse {

inline constexpr std::string_view kReplacement = "\xEF\xBF\xBD";  // U+FFFD

bool is_ascii(std::string_view text);
bool is_utf8(std::string_view text);  // no surrogates, no overlong forms, at most U+10FFFF

// Appends `bytes` as UTF-8, each maximal subpart of an ill-formed sequence as one U+FFFD (Encoding
// Standard, "UTF-8 decoder").
void append_mended(std::string& out, std::string_view bytes);

void append_code_point(std::string& out, std::uint32_t code_point);

// At most `code_points` of them, of valid UTF-8.
std::string_view first_code_points(std::string_view text, std::size_t code_points);

// At most `bytes`, not cutting a code point in two.
std::string_view first_bytes(std::string_view text, std::size_t bytes);

// Collects text with runs of ASCII white space as one space and none at either end, counting code
// points; keeps the text itself only up to `keep` bytes, whole code points of them. What is added
// must be UTF-8.
class TextCollector {
 public:
  explicit TextCollector(std::size_t keep) : keep_(keep) {}
  // `slack`: how many bytes behind the text may be read, too, which makes short pieces cheap; what
  // is there does not matter.
  void add(std::string_view text, std::size_t slack = 0);
  void separate() { wants_space_ = true; }
  std::uint64_t code_points() const { return code_points_; }
  const std::string& text() const { return text_; }

 private:
  void count(std::string_view text, std::size_t slack);
  void keep(std::string_view text);

  std::size_t keep_;
  std::string text_;
  std::uint64_t code_points_ = 0;
  bool wants_space_ = false;
  bool is_full_ = false;
};

}  // namespace scraper::parse
