#include "parse/text/text_collector.h"

#include "base/utf8.h"
#include "tests/catch.h"

using namespace scraper;
using namespace scraper::parse;

TEST_CASE("collected text has single spaces inside and none around, however it comes in") {
  TextCollector text(100);
  text.add("  a \t\n b");
  text.add("c ");
  text.separate();
  text.add("\xC3\xA4");
  text.add(" ");
  CHECK(text.text() == "a bc \xC3\xA4");
  CHECK(text.code_points() == 6);
}

TEST_CASE("collected text is counted past what is kept, and kept in whole code points") {
  TextCollector text(4);
  text.add("ab \xE2\x82\xAC and x");
  CHECK(text.text() == "ab ");
  CHECK(text.code_points() == 10);
}
