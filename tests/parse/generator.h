// Text that a property is tried on: pieces that mean something to the parser under test, in an
// order that a seed decides.
#pragma once

#include <random>
#include <span>
#include <string>
#include <string_view>

namespace scraper::parse::testing {

class Generator {
 public:
  explicit Generator(std::uint32_t seed) : random_(seed) {}

  // Up to `most` of the pieces, joined.
  std::string text(std::span<const std::string_view> pieces, std::size_t most) {
    std::string out;
    for (std::size_t n = below(most + 1); n > 0; --n) out += pieces[below(pieces.size())];
    return out;
  }

  // Something that is often a URL and always looks like one.
  std::string url() {
    static constexpr std::string_view kStarts[] = {"http://",  "https://", "HTTP:", "//",
                                                   "/",        "",         "file:", "file://",
                                                   "web+x:",   "web+x://", "?",     "#",
                                                   "http:\\\\"};
    static constexpr std::string_view kHosts[] = {
        "a",   "example.com", "B.test", "1.2.3.4", "0x7f.1", "[::1]", "[1:2::7]",
        ":80", ":8080",       "@",      "u:p@",    ".",      "-",     "\xC3\xBC",
        "%41", "xn--a",       "",       "\"",      "C:",     "C|",    "localhost"};
    static constexpr std::string_view kRest[] = {
        "/",        "/",    "/", "a",  "b.html", ".",   "..",  "%2e", "%2E%2e", "\\",
        "?",        "#",    "%", "%2", "%7e",    "%41", "%zz", "%65", "%c3%bc", " ",
        "\xC3\xBC", "\xFF", "'", "\"", "<",      "{",   "|",   "^",   "&=",     "~",
        "%25",      "2",    "e", ":",  "@",      "C:",  "C|",  "\t",  ";"};
    return text(kStarts, 1) + text(kHosts, 3) + text(kRest, 12);
  }

  std::size_t below(std::size_t bound) {
    return std::uniform_int_distribution<std::size_t>(0, bound - 1)(random_);
  }

 private:
  std::mt19937 random_;
};

}  // namespace scraper::parse::testing
