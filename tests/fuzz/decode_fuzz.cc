// Content-encoding. The input's first line is the field, the rest the body. What must hold: never
// more comes out than may, the same whatever was decoded before, and with a lower limit the
// beginning of it.
#include <algorithm>
#include <string>

#include "parse/text/decode.h"
#include "tests/fuzz/require.h"

namespace {

using namespace scraper;
using namespace scraper::parse;
using fuzz::require;

constexpr DecodeLimits kLimits{2u << 20, 20};
constexpr DecodeLimits kLower{1'000, 200};

}  // namespace

extern "C" int LLVMFuzzerTestOneInput(const std::uint8_t* data, std::size_t size) {
  std::string_view body = fuzz::view(data, size);
  const std::string_view field = fuzz::take_line(body);
  Decoder decoder;
  const Decoded first = decoder.undo(body, {field}, kLimits);
  const std::string decoded(first.bytes);
  require(decoded.size() <= kLimits.max_decoded);
  require(fuzz::is_within(first.bytes, body) ||
          decoded.size() <= std::max<std::size_t>(1u << 20, body.size() * kLimits.max_ratio));

  const Decoded lower = decoder.undo(body, {field}, kLower);
  require(lower.bytes.size() <= kLower.max_decoded);
  if (first.fault != PageFault::kNone)
    require(lower.fault != PageFault::kNone || lower.bytes.empty());
  const std::size_t common = std::min(decoded.size(), lower.bytes.size());
  require(lower.bytes.substr(0, common) == std::string_view(decoded).substr(0, common));

  const Decoded again = decoder.undo(body, {field}, kLimits);
  require(again.fault == first.fault && again.bytes == decoded);
  return 0;
}
