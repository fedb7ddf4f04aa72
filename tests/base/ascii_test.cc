#include "base/ascii.h"

#include "base/percent.h"
#include "tests/catch.h"

using namespace scraper;

TEST_CASE("characters are of their class by ASCII alone") {
  std::string digits, letters, spaces, hex;
  for (int i = 0; i < 256; ++i) {
    const char c = static_cast<char>(i);
    if (is_digit(c)) digits += c;
    if (is_ascii_alpha(c)) letters += c;
    if (is_ascii_space(c)) spaces += c;
    if (hex_value(c) >= 0) hex += c;
    CHECK(is_ascii_alphanumeric(c) == (is_digit(c) || is_ascii_alpha(c)));
  }
  CHECK(digits == "0123456789");
  CHECK(letters == "ABCDEFGHIJKLMNOPQRSTUVWXYZabcdefghijklmnopqrstuvwxyz");
  CHECK(spaces == "\t\n\f\r ");
  CHECK(hex == "0123456789ABCDEFabcdef");
  CHECK(hex_value('F') == 15);
  CHECK(hex_value('a') == 10);
  CHECK(is_digits("007"));
  CHECK_FALSE(is_digits(""));
  CHECK_FALSE(is_digits("1 "));
}

TEST_CASE("case is ignored for letters of ASCII only") {
  CHECK(ascii_lowered("A-Z\xC3\x84") == "a-z\xC3\x84");
  CHECK(are_same_ignoring_case("Content-Type", "cONTENT-tYPE"));
  CHECK_FALSE(are_same_ignoring_case("a", "ab"));
  CHECK_FALSE(are_same_ignoring_case("[", "{"));
  CHECK(equals_ignoring_case("UTF-8", "utf-8"));
  CHECK_FALSE(equals_ignoring_case("utf-8", "UTF-8"));
  CHECK(has_token("a\tNoFollow\n", "nofollow"));
  CHECK_FALSE(has_token("nofollows", "nofollow"));
  CHECK(strip_ascii_space(" \f a b\r\n") == "a b");
}

TEST_CASE("RFC 9110 5.6.2: a token has no separators and is not empty") {
  CHECK(is_http_token("X-a_1!"));
  for (const char* bad : {"", "a b", "a:", "a\"", "(a)", "\xC3\xA4", "a/b"})
    CHECK_FALSE(is_http_token(bad));
}

TEST_CASE("percent-encoding is undone leniently or strictly, and done for all that is reserved") {
  CHECK(percent_encode("a-b/\xC3\xA4 %") == "a-b%2F%C3%A4%20%25");
  CHECK(percent_decode("%41%4g%4%e4") == "A%4g%4\xE4");
  CHECK(strict_percent_decode("%41b%25") == "Ab%");
  CHECK(strict_percent_decode("") == "");
  for (const char* bad : {"%", "%4", "%4g", "a%%41", "%41%"})
    CHECK_FALSE(strict_percent_decode(bad).has_value());
}
