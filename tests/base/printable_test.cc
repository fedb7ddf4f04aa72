#include "base/printable.h"

#include "tests/catch.h"

using scraper::printable;

TEST_CASE("what could act on a terminal is shown, byte by byte, and text is left as it is") {
  CHECK(printable("plain \xC3\xA4 \xF0\x9F\x98\x80 <&>") == "plain \xC3\xA4 \xF0\x9F\x98\x80 <&>");
  CHECK(printable("a\n\x1B[31m\x7F") == "a\\x0A\\x1B[31m\\x7F");
  CHECK(printable("\xC2\x9B") == "\\xC2\\x9B");           // C1
  CHECK(printable("\xE2\x80\xAE") == "\\xE2\\x80\\xAE");  // right-to-left override
  CHECK(printable("\xFF\xE2\x82") == "\\xFF\\xE2\\x82");  // no UTF-8
  CHECK(printable("").empty());
}
