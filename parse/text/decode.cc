#include "parse/text/decode.h"

#include <brotli/decode.h>
#include <zlib.h>
#include <zstd.h>

#include <algorithm>
#include <array>
#include <memory>

#include "base/ascii.h"

namespace scraper::parse {

namespace {

constexpr std::size_t kMostCodings = 5;
constexpr std::uint64_t kRatioFrom = 1u << 20;   // below this any ratio is fine
constexpr std::size_t kKeptBuffer = 8u << 20;    // a larger one is given back
constexpr std::size_t kFirstOutput = 64u << 10;  // room a stream is given at first
constexpr int kZstdWindowLog = 23;  // RFC 9659: a content coding's window is at most 8 MiB
constexpr std::string_view kGzipMagic = "\x1F\x8B";

// Output that grows up to one byte past its limit, so that "exactly the limit" and "more" can be
// told apart.
class Sink {
 public:
  Sink(std::string& out, std::uint64_t limit) : out_(out), limit_(limit) { out_.clear(); }

  // Free space to write to; empty when the limit has been passed.
  std::pair<char*, std::size_t> room() {
    if (used_ == out_.size()) grow();
    return {out_.data() + used_, out_.size() - used_};
  }
  void wrote(std::size_t bytes) { used_ += bytes; }
  bool is_over() const { return used_ > limit_; }
  std::size_t used() const { return used_; }

  void finish() { out_.resize(std::min<std::uint64_t>(used_, limit_)); }

 private:
  void grow() {
    const std::uint64_t wanted = std::max<std::uint64_t>(kFirstOutput, out_.size() * 2);
    out_.resize(std::min<std::uint64_t>(wanted, limit_ + 1));
  }

  std::string& out_;
  std::uint64_t limit_;
  std::size_t used_ = 0;
};

// Each of these reads all of `in`, writes to `sink` and says whether the stream was whole. They
// stop when the sink is over.

class Inflater {
 public:
  explicit Inflater(int window_bits) { is_ready_ = inflateInit2(&stream_, window_bits) == Z_OK; }
  Inflater(const Inflater&) = delete;
  Inflater& operator=(const Inflater&) = delete;
  ~Inflater() { inflateEnd(&stream_); }

  bool run(std::string_view in, Sink& sink) {
    if (!is_ready_) return false;
    // zlib's interface is not const-correct; it does not write to its input. Bodies are far below 4
    // GiB.
    stream_.next_in = reinterpret_cast<Bytef*>(const_cast<char*>(in.data()));
    stream_.avail_in = static_cast<uInt>(in.size());
    while (true) {
      const int result = step(sink);
      if (result == Z_STREAM_END) return true;
      if (result != Z_OK || sink.is_over()) return false;
    }
  }

  std::string_view rest() const {
    return {reinterpret_cast<const char*>(stream_.next_in), stream_.avail_in};
  }

 private:
  int step(Sink& sink) {
    const auto [to, size] = sink.room();
    stream_.next_out = reinterpret_cast<Bytef*>(to);
    stream_.avail_out = static_cast<uInt>(std::min<std::size_t>(size, 1u << 30));
    const uInt before = stream_.avail_out;
    const int result = inflate(&stream_, Z_NO_FLUSH);
    sink.wrote(before - stream_.avail_out);
    return result;
  }

  z_stream stream_{};
  bool is_ready_ = false;
};

bool undo_gzip(std::string_view in, Sink& sink) {
  constexpr int kGzipOnly = 16 + MAX_WBITS;
  for (bool is_first = true;; is_first = false) {
    const std::size_t before = sink.used();
    Inflater member(kGzipOnly);
    if (!member.run(in, sink))
      return !is_first && sink.used() == before;  // garbage that happened to begin like a member
    in = member.rest();
    if (in.substr(0, 2) != kGzipMagic) return true;
  }
}

// "deflate" means the zlib format (RFC 9110 8.4.1.2), but servers that leave the wrapper out are
// many.
bool undo_deflate(std::string_view in, Sink& sink) {
  const auto first = static_cast<unsigned char>(in[0]);
  const auto second = static_cast<unsigned char>(in.size() > 1 ? in[1] : 0);
  const bool has_zlib_header = (first & 0x0F) == Z_DEFLATED && (first * 256 + second) % 31 == 0;
  return Inflater(has_zlib_header ? MAX_WBITS : -MAX_WBITS).run(in, sink);
}

bool undo_brotli(std::string_view in, Sink& sink) {
  const std::unique_ptr<BrotliDecoderState, decltype(&BrotliDecoderDestroyInstance)> state(
      BrotliDecoderCreateInstance(nullptr, nullptr, nullptr), &BrotliDecoderDestroyInstance);
  const auto* next_in = reinterpret_cast<const std::uint8_t*>(in.data());
  std::size_t left = in.size();
  while (state) {
    const auto [to, size] = sink.room();
    auto* next_out = reinterpret_cast<std::uint8_t*>(to);
    std::size_t free = size;
    const auto result =
        BrotliDecoderDecompressStream(state.get(), &left, &next_in, &free, &next_out, nullptr);
    sink.wrote(size - free);
    if (result == BROTLI_DECODER_RESULT_SUCCESS) return true;
    if (result != BROTLI_DECODER_RESULT_NEEDS_MORE_OUTPUT || sink.is_over()) return false;
  }
  return false;
}

bool begins_zstd_frame(std::string_view in) {
  if (in.size() < 4 || in.substr(1, 3) == "\xB5\x2F\xFD") return in.substr(0, 1) == "\x28";
  return (static_cast<unsigned char>(in[0]) & 0xF0) == 0x50 &&
         in.substr(1, 3) == "\x2A\x4D\x18";  // a skippable frame
}

bool undo_zstd(std::string_view in, Sink& sink) {
  const std::unique_ptr<ZSTD_DCtx, decltype(&ZSTD_freeDCtx)> context(ZSTD_createDCtx(),
                                                                     &ZSTD_freeDCtx);
  if (!context ||
      ZSTD_isError(ZSTD_DCtx_setParameter(context.get(), ZSTD_d_windowLogMax, kZstdWindowLog)))
    return false;
  ZSTD_inBuffer input{in.data(), in.size(), 0};
  while (true) {
    const auto [to, size] = sink.room();
    ZSTD_outBuffer output{to, size, 0};
    const std::size_t hint = ZSTD_decompressStream(context.get(), &output, &input);
    sink.wrote(output.pos);
    if (ZSTD_isError(hint) || sink.is_over()) return false;
    if (hint == 0 && !begins_zstd_frame(in.substr(input.pos))) return true;
    if (hint != 0 && input.pos == input.size && output.pos < output.size) return false;
  }
}

using Undo = bool (*)(std::string_view, Sink&);

// Null for a coding that is not known; identity and the empty name are filtered out before.
Undo undo_for(std::string_view coding) {
  if (equals_ignoring_case(coding, "gzip") || equals_ignoring_case(coding, "x-gzip"))
    return &undo_gzip;
  if (equals_ignoring_case(coding, "deflate")) return &undo_deflate;
  if (equals_ignoring_case(coding, "br")) return &undo_brotli;
  if (equals_ignoring_case(coding, "zstd")) return &undo_zstd;
  return nullptr;
}

// The names in the order in which they were applied. False when there are too many.
bool split_codings(const std::vector<std::string_view>& values,
                   std::vector<std::string_view>& codings) {
  for (std::string_view list : values) {
    while (!list.empty()) {
      const auto comma = list.find(',');
      const std::string_view name = strip_ascii_space(list.substr(0, comma));
      list = comma == list.npos ? std::string_view{} : list.substr(comma + 1);
      if (name.empty() || equals_ignoring_case(name, "identity")) continue;
      if (codings.size() == kMostCodings) return false;
      codings.push_back(name);
    }
  }
  return true;
}

}  // namespace

Decoded Decoder::undo(std::string_view body, const std::vector<std::string_view>& values,
                      const DecodeLimits& limits) {
  for (auto& buffer : buffers_) {
    if (buffer.capacity() > kKeptBuffer) std::string().swap(buffer);
  }
  std::vector<std::string_view> codings;
  if (!split_codings(values, codings)) return {{}, PageFault::kUnknownEncoding};
  const std::uint64_t limit =
      std::min(limits.max_decoded,
               std::max<std::uint64_t>(kRatioFrom, body.size() * std::uint64_t{limits.max_ratio}));
  Decoded result{body, PageFault::kNone};
  for (std::size_t i = codings.size(); i-- > 0 && !result.bytes.empty();) {
    const Undo undo_one = undo_for(codings[i]);
    if (undo_one == nullptr) {
      result.fault = PageFault::kUnknownEncoding;
      break;
    }
    std::string& out = buffers_[i % 2];
    Sink sink(out, limit);
    const bool is_whole = undo_one(result.bytes, sink);
    sink.finish();
    result.bytes = out;
    if (result.fault == PageFault::kNone && !is_whole) result.fault = PageFault::kBadEncoding;
    if (sink.is_over()) result.fault = PageFault::kDecodedTooLarge;
  }
  if (result.bytes.size() > limits.max_decoded)
    return {result.bytes.substr(0, limits.max_decoded), PageFault::kDecodedTooLarge};
  return result;
}

}  // namespace scraper::parse
