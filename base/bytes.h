// Searching in text most pieces of which are shorter than a call of memchr takes: sixteen bytes at
// a time where the processor has SSE2, as all of x86-64 has, one at a time elsewhere. Never reads
// past the text. For processors whose lowest byte comes first. Pure; any thread.
#pragma once

#include <array>
#include <bit>
#include <cstddef>
#include <cstdint>
#include <cstring>
#include <string_view>

#ifdef __SSE2__
#include <emmintrin.h>
#endif

namespace scraper {

// The first position from `from` on that holds one of `stops`; the text's size where none does.
template <class... Stops>
std::size_t find_any_plainly(std::string_view text, std::size_t from, Stops... stops) {
  while (from < text.size() && !((text[from] == stops) || ...)) ++from;
  return from < text.size() ? from : text.size();
}

// Of 1 to 8 bytes, the first of them lowest, zeros above.
inline std::uint64_t load_word(const char* at, std::size_t size) {
  std::uint64_t word = 0;
  if (size == 8) {
    std::memcpy(&word, at, 8);
  } else if (size >= 4) {
    std::uint32_t first;
    std::uint32_t last;
    std::memcpy(&first, at, 4);
    std::memcpy(&last, at + size - 4, 4);
    word = first | static_cast<std::uint64_t>(last) << (8 * (size - 4));
  } else {
    for (std::size_t i = 0; i < size; ++i)
      word |= static_cast<std::uint64_t>(static_cast<unsigned char>(at[i])) << (8 * i);
  }
  return word;
}

#ifdef __SSE2__

using Block = __m128i;
inline constexpr std::size_t kBlock = 16;

inline Block load_block(const char* at) {
  return _mm_loadu_si128(reinterpret_cast<const __m128i*>(at));
}

// 0xFF in the first `size` bytes.
inline Block first_of_block(std::size_t size) {
  alignas(16) static constexpr auto kMasks = [] {
    std::array<std::uint8_t, 2 * kBlock> masks{};
    for (std::size_t i = 0; i < kBlock; ++i) masks[i] = 0xFF;
    return masks;
  }();
  return _mm_loadu_si128(reinterpret_cast<const __m128i*>(kMasks.data() + kBlock - size));
}

// Of 1 to 15 bytes, spaces behind them. `slack`: how many bytes behind them may be read, too; what
// is there does not matter.
inline Block load_short_block(const char* at, std::size_t size, std::size_t slack = 0) {
  constexpr std::uint64_t kSpaces = 0x2020202020202020;
  if (size + slack >= kBlock) {
    const Block wanted = first_of_block(size);
    return _mm_or_si128(_mm_and_si128(wanted, load_block(at)),
                        _mm_andnot_si128(wanted, _mm_set1_epi8(' ')));
  }
  std::uint64_t low = 0;
  std::uint64_t high = kSpaces;
  if (size < 8) {
    low = load_word(at, size) | kSpaces << (8 * size);
  } else {
    low = load_word(at, 8);
    if (size > 8) high = load_word(at + 8, size - 8) | kSpaces << (8 * (size - 8));
  }
  return _mm_set_epi64x(static_cast<long long>(high), static_cast<long long>(low));
}

// 0xFF where there is white space: 9, 10, 12, 13 and the space itself.
inline Block space_in(Block bytes) {
  const Block from_tab = _mm_sub_epi8(bytes, _mm_set1_epi8('\t'));
  const Block is_control =
      _mm_cmpeq_epi8(_mm_min_epu8(from_tab, _mm_set1_epi8('\r' - '\t')), from_tab);
  const Block is_space = _mm_cmpeq_epi8(bytes, _mm_set1_epi8(' '));
  return _mm_or_si128(is_space,
                      _mm_andnot_si128(_mm_cmpeq_epi8(bytes, _mm_set1_epi8('\v')), is_control));
}

template <class... Stops>
unsigned mask_of(Block block, Stops... stops) {
  Block found = _mm_setzero_si128();
  ((found = _mm_or_si128(found, _mm_cmpeq_epi8(block, _mm_set1_epi8(stops)))), ...);
  return static_cast<unsigned>(_mm_movemask_epi8(found));
}

// `stops` are not the space.
template <class... Stops>
std::size_t find_any(std::string_view text, std::size_t from, Stops... stops) {
  for (; from + kBlock <= text.size(); from += kBlock) {
    const unsigned mask = mask_of(load_block(text.data() + from), stops...);
    if (mask != 0) return from + static_cast<std::size_t>(std::countr_zero(mask));
  }
  if (from >= text.size()) return text.size();
  const unsigned mask = mask_of(load_short_block(text.data() + from, text.size() - from), stops...);
  return mask != 0 ? from + static_cast<std::size_t>(std::countr_zero(mask)) : text.size();
}

#else

template <class... Stops>
std::size_t find_any(std::string_view text, std::size_t from, Stops... stops) {
  return find_any_plainly(text, from, stops...);
}

#endif

template <class... Stops>
bool holds_any(std::string_view text, Stops... stops) {
  return find_any(text, 0, stops...) < text.size();
}

}  // namespace scraper
