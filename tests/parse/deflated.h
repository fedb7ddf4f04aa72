// What zlib makes of a text, for tests that undo it.
#pragma once

#include <zlib.h>

#include <string>
#include <string_view>

#include "tests/catch.h"

namespace scraper::parse::testing {

inline constexpr int kGzip = 16 + MAX_WBITS;
inline constexpr int kZlib = MAX_WBITS;
inline constexpr int kRaw = -MAX_WBITS;

inline std::string deflated(std::string_view text, int window_bits) {
  z_stream stream{};
  REQUIRE(deflateInit2(&stream, Z_BEST_COMPRESSION, Z_DEFLATED, window_bits, 9,
                       Z_DEFAULT_STRATEGY) == Z_OK);
  std::string out(deflateBound(&stream, text.size()) + 32, '\0');
  stream.next_in = reinterpret_cast<Bytef*>(const_cast<char*>(text.data()));
  stream.avail_in = static_cast<uInt>(text.size());
  stream.next_out = reinterpret_cast<Bytef*>(out.data());
  stream.avail_out = static_cast<uInt>(out.size());
  REQUIRE(deflate(&stream, Z_FINISH) == Z_STREAM_END);
  out.resize(stream.total_out);
  deflateEnd(&stream);
  return out;
}

inline std::string gzip(std::string_view text) { return deflated(text, kGzip); }

}  // namespace scraper::parse::testing
