#include "base/percent.h"

namespace scraper {

bool is_escape(std::string_view text, std::size_t at) {
  return at + 2 < text.size() && text[at] == '%' && hex_value(text[at + 1]) >= 0 &&
         hex_value(text[at + 2]) >= 0;
}

void append_escape(std::string& out, char octet) {
  constexpr std::string_view kHex = "0123456789ABCDEF";
  const auto value = static_cast<unsigned char>(octet);
  const char escape[] = {'%', kHex[value >> 4], kHex[value & 15]};
  out.append(escape, sizeof escape);
}

void append_encoded(std::string& out, std::string_view text, EncodeSet set) {
  std::size_t done = 0;
  for (std::size_t i = 0; i < text.size(); ++i) {
    if (!is_in(set, text[i])) continue;
    out.append(text, done, i - done);
    append_escape(out, text[i]);
    done = i + 1;
  }
  out.append(text, done);
}

namespace {

char escaped_octet(std::string_view text, std::size_t at) {
  return static_cast<char>(hex_value(text[at + 1]) * 16 + hex_value(text[at + 2]));
}

// Would a hexadecimal digit after `out` become part of an escape that was none before? An escape
// that was kept is followed by nothing yet and its own digits are behind its '%', so a '%' among
// the last two octets is a stray one.
bool ends_in_stray_percent(std::string_view out) {
  const std::size_t size = out.size();
  if (size >= 1 && out[size - 1] == '%') return true;
  return size >= 2 && out[size - 2] == '%' && hex_value(out[size - 1]) >= 0;
}

}  // namespace

std::string percent_encode(std::string_view text) {
  std::string out;
  for (const char c : text) is_unreserved(c) ? out.push_back(c) : append_escape(out, c);
  return out;
}

std::string percent_decode(std::string_view text) {
  std::string out;
  out.reserve(text.size());
  for (std::size_t i = 0; i < text.size(); ++i) {
    const bool escape = is_escape(text, i);
    out += escape ? escaped_octet(text, i) : text[i];
    if (escape) i += 2;
  }
  return out;
}

std::optional<std::string> strict_percent_decode(std::string_view text) {
  for (std::size_t i = text.find('%'); i != text.npos; i = text.find('%', i + 3)) {
    if (!is_escape(text, i)) return std::nullopt;
  }
  return percent_decode(text);
}

void append_normal_escape(std::string& out, std::string_view text, std::size_t at) {
  const char octet = escaped_octet(text, at);
  if (is_unreserved(octet) && !(hex_value(octet) >= 0 && ends_in_stray_percent(out))) {
    out += octet;
  } else {
    append_escape(out, octet);
  }
}

}  // namespace scraper
