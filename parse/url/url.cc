#include "parse/url/url.h"

#include <utility>

#include "base/utf8.h"
#include "parse/url/url_parser.h"

namespace scraper::parse {

namespace {

// Offsets have 32 bits and a byte may become nine ("%EF%BF%BD").
constexpr std::size_t kMaxInput = 256u << 20;

bool is_control_or_space(char c) { return static_cast<unsigned char>(c) <= 0x20; }
bool is_tab_or_newline(char c) { return c == '\t' || c == '\n' || c == '\r'; }

std::string_view without_surrounding_space(std::string_view text) {
  while (!text.empty() && is_control_or_space(text.front())) text.remove_prefix(1);
  while (!text.empty() && is_control_or_space(text.back())) text.remove_suffix(1);
  return text;
}

struct Findings {
  bool has_tab_or_newline;
  bool has_high_bytes;
};

Findings look_at(std::string_view text) {
  unsigned high = 0;
  unsigned space = 0;
  for (const char c : text) {
    high |= static_cast<unsigned char>(c);
    space |= static_cast<unsigned>(is_tab_or_newline(c));
  }
  return {space != 0, (high & 0x80) != 0};
}

}  // namespace

std::optional<Url> parse_url(std::string_view input, const Url* base, std::string storage) {
  if (input.size() > kMaxInput || (base != nullptr && base->href().size() > kMaxInput))
    return std::nullopt;
  input = without_surrounding_space(input);
  const Findings found = look_at(input);
  std::string clean;
  if (found.has_high_bytes) {
    append_mended(clean, input);
  } else if (found.has_tab_or_newline) {
    clean = input;
  } else {
    return UrlParser(input, base, std::move(storage)).parse();
  }
  std::erase_if(clean, is_tab_or_newline);
  return UrlParser(clean, base, std::move(storage)).parse();
}

}  // namespace scraper::parse
