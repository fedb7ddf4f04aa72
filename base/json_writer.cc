#include "base/json_writer.h"

#include <fmt/format.h>

#include <cmath>

#include "base/bytes.h"
#include "base/printable.h"
#include "base/utf8.h"

namespace scraper {

namespace {

bool is_plain_ascii(char c) {
  return c >= 0x20 && c < 0x7F && c != '"' && c != '\\' && c != '<' && c != '>' && c != '&';
}

// How much of the text needs nothing done to it.
std::size_t plain_length(std::string_view text) {
  std::size_t at = 0;
#ifdef __SSE2__
  for (; at + kBlock <= text.size(); at += kBlock) {
    const Block block = load_block(text.data() + at);
    const Block is_control =
        _mm_cmplt_epi8(block, _mm_set1_epi8(' '));  // bytes past ASCII are negative
    const unsigned mask = static_cast<unsigned>(_mm_movemask_epi8(is_control)) |
                          mask_of(block, '"', '\\', '<', '>', '&', '\x7F');
    if (mask != 0) return at + static_cast<std::size_t>(std::countr_zero(mask));
  }
#endif
  while (at < text.size() && is_plain_ascii(text[at])) ++at;
  return at;
}

void append_escaped(std::string& out, char32_t c) {
  switch (c) {
    case '"': out += "\\\""; return;
    case '\\': out += "\\\\"; return;
    case '\n': out += "\\n"; return;
    case '\r': out += "\\r"; return;
    case '\t': out += "\\t"; return;
    default: fmt::format_to(std::back_inserter(out), "\\u{:04x}", static_cast<std::uint32_t>(c));
  }
}

}  // namespace

void append_json_string(std::string& out, std::string_view text) {
  out += '"';
  while (!text.empty()) {
    const std::size_t plain = plain_length(text);
    out.append(text.substr(0, plain));
    text.remove_prefix(plain);
    if (text.empty()) break;
    const CodePoint c = decode_utf8(text);
    if (!c.is_valid) {
      out += kReplacement;
      text.remove_prefix(1);
      continue;
    }
    if (c.value < 0x80 || is_active(c.value)) {
      append_escaped(out, c.value);
    } else {
      out.append(text.substr(0, c.length));
    }
    text.remove_prefix(c.length);
  }
  out += '"';
}

std::string with_escapes(std::string_view json) {
  std::string out;
  out.reserve(json.size());
  while (!json.empty()) {
    const CodePoint c = decode_utf8(json);
    const std::size_t length = c.is_valid ? c.length : 1;
    const bool is_html = c.value == '<' || c.value == '>' || c.value == '&';
    if (!c.is_valid) {
      out += kReplacement;
    } else if (is_html || is_active(c.value)) {
      append_escaped(out, c.value);
    } else {
      out.append(json.substr(0, length));
    }
    json.remove_prefix(length);
  }
  return out;
}

JsonWriter& JsonWriter::key(std::string_view name) {
  separate();
  append_json_string(out_, name);
  out_ += ':';
  needs_comma_ = false;
  return *this;
}

JsonWriter& JsonWriter::value(std::string_view text) {
  separate();
  append_json_string(out_, text);
  return *this;
}

JsonWriter& JsonWriter::value(double number) {
  if (!std::isfinite(number)) return null();
  separate();
  fmt::format_to(std::back_inserter(out_), "{}", number);
  return *this;
}

JsonWriter& JsonWriter::value(bool truth) {
  separate();
  out_ += truth ? "true" : "false";
  return *this;
}

JsonWriter& JsonWriter::null() {
  separate();
  out_ += "null";
  return *this;
}

JsonWriter& JsonWriter::open(char bracket) {
  separate();
  out_ += bracket;
  needs_comma_ = false;
  return *this;
}

JsonWriter& JsonWriter::close(char bracket) {
  out_ += bracket;
  needs_comma_ = true;
  return *this;
}

void JsonWriter::separate() {
  if (needs_comma_) out_ += ',';
  needs_comma_ = true;
}

}  // namespace scraper
