#include "parse/html/references.h"

#include <algorithm>
#include <array>
#include <cstdint>

#include "base/ascii.h"
#include "base/utf8.h"

namespace scraper::parse {

namespace {

struct NamedReference {
  std::string_view name;
  std::uint32_t first;
  std::uint32_t second;  // 0: none
};

constexpr NamedReference kNamed[] = {
#include "parse/html/named_references.inc"
};
constexpr std::size_t kLongestName = 32;

// What the numbers 0x80 … 0x9F mean; 0: themselves.
constexpr std::array<std::uint16_t, 32> kWindows1252 = {
    0x20AC, 0,      0x201A, 0x0192, 0x201E, 0x2026, 0x2020, 0x2021, 0x02C6, 0x2030, 0x0160,
    0x2039, 0x0152, 0,      0x017D, 0,      0,      0x2018, 0x2019, 0x201C, 0x201D, 0x2022,
    0x2013, 0x2014, 0x02DC, 0x2122, 0x0161, 0x203A, 0x0153, 0,      0x017E, 0x0178};

constexpr std::uint32_t kPastUnicode = 0x110000;

std::uint32_t meant_by(std::uint32_t number) {
  if (number == 0 || number >= kPastUnicode || (number >= 0xD800 && number <= 0xDFFF))
    return 0xFFFD;
  if (number < 0x80 || number > 0x9F) return number;
  const std::uint32_t other = kWindows1252[number - 0x80];
  return other == 0 ? number : other;
}

// `text` begins with "&#".
std::size_t append_numeric(std::string& out, std::string_view text) {
  const bool is_hex = text.size() > 2 && ascii_lower(text[2]) == 'x';
  const std::size_t begin = is_hex ? 3 : 2;
  std::uint32_t number = 0;
  std::size_t at = begin;
  for (; at < text.size(); ++at) {
    const int digit = is_hex ? hex_value(text[at]) : is_digit(text[at]) ? text[at] - '0' : -1;
    if (digit < 0) break;
    number =
        std::min(number * (is_hex ? 16 : 10) + static_cast<std::uint32_t>(digit), kPastUnicode);
  }
  if (at == begin) return 0;
  append_code_point(out, meant_by(number));
  return at < text.size() && text[at] == ';' ? at + 1 : at;
}

const NamedReference* named(std::string_view name) {
  const auto* const found = std::lower_bound(
      std::begin(kNamed), std::end(kNamed), name,
      [](const NamedReference& one, std::string_view wanted) { return one.name < wanted; });
  return found != std::end(kNamed) && found->name == name ? found : nullptr;
}

// The longest name that `text` begins with.
const NamedReference* longest_named(std::string_view text) {
  std::size_t length = 0;
  while (length < std::min(text.size(), kLongestName) && is_ascii_alphanumeric(text[length]))
    ++length;
  if (length < text.size() && text[length] == ';') ++length;
  for (; length > 1; --length) {
    if (const NamedReference* const found = named(text.substr(0, length))) return found;
  }
  return nullptr;
}

}  // namespace

std::size_t append_reference(std::string& out, std::string_view text, ReferenceIn where) {
  if (text.substr(0, 2) == "&#") return append_numeric(out, text);
  const NamedReference* const found = longest_named(text.substr(1));
  if (found == nullptr) return 0;
  const std::size_t size = 1 + found->name.size();
  const bool is_closed = found->name.ends_with(';');
  if (where == ReferenceIn::kAttribute && !is_closed && size < text.size() &&
      (text[size] == '=' || is_ascii_alphanumeric(text[size])))
    return 0;
  append_code_point(out, found->first);
  if (found->second != 0) append_code_point(out, found->second);
  return size;
}

}  // namespace scraper::parse
