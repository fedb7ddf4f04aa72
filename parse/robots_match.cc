#include <algorithm>
#include <cstring>

#include "base/percent.h"
#include "parse/robots.h"
#include "parse/robots_pattern.h"

namespace scraper::parse {

namespace {

constexpr std::string_view kUriPunctuation = ":/?#[]@!$&()*+,;=";

constexpr std::array<bool, 256> make_kept() {
  std::array<bool, 256> kept{};
  for (std::size_t c = 0; c < 0x80; ++c) kept[c] = is_unreserved(static_cast<char>(c));
  for (const char c : kUriPunctuation) kept[static_cast<unsigned char>(c)] = true;
  return kept;
}

// Unreserved and reserved characters, which stand for themselves; '*' and '$' depend on where they
// are.
constexpr std::array<bool, 256> kKept = make_kept();

bool is_kept(char c) { return kKept[static_cast<unsigned char>(c)]; }

bool is_special(std::string_view text, std::size_t at, RobotsText kind) {
  if (text[at] == '*') return kind == RobotsText::kPattern;
  return kind == RobotsText::kPattern && at + 1 == text.size();  // '$'
}

bool is_normal_path(std::string_view path) {
  for (const char c : path) {
    if (!is_kept(c) || c == '*' || c == '$') return false;
  }
  return true;
}

// The first place of `piece` in `text` from `from` on, in linear time whatever both are.
std::size_t find_linear(std::string_view text, std::string_view piece, std::size_t from) {
  if (piece.size() > text.size() - from) return text.npos;
  const void* found = memmem(text.data() + from, text.size() - from, piece.data(), piece.size());
  return found == nullptr ? text.npos
                          : static_cast<std::size_t>(static_cast<const char*>(found) - text.data());
}

// How much of a path may still be looked through for what stands between stars, for all rules
// together.
using Work = std::size_t;
constexpr Work kMostWork = 2u << 20;

// `pattern` begins behind a '*' and `at` is where what that stands for may begin. Each piece
// between two '*' is taken where it first occurs: that leaves the most for the others, so nothing
// need be tried again.
bool matches_behind_star(std::string_view pattern, std::string_view path, std::size_t at,
                         Work& left) {
  const bool is_anchored = pattern.ends_with('$');
  if (is_anchored) pattern.remove_suffix(1);
  while (true) {
    const auto star = pattern.find('*');
    const std::string_view piece = pattern.substr(0, star);
    if (star == pattern.npos && is_anchored)
      return path.size() - at >= piece.size() && path.ends_with(piece);
    const std::size_t found = find_linear(path, piece, at);
    left -= std::min(left, std::min(found, path.size()) - at + piece.size());
    at = found;
    if (at == path.npos) return false;
    if (star == pattern.npos) return true;
    at += piece.size();
    pattern.remove_prefix(star + 1);
  }
}

// The path is in normal form and so holds neither '*' nor '$': where it and the pattern part, a
// special character is one.
bool matches(std::string_view pattern, std::string_view path, Work& left) {
  const auto parting = std::mismatch(pattern.begin(), pattern.end(), path.begin(), path.end());
  const std::string_view rest =
      pattern.substr(static_cast<std::size_t>(parting.first - pattern.begin()));
  if (rest.empty()) return true;
  if (rest[0] == '*')
    return matches_behind_star(rest.substr(1), path, pattern.size() - rest.size(), left);
  return rest == "$" && parting.second == path.end();
}

bool outranks(const RobotsRule& rule, const RobotsRule* best) {
  if (best == nullptr || rule.pattern.size() > best->pattern.size()) return true;
  return rule.pattern.size() == best->pattern.size() && rule.allows && !best->allows;
}

}  // namespace

void append_robots_normal(std::string& out, std::string_view text, RobotsText kind) {
  for (std::size_t i = 0; i < text.size(); ++i) {
    const char c = text[i];
    if (is_escape(text, i)) {
      append_normal_escape(out, text, i);
      i += 2;
    } else if (c == '*' || c == '$' ? is_special(text, i, kind) : is_kept(c) || c == '%') {
      out += c;
    } else {
      append_escape(out, c);
    }
  }
}

RobotsVerdict robots_verdict(const RobotsRules& rules, std::string_view path_and_query) {
  if (path_and_query == "/robots.txt") return {};
  std::string normal;
  if (!is_normal_path(path_and_query)) {
    append_robots_normal(normal, path_and_query, RobotsText::kPath);
    path_and_query = normal;
  }
  const RobotsRule* best = nullptr;
  Work left = kMostWork;
  for (const RobotsRule& rule : rules.rules) {
    if (outranks(rule, best) && matches(rule.pattern, path_and_query, left)) best = &rule;
    if (left == 0) return {false, &rule};
  }
  return best == nullptr ? RobotsVerdict{} : RobotsVerdict{best->allows, best};
}

}  // namespace scraper::parse
