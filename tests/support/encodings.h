// The encoders that the program itself does not need: content codings, and charsets, for what the
// test server sends. Pure; a failure is a mistake of the test and throws.
#pragma once

#include <string>
#include <string_view>

namespace scraper::test {

std::string gzipped(std::string_view plain);
std::string zlib_wrapped(std::string_view plain);
std::string raw_deflated(std::string_view plain);
std::string brotli(std::string_view plain);
std::string zstd(std::string_view plain);

// `utf8` in the charset that ICU calls `name`; what it has no sign for becomes its substitute.
std::string in_charset(std::string_view utf8, const std::string& name);

}  // namespace scraper::test
