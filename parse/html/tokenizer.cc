#include "parse/html/tokenizer.h"

#include <algorithm>
#include <array>

#include "base/ascii.h"
#include "base/bytes.h"
#include "base/utf8.h"
#include "parse/html/references.h"

namespace scraper::parse {

namespace {

using std::string_view;

constexpr std::size_t kNone = string_view::npos;

enum : std::uint8_t {
  kSpace = 1,       // ends a name and an unquoted value
  kTagNameEnd = 2,  // '/', '>'
};

constexpr std::array<std::uint8_t, 256> make_classes() {
  std::array<std::uint8_t, 256> classes{};
  for (const char c : {' ', '\t', '\n', '\f', '\r'})
    classes[static_cast<unsigned char>(c)] = kSpace;
  classes['/'] = classes['>'] = kTagNameEnd;
  return classes;
}
constexpr auto kClasses = make_classes();

bool is_of(char c, unsigned classes) {
  return (kClasses[static_cast<unsigned char>(c)] & classes) != 0;
}

// Where the name of a tag ends or, with '=' as one of the stops, that of an attribute.
template <class... Stops>
std::size_t find_name_end(string_view text, std::size_t from, Stops... stops) {
#ifdef __SSE2__
  for (; from + kBlock <= text.size(); from += kBlock) {
    const Block block = load_block(text.data() + from);
    const unsigned mask = static_cast<unsigned>(_mm_movemask_epi8(space_in(block))) |
                          mask_of(block, '/', '>', stops...);
    if (mask != 0) return from + static_cast<std::size_t>(std::countr_zero(mask));
  }
#endif
  while (from < text.size() && !is_of(text[from], kSpace | kTagNameEnd) &&
         !((text[from] == stops) || ...))
    ++from;
  return std::min(from, text.size());
}

bool starts_with_ignoring_case(string_view text, string_view lower) {
  return text.size() >= lower.size() && equals_ignoring_case(text.substr(0, lower.size()), lower);
}

// `open` (lower case) and then what ends a tag's name.
bool is_tag_at(string_view text, string_view open) {
  return text.size() > open.size() && starts_with_ignoring_case(text, open) &&
         is_of(text[open.size()], kSpace | kTagNameEnd);
}

}  // namespace

void Tokenizer::switch_to(TextState state, string_view end_tag) {
  state_ = state;
  end_tag_ = end_tag;
}

// What is passed over gives nothing, and there may be any number of it in a row.
TokenKind Tokenizer::next() {
  while (at_ < html_.size()) {
    if (const auto kind = next_or_nothing()) return *kind;
  }
  return TokenKind::kEnd;
}

std::optional<TokenKind> Tokenizer::next_or_nothing() {
  switch (state_) {
    case TextState::kPlaintext: return text_until(html_.size());
    case TextState::kCdata: return cdata();
    case TextState::kRcdata:
    case TextState::kRawtext:
    case TextState::kScript: return text_to_end_tag(at_);
    case TextState::kData: break;
  }
  const std::size_t open = find_any(html_, at_, '<');
  return open > at_ ? text_until(open) : markup();
}

std::optional<TokenKind> Tokenizer::cdata() {
  const std::size_t end = std::min(html_.find("]]>", at_), html_.size());
  if (end > at_) return text_until(end);
  at_ = std::min(end + 3, html_.size());
  state_ = TextState::kData;
  return std::nullopt;
}

TokenKind Tokenizer::text_until(std::size_t end) {
  text_state_ = state_;
  bytes_ = html_.substr(at_, end - at_);
  at_ = end;
  return TokenKind::kText;
}

// ---- text that only its own end tag ends

bool Tokenizer::is_end_tag_at(std::size_t at, string_view name) const {
  const string_view rest = html_.substr(at);
  return !name.empty() && rest.starts_with("</") && is_tag_at(rest.substr(2), name);
}

TokenKind Tokenizer::text_to_end_tag(std::size_t from) {
  std::size_t end = from;
  if (state_ == TextState::kScript) {
    end = end_of_script(from);
  } else {
    for (end = find_any(html_, from, '<'); end < html_.size() && !is_end_tag_at(end, end_tag_);
         end = find_any(html_, end + 1, '<')) {
    }
  }
  if (end > from) return text_until(end);
  state_ = TextState::kData;
  return tag(from + 2, TokenKind::kEndTag);
}

// Script data, escaped and double escaped (13.2.5.15 to 13.2.5.31): "<!--" begins what "-->" ends;
// within it "<script" begins what the next "</script" ends, which is then no end tag.
std::size_t Tokenizer::end_of_script(std::size_t from) const {
  bool is_escaped = false;
  bool is_double = false;
  for (std::size_t at = from; at < html_.size();) {
    at = is_escaped ? find_any(html_, at, '<', '-') : find_any(html_, at, '<');
    if (at >= html_.size()) break;
    const string_view rest = html_.substr(at);
    std::size_t taken = 1;
    if (rest[0] == '-') {
      if (rest.starts_with("-->")) is_escaped = is_double = false;
    } else if (!is_double && is_end_tag_at(at, end_tag_)) {
      return at;
    } else if (!is_escaped && rest.starts_with("<!--")) {
      is_escaped = true;
      taken = 2;  // its dashes may be those of "-->" already
    } else if (is_escaped && is_tag_at(rest, is_double ? "</script" : "<script")) {
      is_double = !is_double;
    }
    at += taken;
  }
  return html_.size();
}

// ---- markup

std::optional<TokenKind> Tokenizer::markup() {
  const char c = at_ + 1 < html_.size() ? html_[at_ + 1] : '\0';
  if (is_ascii_alpha(c)) return tag(at_ + 1, TokenKind::kStartTag);
  if (c == '!') return declaration();
  if (c == '?') return bogus_comment(at_ + 1);
  if (c != '/') return text_until(at_ + 1);
  if (at_ + 2 >= html_.size()) return text_until(html_.size());
  const char after = html_[at_ + 2];
  if (is_ascii_alpha(after)) return tag(at_ + 2, TokenKind::kEndTag);
  if (after != '>') return bogus_comment(at_ + 2);
  at_ += 3;
  return std::nullopt;
}

std::optional<TokenKind> Tokenizer::declaration() {
  const string_view rest = html_.substr(at_ + 2);
  if (rest.starts_with("--")) return comment();
  if (starts_with_ignoring_case(rest, "doctype")) {
    at_ = std::min(find_any(html_, at_, '>') + 1, html_.size());  // '>' ends it even within quotes
    return std::nullopt;
  }
  if (!allows_cdata_ || !rest.starts_with("[CDATA[")) return bogus_comment(at_ + 2);
  at_ += 9;
  state_ = TextState::kCdata;
  return std::nullopt;
}

// "<!-->" and "<!--->" are whole comments, "--!>" ends one too.
TokenKind Tokenizer::comment() {
  const std::size_t begin = at_ + 4;
  string_view rest = html_.substr(begin);
  if (rest.starts_with(">") || rest.starts_with("->")) {
    bytes_ = rest.substr(0, 0);
    at_ = begin + (rest[0] == '>' ? 1 : 2);
    return TokenKind::kComment;
  }
  for (std::size_t dash = rest.find("--"); dash != kNone; dash = rest.find("--", dash + 1)) {
    const string_view after = rest.substr(dash + 2);
    if (!after.starts_with(">") && !after.starts_with("!>")) continue;
    bytes_ = rest.substr(0, dash);
    at_ = begin + dash + (after[0] == '>' ? 3 : 4);
    return TokenKind::kComment;
  }
  for (const string_view open_end :
       {"--!", "--", "-"}) {  // a document that ends within the end of a comment
    if (!rest.ends_with(open_end)) continue;
    rest.remove_suffix(open_end.size());
    break;
  }
  bytes_ = rest;
  at_ = html_.size();
  return TokenKind::kComment;
}

TokenKind Tokenizer::bogus_comment(std::size_t from) {
  const std::size_t end = find_any(html_, from, '>');
  bytes_ = html_.substr(from, end - from);
  at_ = std::min(end + 1, html_.size());
  return TokenKind::kComment;
}

// ---- tags

// A tag that the document ends in is none.
TokenKind Tokenizer::tag(std::size_t name_at, TokenKind kind) {
  const std::size_t end = find_name_end(html_, name_at);
  bytes_ = html_.substr(name_at, end - name_at);
  attributes_.clear();
  is_self_closing_ = false;
  const bool is_bare = end < html_.size() && html_[end] == '>';
  at_ = is_bare ? end + 1 : read_attributes(end);
  if (at_ != kNone) return kind;
  at_ = html_.size();
  return TokenKind::kEnd;
}

// These take where they begin and give where they end, or kNone where the document does.
namespace {

std::size_t skip_space(string_view html, std::size_t at) {
  while (at < html.size() && is_of(html[at], kSpace)) ++at;
  return at;
}

// From its '=' on.
std::size_t read_value(string_view html, std::size_t at, string_view& value) {
  const std::size_t begin = skip_space(html, at + 1);
  if (begin == html.size()) return kNone;
  const char first = html[begin];
  if (first == '>') return begin;
  if (first == '"' || first == '\'') {
    const std::size_t end = find_any(html, begin + 1, first);
    value = html.substr(begin + 1, end - begin - 1);
    return end == html.size() ? kNone : end + 1;
  }
  std::size_t end = begin;
  while (end < html.size() && html[end] != '>' && !is_of(html[end], kSpace)) ++end;
  value = html.substr(begin, end - begin);
  return end == html.size() ? kNone : end;
}

std::size_t read_attribute(string_view html, std::size_t at, RawAttribute& attribute) {
  const std::size_t end =
      find_name_end(html, at + 1, '=');  // whatever stands first is part of the name, '=' too
  attribute.name = html.substr(at, end - at);
  const std::size_t next = skip_space(html, end);
  if (next == html.size()) return kNone;
  return html[next] == '=' ? read_value(html, next, attribute.value) : next;
}

}  // namespace

// Past the '>' of the tag.
std::size_t Tokenizer::read_attributes(std::size_t at) {
  const string_view html = html_;
  while ((at = skip_space(html, at)) < html.size()) {
    if (html[at] == '>') return at + 1;
    if (html[at] == '/') {
      ++at;
      is_self_closing_ = at < html.size() && html[at] == '>';
      continue;
    }
    RawAttribute attribute;
    at = read_attribute(html, at, attribute);
    if (at == kNone) return kNone;
    attributes_.push_back(attribute);
  }
  return kNone;
}

// ---- what raw bytes say

namespace {

enum class Nul : bool { kStays, kReplaced };
enum class References : bool { kNo, kYes };

// Of the bytes that something is to be done about.
std::size_t find_special(string_view text, std::size_t from, References references) {
  return references == References::kYes ? find_any(text, from, '&', '\r', '\0')
                                        : find_any(text, from, '\r', '\0');
}

string_view resolved(string_view raw, References references, Nul nul, ReferenceIn where,
                     std::string& storage) {
  std::size_t at = find_special(raw, 0, references);
  if (at == raw.size()) return raw;
  storage.clear();
  for (string_view rest = raw; !rest.empty(); at = find_special(rest, 0, references)) {
    storage.append(rest.substr(0, at));
    rest.remove_prefix(at);
    if (rest.empty()) break;
    std::size_t taken = 1;
    if (rest[0] == '\r') {
      storage += '\n';
      taken = rest.substr(1, 1) == "\n" ? 2 : 1;
    } else if (rest[0] == '\0') {
      storage.append(nul == Nul::kReplaced ? kReplacement : rest.substr(0, 1));
    } else {
      taken = append_reference(storage, rest, where);
      if (taken == 0) storage += '&';
      taken = std::max<std::size_t>(taken, 1);
    }
    rest.remove_prefix(taken);
  }
  return storage;
}

}  // namespace

string_view text_of(string_view raw, TextState state, std::string& storage) {
  const bool has_references = state == TextState::kData || state == TextState::kRcdata;
  const Nul nul =
      state == TextState::kData || state == TextState::kCdata ? Nul::kStays : Nul::kReplaced;
  return resolved(raw, has_references ? References::kYes : References::kNo, nul, ReferenceIn::kText,
                  storage);
}

string_view attribute_value(string_view raw, std::string& storage) {
  return resolved(raw, References::kYes, Nul::kReplaced, ReferenceIn::kAttribute, storage);
}

string_view attribute_name(string_view raw, std::string& storage) {
  const auto is_changed = [](char c) { return (c >= 'A' && c <= 'Z') || c == '\0'; };
  if (std::none_of(raw.begin(), raw.end(), is_changed)) return raw;
  storage.clear();
  for (const char c : raw)
    c == '\0' ? storage.append(kReplacement) : storage.append(1, ascii_lower(c));
  return storage;
}

}  // namespace scraper::parse
