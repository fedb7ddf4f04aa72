#include "tests/support/encodings.h"

#include <brotli/encode.h>
#include <unicode/ucnv.h>
#include <zlib.h>
#include <zstd.h>

#include <stdexcept>

namespace scraper::test {

namespace {

// `window_bits` as for deflateInit2: 15 with a zlib frame, -15 without any, 31 with gzip's.
std::string deflated(std::string_view plain, int window_bits) {
  z_stream stream{};
  if (deflateInit2(&stream, 6, Z_DEFLATED, window_bits, 8, Z_DEFAULT_STRATEGY) != Z_OK)
    throw std::runtime_error("deflateInit2");
  std::string out(deflateBound(&stream, plain.size()), '\0');
  std::string input(plain);
  stream.next_in = reinterpret_cast<Bytef*>(input.data());
  stream.avail_in = static_cast<uInt>(input.size());
  stream.next_out = reinterpret_cast<Bytef*>(out.data());
  stream.avail_out = static_cast<uInt>(out.size());
  const int result = deflate(&stream, Z_FINISH);
  out.resize(stream.total_out);
  deflateEnd(&stream);
  if (result != Z_STREAM_END) throw std::runtime_error("deflate");
  return out;
}

}  // namespace

std::string gzipped(std::string_view plain) { return deflated(plain, 15 + 16); }
std::string zlib_wrapped(std::string_view plain) { return deflated(plain, 15); }
std::string raw_deflated(std::string_view plain) { return deflated(plain, -15); }

std::string brotli(std::string_view plain) {
  std::size_t size = BrotliEncoderMaxCompressedSize(plain.size());
  std::string out(size, '\0');
  const auto* input = reinterpret_cast<const std::uint8_t*>(plain.data());
  auto* output = reinterpret_cast<std::uint8_t*>(out.data());
  if (!BrotliEncoderCompress(5, 22, BROTLI_MODE_GENERIC, plain.size(), input, &size, output))
    throw std::runtime_error("brotli");
  out.resize(size);
  return out;
}

std::string zstd(std::string_view plain) {
  std::string out(ZSTD_compressBound(plain.size()), '\0');
  const std::size_t size = ZSTD_compress(out.data(), out.size(), plain.data(), plain.size(), 3);
  if (ZSTD_isError(size)) throw std::runtime_error("zstd");
  out.resize(size);
  return out;
}

std::string in_charset(std::string_view utf8, const std::string& name) {
  std::string out(utf8.size() * 4 + 16, '\0');
  UErrorCode error = U_ZERO_ERROR;
  const int length = static_cast<int>(utf8.size());
  const int size = ucnv_convert(name.c_str(), "UTF-8", out.data(), static_cast<int>(out.size()),
                                utf8.data(), length, &error);
  if (U_FAILURE(error))
    throw std::runtime_error("no conversion to " + name + ": " + u_errorName(error));
  out.resize(static_cast<std::size_t>(size));
  return out;
}

}  // namespace scraper::test
