#include "bench/report/text.h"

#include "tests/catch.h"

using namespace scraper::bench::report;

TEST_CASE("numbers have three digits and their thousands apart") {
  struct Row {
    double value;
    const char* text;
  };
  for (const Row& row :
       {Row{0, "0"}, Row{1, "1"}, Row{200, "200"}, Row{3.14159, "3.14"}, Row{41.25, "41.2"},
        Row{0.05234, "0.0523"}, Row{999.4, "999"}, Row{12345, "12,300"}, Row{1234567, "1,230,000"},
        Row{100000, "100,000"}, Row{-12345, "-12,300"}, Row{1e-12, "0"}}) {
    CAPTURE(row.value);
    CHECK(number(row.value) == row.text);
  }
}

TEST_CASE("sizes are in units of 1,024, or of 1,000 where they are round in them") {
  CHECK(size(512) == "512\u00a0bytes");
  CHECK(size(10240) == "10\u00a0KB");
  CHECK(size(10000) == "10\u00a0KB");
  CHECK(size(1048576) == "1\u00a0MB");
  CHECK(size(10e6) == "10\u00a0MB");
  CHECK(size(25276510208) == "23.5\u00a0GB");
}

TEST_CASE("an interval is there when there were repeats") {
  CHECK(with_interval({41.2, 40.1, 42.3, 6, false}, "µs") == "41.2\u00a0µs\u00a0[40.1–42.3]");
  CHECK(with_interval({41.2, 41.2, 41.2, 1, true}, "µs") == "41.2\u00a0µs");
  CHECK(size_with_interval({36864, 35840, 37888, 6, false}) == "36\u00a0KB\u00a0[35–37]");
}

TEST_CASE("durations and lists read as people write them") {
  CHECK(duration(97) == "97\u00a0s");
  CHECK(duration(3120) == "52\u00a0min");
  CHECK(duration(3840) == "1\u00a0h 4\u00a0min");
  CHECK(listed({"a"}) == "a");
  CHECK(listed({"a", "b", "c"}) == "a, b and c");
  CHECK(percent(0.123) == "12\u00a0%");
  CHECK(percent(0.0123) == "1.2\u00a0%");
}

TEST_CASE("what could be markup is escaped, and control characters go") {
  CHECK(escaped("<b a=\"1\" c='2'>&\x01\x1b[0m") ==
        "&lt;b a=&quot;1&quot; c=&#39;2&#39;&gt;&amp;[0m");
}
