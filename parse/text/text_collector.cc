#include "parse/text/text_collector.h"

#include "base/ascii.h"
#include "base/bytes.h"
#include "base/utf8.h"

namespace scraper::parse {

namespace {

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
