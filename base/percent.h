// Percent-encoding (RFC 3986 2.1): done and undone, the URL Standard's encode sets (1.3), and the
// normal form of escapes that canonical URLs and robots.txt matching share. Pure; any thread; every
// function is linear in its input.
#pragma once

#include <array>
#include <cstdint>
#include <optional>
#include <string>
#include <string_view>

#include "base/ascii.h"

namespace scraper {

// Bits of kEncodeSets, so that one table answers for all sets.
enum class EncodeSet : std::uint8_t {
  kC0Control = 1,
  kFragment = 2,
  kQuery = 4,
  kSpecialQuery = 8,
  kPath = 16,
  kUserinfo = 32,
};

constexpr std::array<std::uint8_t, 256> make_encode_sets() {
  std::array<std::uint8_t, 256> sets{};
  const auto add = [&sets](std::string_view characters, unsigned bits) {
    for (const char c : characters) {
      auto& entry = sets[static_cast<unsigned char>(c)];
      entry = static_cast<std::uint8_t>(entry | bits);
    }
  };
  for (std::size_t c = 0; c < sets.size(); ++c) sets[c] = c < 0x20 || c > 0x7E ? 0x3F : 0;
  add(" \"<>`", 2);
  add(" \"#<>", 4 | 8 | 16 | 32);
  add("'", 8);
  add("?^`{}", 16 | 32);
  add("/:;=@[\\]|", 32);
  return sets;
}

inline constexpr std::array<std::uint8_t, 256> kEncodeSets = make_encode_sets();

inline bool is_in(EncodeSet set, char c) {
  return (kEncodeSets[static_cast<unsigned char>(c)] & static_cast<std::uint8_t>(set)) != 0;
}

// RFC 3986 2.3.
constexpr bool is_unreserved(char c) {
  return is_ascii_alphanumeric(c) || c == '-' || c == '.' || c == '_' || c == '~';
}

// Is there a '%' with two hexadecimal digits at `at`?
bool is_escape(std::string_view text, std::size_t at);

// "%C3" for one octet.
void append_escape(std::string& out, char octet);

// UTF-8 percent-encode (1.3): `text` with every byte of the set escaped; '%' stays as it is.
void append_encoded(std::string& out, std::string_view text, EncodeSet set);

// All but what is unreserved as escapes.
std::string percent_encode(std::string_view text);

// What is no escape stays as it is.
std::string percent_decode(std::string_view text);

// Nothing when a '%' has no two hexadecimal digits behind it.
std::optional<std::string> strict_percent_decode(std::string_view text);

// The escape at `text[at]` (is_escape() holds) in normal form: an unreserved octet decoded, any
// other with upper-case digits. Octets that would complete a stray '%' at the end of `out` to an
// escape stay escaped: "%2%65" must not become "%2e", or the next reader would see another URL.
void append_normal_escape(std::string& out, std::string_view text, std::size_t at);

}  // namespace scraper
