#include "parse/text/utf8.h"

#include <cstring>

#include "base/ascii.h"
#include "base/bytes.h"

namespace scraper::parse {

namespace {

constexpr std::uint64_t kHighBits = 0x8080808080808080ULL;

unsigned char byte_at(std::string_view text, std::size_t at) {
  return static_cast<unsigned char>(text[at]);
}

// The first position from `at` whose byte is not ASCII.
std::size_t skip_ascii(std::string_view text, std::size_t at) {
  while (at + 8 <= text.size()) {
    std::uint64_t word;
    std::memcpy(&word, text.data() + at, 8);
    if ((word & kHighBits) != 0) break;
    at += 8;
  }
  while (at < text.size() && byte_at(text, at) < 0x80) ++at;
  return at;
}

struct Sequence {
  std::size_t length;  // of the sequence, or of the maximal subpart that is ill-formed
  bool is_valid;
};

// Table 3-7 of the Unicode Standard: which second bytes may follow a lead byte.
Sequence sequence_at(std::string_view text, std::size_t at) {
  const unsigned char lead = byte_at(text, at);
  if (lead < 0x80) return {1, true};
  if (lead < 0xC2 || lead > 0xF4) return {1, false};
  const std::size_t length = lead < 0xE0 ? 2 : lead < 0xF0 ? 3 : 4;
  const unsigned char lowest = lead == 0xE0 ? 0xA0 : lead == 0xF0 ? 0x90 : 0x80;
  const unsigned char highest = lead == 0xED ? 0x9F : lead == 0xF4 ? 0x8F : 0xBF;
  if (at + 1 >= text.size() || byte_at(text, at + 1) < lowest || byte_at(text, at + 1) > highest)
    return {1, false};
  for (std::size_t i = 2; i < length; ++i) {
    if (at + i >= text.size() || (byte_at(text, at + i) & 0xC0) != 0x80) return {i, false};
  }
  return {length, true};
}

bool continues_code_point(char c) { return (static_cast<unsigned char>(c) & 0xC0) == 0x80; }

#ifdef __SSE2__

std::uint64_t count_collapsed(std::string_view text, std::size_t slack, bool follows_space) {
  Block before = _mm_cvtsi32_si128(follows_space ? 0xFF : 0);
  Block sum = _mm_setzero_si128();
  const auto take = [&](Block bytes) {
    const Block space = space_in(bytes);
    const Block continues = _mm_cmplt_epi8(bytes, _mm_set1_epi8(static_cast<char>(0xC0)));
    const Block begins_word =
        _mm_andnot_si128(space, _mm_or_si128(before, _mm_slli_si128(space, 1)));
    const Block counted = _mm_andnot_si128(_mm_or_si128(space, continues), _mm_set1_epi8(1));
    const Block both = _mm_add_epi8(counted, _mm_and_si128(begins_word, _mm_set1_epi8(1)));
    sum = _mm_add_epi64(sum, _mm_sad_epu8(both, _mm_setzero_si128()));
    before = _mm_srli_si128(space, kBlock - 1);
  };
  std::size_t at = 0;
  for (; at + kBlock <= text.size(); at += kBlock) take(load_block(text.data() + at));
  if (at < text.size()) take(load_short_block(text.data() + at, text.size() - at, slack));
  return static_cast<std::uint64_t>(
      _mm_cvtsi128_si64(_mm_add_epi64(sum, _mm_unpackhi_epi64(sum, sum))));
}

#else

std::uint64_t count_collapsed(std::string_view text, std::size_t, bool follows_space) {
  std::uint64_t count = 0;
  for (const char c : text) {
    const bool is_space = is_ascii_space(c);
    if (!is_space) count += (follows_space ? 1 : 0) + (continues_code_point(c) ? 0 : 1);
    follows_space = is_space;
  }
  return count;
}

#endif

}  // namespace

bool is_ascii(std::string_view text) { return skip_ascii(text, 0) == text.size(); }

bool is_utf8(std::string_view text) {
  for (std::size_t at = skip_ascii(text, 0); at < text.size(); at = skip_ascii(text, at)) {
    const Sequence sequence = sequence_at(text, at);
    if (!sequence.is_valid) return false;
    at += sequence.length;
  }
  return true;
}

void append_mended(std::string& out, std::string_view bytes) {
  std::size_t copied = 0;
  for (std::size_t at = skip_ascii(bytes, 0); at < bytes.size(); at = skip_ascii(bytes, at)) {
    const Sequence sequence = sequence_at(bytes, at);
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

void TextCollector::add(std::string_view text, std::size_t slack) {
  if (keep_ == 0 || is_full_) return count(text, slack);
  std::size_t at = 0;
  while (at < text.size()) {
    if (is_ascii_space(text[at])) {
      wants_space_ = true;
      ++at;
      continue;
    }
    if (wants_space_ && code_points_ > 0) {
      ++code_points_;
      keep(" ");
    }
    wants_space_ = false;
    const std::size_t start = at;
    for (; at < text.size() && !is_ascii_space(text[at]); ++at)
      code_points_ += !continues_code_point(text[at]);
    keep(text.substr(start, at - start));
  }
}

// A code point is a byte that continues none; before a word that white space precedes one more is
// counted, for a space.
void TextCollector::count(std::string_view text, std::size_t slack) {
  if (code_points_ == 0) {  // no space before the first word
    while (!text.empty() && is_ascii_space(text[0])) text.remove_prefix(1);
    wants_space_ = false;
  }
  if (text.empty()) return;
  code_points_ += count_collapsed(text, slack, wants_space_);
  wants_space_ = is_ascii_space(text.back());
}

void TextCollector::keep(std::string_view text) {
  if (is_full_) return;
  is_full_ = text.size() > keep_ - text_.size();
  text_.append(first_bytes(text, keep_ - text_.size()));
}

}  // namespace scraper::parse
