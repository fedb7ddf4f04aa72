// Content-encoding undone (RFC 9110 8.4): gzip, deflate (zlib or raw, as it is found in the wild),
// br, zstd, stacked at most five deep. Bounded in bytes and in ratio; what is truncated or broken
// gives what could be had and a fault. One thread an object.
//
// What follows a complete stream is ignored without a fault, as gzip(1) and browsers do, unless it
// is another gzip member or zstd frame. An unknown coding ("utf-8", "none": servers say such
// things) leaves the bytes as they are, with a fault, as browsers do; more than five leave nothing.
#pragma once

#include <cstdint>
#include <string>
#include <string_view>
#include <vector>

#include "base/page_record.h"

namespace scraper::parse {

struct DecodeLimits {
  std::uint64_t max_decoded = 64ull << 20;  // bytes after each coding
  std::uint32_t max_ratio = 200;  // of these to the bytes received, once past the first MiB
};

struct Decoded {
  std::string_view bytes;  // points into the input or into the Decoder
  PageFault fault = PageFault::kNone;
};

// Keeps its buffers from body to body, unless a body made them very large.
class Decoder {
 public:
  // `codings` are the values of the Content-Encoding fields, in order; each may be a list. The
  // result is valid until the next call.
  Decoded undo(std::string_view body, const std::vector<std::string_view>& codings,
               const DecodeLimits& limits);

 private:
  std::string buffers_[2];  // a coding is read from one and written to the other
};

}  // namespace scraper::parse
