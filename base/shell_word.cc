#include "base/shell_word.h"

#include <algorithm>

namespace scraper {

namespace {

constexpr std::string_view kSafeInShell =
    "abcdefghijklmnopqrstuvwxyzABCDEFGHIJKLMNOPQRSTUVWXYZ0123456789_-./,:+@%";

bool is_control(char c) { return static_cast<unsigned char>(c) < 0x20 || c == 0x7F; }

// $'…', which bash, zsh and ksh know: what a terminal would act upon has a name in it.
std::string escaped(std::string_view word) {
  constexpr std::string_view kDigits = "01234567";
  std::string out = "$'";
  for (const char c : word) {
    if (is_control(c)) {
      const auto n = static_cast<unsigned char>(c);
      out.append({'\\', kDigits[n >> 6], kDigits[n >> 3 & 7], kDigits[n & 7]});
    } else if (c == '\'' || c == '\\') {
      out.append({'\\', c});
    } else {
      out += c;
    }
  }
  return out += '\'';
}

}  // namespace

std::string shell_quoted(std::string_view word) {
  if (!word.empty() && word.find_first_not_of(kSafeInShell) == word.npos) return std::string(word);
  if (std::any_of(word.begin(), word.end(), is_control)) return escaped(word);
  std::string out = "'";
  for (const char c : word) {
    if (c == '\'') {
      out += "'\\''";
    } else {
      out += c;
    }
  }
  return out += '\'';
}

}  // namespace scraper
