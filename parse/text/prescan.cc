#include "parse/text/prescan.h"

#include <algorithm>
#include <optional>
#include <string>
#include <vector>

#include "base/ascii.h"
#include "parse/text/charset.h"

namespace scraper::parse {

namespace {

struct Attribute {
  std::string name;   // lower case
  std::string value;  // lower case
};

// What a meta element has said so far; the names are the standard's.
struct MetaState {
  bool has_charset = false;
  bool needs_pragma_is_known = false;
  bool needs_pragma = false;
  bool got_pragma = false;
  const Encoding* charset = nullptr;

  void take(const Attribute& attribute) {
    if (attribute.name == "http-equiv") {
      if (attribute.value == "content-type") got_pragma = true;
    } else if (attribute.name == "content") {
      const Encoding* found = encoding_in(attribute.value);
      if (found == nullptr || has_charset) return;
      set(found, true);
    } else if (attribute.name == "charset") {
      set(find_encoding(attribute.value), false);
    }
  }

  const Encoding* result() const {
    if (!needs_pragma_is_known || (needs_pragma && !got_pragma) || charset == nullptr)
      return nullptr;
    if (charset->is_utf16()) return utf8_encoding();
    return charset->is_user_defined() ? windows_1252() : charset;
  }

 private:
  void set(const Encoding* encoding, bool pragma) {
    charset = encoding;
    has_charset = needs_pragma_is_known = true;
    needs_pragma = pragma;
  }
};

// The scan's position. Running out of bytes ends the whole prescan (`is_over`).
class Scanner {
 public:
  Scanner(std::string_view bytes, bool skips_raw_text)
      : bytes_(bytes), skips_raw_text_(skips_raw_text) {}

  const Encoding* run() {
    for (; at_ < bytes_.size(); ++at_) {
      const auto less = bytes_.find('<', at_);
      if (less == bytes_.npos) return nullptr;
      at_ = less;
      if (const Encoding* found = at_markup()) return found;
      if (is_over()) return nullptr;
    }
    return nullptr;
  }

 private:
  bool is_over() const { return at_ >= bytes_.size(); }
  char here() const { return bytes_[at_]; }
  bool starts(std::string_view lower) const {
    return equals_ignoring_case(bytes_.substr(at_, lower.size()), lower);
  }
  bool here_is_one_of(std::string_view set) const {
    return !is_over() && set.find(here()) != set.npos;
  }
  void skip_to_one_of(std::string_view set) {
    at_ = std::min(bytes_.find_first_of(set, at_), bytes_.size());
  }
  void skip_over(std::string_view set) {
    at_ = std::min(bytes_.find_first_not_of(set, at_), bytes_.size());
  }

  // At '<'. Leaves the position on the last byte that was dealt with.
  const Encoding* at_markup() {
    if (starts("<!--")) {
      const auto end = bytes_.find("-->", at_ + 2);  // "<!-->" is whole
      at_ = end == bytes_.npos ? bytes_.size() : end + 2;
      return nullptr;
    }
    if (starts("<meta") && at_ + 5 < bytes_.size() &&
        kSpaceOrSlash.find(bytes_[at_ + 5]) != kSpaceOrSlash.npos)
      return at_meta();
    const std::size_t letter = at_ + (at_ + 1 < bytes_.size() && bytes_[at_ + 1] == '/' ? 2 : 1);
    if (letter < bytes_.size() && is_ascii_alpha(bytes_[letter])) {
      skip_tag();
    } else if (here_is_bogus_comment()) {
      skip_to_one_of(">");
    }
    return nullptr;
  }

  bool here_is_bogus_comment() const {
    return at_ + 1 < bytes_.size() &&
           std::string_view("!/?").find(bytes_[at_ + 1]) != std::string_view::npos;
  }

  const Encoding* at_meta() {
    at_ += 5;
    MetaState meta;
    std::vector<std::string> seen;
    while (auto attribute = next_attribute()) {
      bool is_repeat = false;
      for (const auto& name : seen) is_repeat |= name == attribute->name;
      if (is_repeat) continue;
      if (seen.size() < kMostAttributes) seen.push_back(attribute->name);
      meta.take(*attribute);
    }
    return is_over() ? nullptr : meta.result();
  }

  void skip_tag() {
    const std::size_t name = at_ + 1;
    skip_to_one_of("\t\n\f\r >");
    const std::string_view tag = bytes_.substr(name, at_ - name);
    while (next_attribute()) {
    }
    if (skips_raw_text_ && !is_over()) skip_raw_text(tag);
  }

  void skip_raw_text(std::string_view tag) {
    for (std::string_view raw :
         {"script", "style", "title", "textarea", "xmp", "iframe", "noembed", "noframes"}) {
      if (!equals_ignoring_case(tag, raw)) continue;
      do {
        const auto end = bytes_.find("</", at_);
        at_ = end == bytes_.npos ? bytes_.size() : end + 2;
      } while (!is_over() && !starts(raw));
    }
  }

  // "Get an attribute". Nothing at the end of the tag, where the position stays on '>', and when
  // the bytes run out.
  std::optional<Attribute> next_attribute() {
    skip_over("\t\n\f\r /");
    if (is_over() || here() == '>') return std::nullopt;
    Attribute attribute;
    while (!is_over() && !(here() == '=' && !attribute.name.empty()) &&
           !here_is_one_of("\t\n\f\r />"))
      take(attribute.name);
    skip_over(kSpace);
    if (is_over()) return std::nullopt;
    if (here() != '=') return attribute;
    ++at_;
    skip_over(kSpace);
    if (is_over()) return std::nullopt;
    if (!take_value(attribute.value)) return std::nullopt;
    return attribute;
  }

  bool take_value(std::string& value) {
    if (here() == '"' || here() == '\'') {
      const char quote = here();
      for (++at_; !is_over() && here() != quote;) take(value);
      if (is_over()) return false;
      ++at_;
      return true;
    }
    while (!is_over() && !here_is_one_of("\t\n\f\r >")) take(value);
    return !is_over();
  }

  void take(std::string& to) {
    if (to.size() < kMostKept) to.push_back(ascii_lower(bytes_[at_]));
    ++at_;
  }

  static constexpr std::string_view kSpace = "\t\n\f\r ";
  static constexpr std::string_view kSpaceOrSlash = "\t\n\f\r /";
  static constexpr std::size_t kMostAttributes = 64;  // of a meta element, kept to find repeats
  static constexpr std::size_t kMostKept = 4'096;     // bytes of a name or value

  std::string_view bytes_;
  bool skips_raw_text_;
  std::size_t at_ = 0;
};

// "Get an XML encoding".
const Encoding* xml_encoding(std::string_view bytes) {
  if (bytes.substr(0, 5) != "<?xml") return nullptr;
  const auto end = bytes.find('>');
  if (end == bytes.npos) return nullptr;
  bytes = bytes.substr(0, end);
  auto at = bytes.find("encoding");
  if (at == bytes.npos) return nullptr;
  const auto skip_space = [&] {
    while (at < bytes.size() && static_cast<unsigned char>(bytes[at]) <= 0x20) ++at;
  };
  at += 8;
  skip_space();
  if (at >= bytes.size() || bytes[at] != '=') return nullptr;
  ++at;
  skip_space();
  if (at >= bytes.size() || (bytes[at] != '"' && bytes[at] != '\'')) return nullptr;
  const auto close = bytes.find(bytes[at], at + 1);
  if (close == bytes.npos) return nullptr;
  const std::string_view label = bytes.substr(at + 1, close - at - 1);
  for (char c : label) {
    if (static_cast<unsigned char>(c) <= 0x20) return nullptr;
  }
  const Encoding* encoding = find_encoding(label);
  return encoding != nullptr && encoding->is_utf16() ? utf8_encoding() : encoding;
}

}  // namespace

const Encoding* prescan(std::string_view bytes) {
  if (bytes.substr(0, 6) == std::string_view("<\0?\0x\0", 6)) return find_encoding("utf-16le");
  if (bytes.substr(0, 6) == std::string_view("\0<\0?\0x", 6)) return find_encoding("utf-16be");
  const Encoding* found = Scanner(bytes, false).run();
  return found != nullptr ? found : xml_encoding(bytes);
}

const Encoding* find_late_meta(std::string_view bytes) { return Scanner(bytes, true).run(); }

const Encoding* encoding_in(std::string_view content) {
  std::size_t at = 0;
  while (true) {
    while (at < content.size() && !equals_ignoring_case(content.substr(at, 7), "charset")) ++at;
    if (at >= content.size()) return nullptr;
    at += 7;
    while (at < content.size() && is_ascii_space(content[at])) ++at;
    if (at < content.size() && content[at] == '=') break;
  }
  std::string_view value = strip_ascii_space(content.substr(at + 1));
  if (value.empty()) return nullptr;
  if (value[0] == '"' || value[0] == '\'') {
    const auto end = value.find(value[0], 1);
    return end == value.npos ? nullptr : find_encoding(value.substr(1, end - 1));
  }
  return find_encoding(value.substr(0, value.find_first_of("\t\n\f\r ;")));
}

}  // namespace scraper::parse
