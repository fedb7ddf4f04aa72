#include "parse/text/decode.h"

#include <brotli/encode.h>
#include <zstd.h>

#include "tests/catch.h"
#include "tests/parse/deflated.h"

using namespace scraper;
using namespace scraper::parse;
using namespace scraper::parse::testing;

namespace {

std::string brotli(std::string_view text) {
  std::size_t size = BrotliEncoderMaxCompressedSize(text.size()) + 64;
  std::string out(size, '\0');
  REQUIRE(BrotliEncoderCompress(5, 22, BROTLI_MODE_GENERIC, text.size(),
                                reinterpret_cast<const std::uint8_t*>(text.data()), &size,
                                reinterpret_cast<std::uint8_t*>(out.data())));
  out.resize(size);
  return out;
}

std::string zstd(std::string_view text) {
  std::string out(ZSTD_compressBound(text.size()), '\0');
  const std::size_t size = ZSTD_compress(out.data(), out.size(), text.data(), text.size(), 3);
  REQUIRE_FALSE(ZSTD_isError(size));
  out.resize(size);
  return out;
}

struct Result {
  std::string bytes;
  PageFault fault;
};

Result undone(const std::string& body, std::vector<std::string_view> codings,
              DecodeLimits limits = {}) {
  Decoder decoder;
  const auto result = decoder.undo(body, codings, limits);
  return {std::string(result.bytes), result.fault};
}

// Text that compresses, but not to nothing.
std::string prose(std::size_t size) {
  std::string out;
  std::uint32_t state = 1;
  while (out.size() < size) {
    state = state * 1'664'525u + 1'013'904'223u;
    out += "word" + std::to_string(state >> 20) + (state % 7 == 0 ? ".\n" : " ");
  }
  out.resize(size);
  return out;
}

struct Coding {
  const char* name;
  std::string (*encode)(std::string_view);
};

const Coding kCodings[] = {
    {"gzip", gzip},
    {"x-gzip", gzip},
    {"GZip", gzip},
    {"deflate", [](std::string_view text) { return deflated(text, kZlib); }},
    {"deflate", [](std::string_view text) { return deflated(text, kRaw); }},
    {"br", brotli},
    {"zstd", zstd},
};

}  // namespace

TEST_CASE("each content coding is undone") {
  for (const auto& coding : kCodings) {
    for (const std::string& text : {std::string("<p>hello"), prose(300'000), std::string("x")}) {
      CAPTURE(coding.name, text.size());
      const auto result = undone(coding.encode(text), {coding.name});
      CHECK(result.fault == PageFault::kNone);
      CHECK(result.bytes == text);
    }
  }
}

TEST_CASE("an empty body is empty in every coding") {
  for (const auto& coding : kCodings) CHECK(undone("", {coding.name}).fault == PageFault::kNone);
}

TEST_CASE("no coding, identity and the empty name leave the body as it is") {
  for (const std::vector<std::string_view>& codings :
       {std::vector<std::string_view>{}, {"identity"}, {""}, {" , identity"}, {"Identity", ","}}) {
    const auto result = undone("plain", codings);
    CHECK(result.bytes == "plain");
    CHECK(result.fault == PageFault::kNone);
  }
}

TEST_CASE(
    "codings are undone in the reverse of the order they were applied in, whether in one field or "
    "several") {
  const std::string body = brotli(gzip("<p>twice"));
  CHECK(undone(body, {"gzip, br"}).bytes == "<p>twice");
  CHECK(undone(body, {"gzip", "br"}).bytes == "<p>twice");
  CHECK(undone(body, {"br, gzip"}).fault == PageFault::kBadEncoding);
}

TEST_CASE("five codings are undone, six are not") {
  std::string body = "deep";
  for (int i = 0; i < 5; ++i) body = gzip(body);
  CHECK(undone(body, {"gzip,gzip,gzip,gzip,gzip"}).bytes == "deep");
  const auto six = undone(gzip(body), {"gzip,gzip,gzip,gzip,gzip,gzip"});
  CHECK(six.fault == PageFault::kUnknownEncoding);
  CHECK(six.bytes.empty());
}

TEST_CASE("gzip members follow one another, and what comes after them is ignored") {
  const std::string two = gzip("one ") + gzip("two");
  CHECK(undone(two, {"gzip"}).bytes == "one two");
  for (const std::string& rest : {std::string("garbage"), std::string(100, '\0'),
                                  std::string("\x1F\x8B"), std::string("\x1F\x8B\x09 no member")}) {
    const auto result = undone(two + rest, {"gzip"});
    CHECK(result.bytes == "one two");
    CHECK(result.fault == PageFault::kNone);
  }
}

TEST_CASE(
    "zstd frames follow one another, skippable ones too, and what comes after them is ignored") {
  const std::string skippable("\x50\x2A\x4D\x18\x03\0\0\0abc", 11);
  const std::string body = zstd("one ") + skippable + zstd("two");
  CHECK(undone(body, {"zstd"}).bytes == "one two");
  for (const std::string& rest :
       {std::string("!"), std::string("garbage"), std::string(100, '\0')}) {
    const auto result = undone(body + rest, {"zstd"});
    CHECK(result.bytes == "one two");
    CHECK(result.fault == PageFault::kNone);
  }
}

TEST_CASE("what follows a whole deflate or brotli stream is ignored") {
  CHECK(undone(deflated("text", kZlib) + "garbage", {"deflate"}).fault == PageFault::kNone);
  CHECK(undone(brotli("text") + "garbage", {"br"}).fault == PageFault::kNone);
}

TEST_CASE("a truncated body gives what could be decoded, and a fault") {
  const std::string text = prose(400'000);
  for (const auto& coding : kCodings) {
    const std::string body = coding.encode(text);
    for (const std::size_t size : {body.size() - 1, body.size() / 2, std::size_t{1}}) {
      CAPTURE(coding.name, size);
      const auto result = undone(body.substr(0, size), {coding.name});
      CHECK(result.fault == PageFault::kBadEncoding);
      CHECK(result.bytes == text.substr(0, result.bytes.size()));
      if (size == body.size() / 2) CHECK(result.bytes.size() > 50'000);
    }
  }
}

TEST_CASE("a broken checksum is a fault and the data is used") {
  std::string body = gzip("<p>hello");
  body[body.size() - 6] ^= 1;
  const auto result = undone(body, {"gzip"});
  CHECK(result.bytes == "<p>hello");
  CHECK(result.fault == PageFault::kBadEncoding);
}

TEST_CASE("a plain body that calls itself encoded gives nothing, and a fault") {
  for (const char* coding : {"gzip", "zstd"}) {
    const auto result = undone("<html><a href=x>", {coding});
    CHECK(result.bytes.empty());
    CHECK(result.fault == PageFault::kBadEncoding);
  }
}

TEST_CASE("an unknown coding leaves the bytes as they are, and a fault") {
  for (const char* coding : {"utf-8", "compress", "text/html"}) {
    const auto result = undone("<p>hello", {coding});
    CHECK(result.bytes == "<p>hello");
    CHECK(result.fault == PageFault::kUnknownEncoding);
  }
}

TEST_CASE("a body in an unknown coding is held to the limit too") {
  DecodeLimits limits;
  limits.max_decoded = 10;
  const auto result = undone(std::string(11, 'x'), {"utf-8"}, limits);
  CHECK(result.bytes == std::string(10, 'x'));
  CHECK(result.fault == PageFault::kDecodedTooLarge);
}

TEST_CASE("the ratio counts only past the first MiB") {
  const std::size_t mib = 1u << 20;
  const auto small = undone(gzip(std::string(mib, 'a')), {"gzip"});
  CHECK(small.fault == PageFault::kNone);
  CHECK(small.bytes.size() == mib);
  const std::string bomb = gzip(std::string(8 * mib, 'a'));
  const auto cut = undone(bomb, {"gzip"});
  CHECK(cut.fault == PageFault::kDecodedTooLarge);
  CHECK(cut.bytes.size() == std::max<std::size_t>(mib, bomb.size() * 200));
}

TEST_CASE("a decoded body of exactly the limit is whole, one byte more is too large") {
  DecodeLimits limits;
  limits.max_decoded = 200'000;
  for (const auto& coding : kCodings) {
    CAPTURE(coding.name);
    const std::string text = prose(200'000);
    const auto whole = undone(coding.encode(text), {coding.name}, limits);
    CHECK(whole.fault == PageFault::kNone);
    CHECK(whole.bytes == text);
    const auto cut = undone(coding.encode(text + "!"), {coding.name}, limits);
    CHECK(cut.fault == PageFault::kDecodedTooLarge);
    CHECK(cut.bytes == text);
  }
  CHECK(undone(prose(200'001), {}, limits).fault == PageFault::kDecodedTooLarge);
}

TEST_CASE("a bomb inside a bomb is cut at the same limit") {
  const std::string bomb = gzip(gzip(std::string(64u << 20, '\0')));
  const auto result = undone(bomb, {"gzip, gzip"});
  CHECK(result.fault == PageFault::kDecodedTooLarge);
  CHECK(result.bytes.size() <= (1u << 20) + bomb.size() * 200);
}

TEST_CASE("no single changed byte of an encoded body does more than a fault") {
  const std::string text = prose(3'000);
  for (const auto& coding : kCodings) {
    const std::string body = coding.encode(text);
    for (std::size_t at = 0; at < body.size(); ++at) {
      std::string changed = body;
      changed[at] = static_cast<char>(changed[at] ^ 0x55);
      const auto result = undone(changed, {coding.name});
      if (result.fault == PageFault::kNone && std::string_view(coding.name) == "gzip" && at > 9)
        CHECK(result.bytes == text);
    }
  }
}
