// UTF-8 (Unicode Standard 3.9): decoded, checked, mended and cut. Pure; any thread.
#pragma once

#include <cstddef>
#include <cstdint>
#include <string>
#include <string_view>

namespace scraper {

inline constexpr std::string_view kReplacement = "\xEF\xBF\xBD";  // U+FFFD

inline bool continues_code_point(char c) { return (static_cast<unsigned char>(c) & 0xC0) == 0x80; }

struct CodePoint {
  char32_t value = 0;
  std::size_t length = 1;  // of the sequence, or of the maximal subpart that is ill-formed
  bool is_valid = false;
};

// What is at `at`, which is inside of `text`. Table 3-7: no surrogates, nothing overlong, nothing
// past U+10FFFF.
inline CodePoint decode_utf8(std::string_view text, std::size_t at = 0) {
  const auto byte = [&](std::size_t i) { return static_cast<unsigned char>(text[at + i]); };
  const unsigned char lead = byte(0);
  if (lead < 0x80) return {lead, 1, true};
  if (lead < 0xC2 || lead > 0xF4) return {};
  const std::size_t length = lead < 0xE0 ? 2 : lead < 0xF0 ? 3 : 4;
  const unsigned char lowest = lead == 0xE0 ? 0xA0 : lead == 0xF0 ? 0x90 : 0x80;
  const unsigned char highest = lead == 0xED ? 0x9F : lead == 0xF4 ? 0x8F : 0xBF;
  if (at + 1 >= text.size() || byte(1) < lowest || byte(1) > highest) return {};
  char32_t value = (lead & (0xFFu >> (length + 1))) << 6 | (byte(1) & 0x3Fu);
  for (std::size_t i = 2; i < length; ++i) {
    if (at + i >= text.size() || !continues_code_point(text[at + i])) return {0, i, false};
    value = value << 6 | (byte(i) & 0x3Fu);
  }
  return {value, length, true};
}

bool is_ascii(std::string_view text);
bool is_utf8(std::string_view text);

// Appends `bytes` as UTF-8, each maximal subpart of an ill-formed sequence as one U+FFFD (Encoding
// Standard, "UTF-8 decoder").
void append_mended(std::string& out, std::string_view bytes);

void append_code_point(std::string& out, std::uint32_t code_point);

// At most `code_points` of them, of valid UTF-8.
std::string_view first_code_points(std::string_view text, std::size_t code_points);

// At most `bytes`, not cutting a code point in two.
std::string_view first_bytes(std::string_view text, std::size_t bytes);

}  // namespace scraper
