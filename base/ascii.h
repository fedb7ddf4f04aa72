// ASCII as formats and protocols mean it, whatever the locale. Pure; any thread.
#pragma once

#include <string>
#include <string_view>

namespace scraper {

constexpr bool is_digit(char c) { return c >= '0' && c <= '9'; }
constexpr bool is_ascii_alpha(char c) { return (c >= 'a' && c <= 'z') || (c >= 'A' && c <= 'Z'); }
constexpr bool is_ascii_alphanumeric(char c) { return is_digit(c) || is_ascii_alpha(c); }
constexpr bool is_ascii_space(char c) {  // as HTML has it: no vertical tab
  return c == ' ' || c == '\t' || c == '\n' || c == '\f' || c == '\r';
}
constexpr char ascii_lower(char c) { return c >= 'A' && c <= 'Z' ? static_cast<char>(c + 32) : c; }

// 0 … 15, or -1 when `c` is no hexadecimal digit.
constexpr int hex_value(char c) {
  if (is_digit(c)) return c - '0';
  const char lower = ascii_lower(c);
  return lower >= 'a' && lower <= 'f' ? lower - 'a' + 10 : -1;
}

bool is_digits(std::string_view text);  // at least one, and nothing else

std::string ascii_lowered(std::string_view text);
std::string_view strip_ascii_space(std::string_view text);
bool equals_ignoring_case(std::string_view text, std::string_view lower);  // `lower` is lower case
bool are_same_ignoring_case(std::string_view a, std::string_view b);

// Whether `list`, a set of space-separated tokens, holds `token` (lower case).
bool has_token(std::string_view list, std::string_view token);

// RFC 9110 5.6.2: what the name of a field, a method or a media type consists of.
bool is_http_token(std::string_view text);

}  // namespace scraper
