#include "base/utf8.h"

#include <cstring>

namespace scraper {

namespace {

constexpr std::uint64_t kHighBits = 0x8080808080808080ULL;

// The first position from `at` whose byte is not ASCII.
std::size_t skip_ascii(std::string_view text, std::size_t at) {
  while (at + 8 <= text.size()) {
    std::uint64_t word;
    std::memcpy(&word, text.data() + at, 8);
    if ((word & kHighBits) != 0) break;
    at += 8;
  }
  while (at < text.size() && static_cast<unsigned char>(text[at]) < 0x80) ++at;
  return at;
}

}  // namespace

bool is_ascii(std::string_view text) { return skip_ascii(text, 0) == text.size(); }

bool is_utf8(std::string_view text) {
  for (std::size_t at = skip_ascii(text, 0); at < text.size(); at = skip_ascii(text, at)) {
    const CodePoint sequence = decode_utf8(text, at);
    if (!sequence.is_valid) return false;
    at += sequence.length;
  }
  return true;
}

void append_mended(std::string& out, std::string_view bytes) {
  std::size_t copied = 0;
  for (std::size_t at = skip_ascii(bytes, 0); at < bytes.size(); at = skip_ascii(bytes, at)) {
    const CodePoint sequence = decode_utf8(bytes, at);
    if (!sequence.is_valid) {
      out.append(bytes, copied, at - copied).append(kReplacement);
      copied = at + sequence.length;
    }
    at += sequence.length;
  }
  out.append(bytes, copied);
}

void append_code_point(std::string& out, std::uint32_t c) {
  const auto put = [&out](std::uint32_t byte) { out.push_back(static_cast<char>(byte)); };
  if (c < 0x80) {
    put(c);
  } else if (c < 0x800) {
    put(0xC0 | c >> 6), put(0x80 | (c & 0x3F));
  } else if (c < 0x10000) {
    put(0xE0 | c >> 12), put(0x80 | (c >> 6 & 0x3F)), put(0x80 | (c & 0x3F));
  } else {
    put(0xF0 | c >> 18), put(0x80 | (c >> 12 & 0x3F)), put(0x80 | (c >> 6 & 0x3F)),
        put(0x80 | (c & 0x3F));
  }
}

std::string_view first_code_points(std::string_view text, std::size_t code_points) {
  if (text.size() <= code_points) return text;
  std::size_t seen = 0;
  for (std::size_t at = 0; at < text.size(); ++at) {
    if (!continues_code_point(text[at]) && seen++ == code_points) return text.substr(0, at);
  }
  return text;
}

std::string_view first_bytes(std::string_view text, std::size_t bytes) {
  if (text.size() <= bytes) return text;
  while (bytes > 0 && continues_code_point(text[bytes])) --bytes;
  return text.substr(0, bytes);
}

}  // namespace scraper
