#include "base/utf8.h"

#include "tests/catch.h"

using namespace scraper;

namespace {

std::string mended(std::string_view bytes) {
  std::string out;
  append_mended(out, bytes);
  return out;
}

std::string with_replacements(std::string text) {  // '?' stands for U+FFFD
  for (auto at = text.find('?'); at != text.npos; at = text.find('?', at))
    text.replace(at, 1, kReplacement);
  return text;
}

}  // namespace

TEST_CASE("ill-formed UTF-8 becomes one U+FFFD for each maximal subpart") {
  const std::pair<const char*, const char*> table[] = {
      {"plain", "plain"},
      {"\xC3\xA4\xE2\x82\xAC\xF0\x9F\x98\x80", "\xC3\xA4\xE2\x82\xAC\xF0\x9F\x98\x80"},
      {"a\xFF"
       "b",
       "a?b"},
      {"\x80\x80", "??"},
      {"\xC0\xAF", "??"},                     // overlong
      {"\xE0\x80\x80", "???"},                // overlong
      {"\xED\xA0\x80", "???"},                // a surrogate
      {"\xF4\x90\x80\x80", "????"},           // past U+10FFFF
      {"\xE2\x82", "?"},                      // cut at the end
      {"\xE2\x82z", "?z"},                    // cut by a letter
      {"\xF0\x9F\x98\xC3\xA4", "?\xC3\xA4"},  // cut by another
      {"12345678\xF0\x9F", "12345678?"},
  };
  for (const auto& [bytes, expected] : table) {
    CAPTURE(bytes);
    CHECK(mended(bytes) == with_replacements(expected));
    CHECK(is_utf8(bytes) == (mended(bytes) == bytes));
    CHECK(is_utf8(mended(bytes)));
  }
}

TEST_CASE("every code point there is survives, and no surrogate does") {
  for (std::uint32_t c = 0; c <= 0x10FFFF; ++c) {
    std::string text;
    append_code_point(text, c);
    const bool is_surrogate = c >= 0xD800 && c <= 0xDFFF;
    const CodePoint read = decode_utf8(text);
    const bool is_read = read.is_valid && read.value == c && read.length == text.size();
    if (is_utf8(text) == is_surrogate || is_read == is_surrogate) FAIL_CHECK(c);
  }
}

TEST_CASE("text is cut between code points") {
  const std::string_view text = "a\xC3\xA4\xE2\x82\xAC!";
  CHECK(first_code_points(text, 2) == "a\xC3\xA4");
  CHECK(first_code_points(text, 4) == text);
  CHECK(first_code_points(text, 0) == "");
  CHECK(first_bytes(text, 2) == "a");
  CHECK(first_bytes(text, 5) == "a\xC3\xA4");
  CHECK(first_bytes(text, 6) == "a\xC3\xA4\xE2\x82\xAC");
}
