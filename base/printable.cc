#include "base/printable.h"

#include <fmt/format.h>

#include <iterator>

#include "base/utf8.h"

namespace scraper {

bool is_active(char32_t c) {
  return (c >= 0x7F && c <= 0x9F) || c == 0x2028 || c == 0x2029 || (c >= 0x202A && c <= 0x202E) ||
         (c >= 0x2066 && c <= 0x2069) || c == 0x200E || c == 0x200F || c == 0x061C || c == 0xFEFF;
}

std::string printable(std::string_view text) {
  std::string out;
  while (!text.empty()) {
    const CodePoint c = decode_utf8(text);
    const std::size_t length = c.is_valid ? c.length : 1;
    const bool is_shown = c.is_valid && c.value >= 0x20 && !is_active(c.value);
    for (std::size_t i = 0; i < length; ++i) {
      if (is_shown) {
        out += text[i];
      } else {
        fmt::format_to(std::back_inserter(out), "\\x{:02X}", static_cast<unsigned char>(text[i]));
      }
    }
    text.remove_prefix(length);
  }
  return out;
}

}  // namespace scraper
