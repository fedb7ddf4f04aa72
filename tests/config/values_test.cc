#include "scraper/config/values.h"

#include <fmt/format.h>

#include <array>

#include "tests/catch.h"
#include "tests/commands/cases.h"

namespace scraper::cli {

using std::chrono::milliseconds;

TEST_CASE("a time carries a unit, and a bare number is seconds") {
  struct Case {
    std::string_view text;
    std::int64_t millis;
  };
  for (const Case& c : {Case{"500ms", 500}, Case{"2s", 2'000}, Case{"2", 2'000}, Case{"1.5", 1'500},
                        Case{"0.25s", 250}, Case{"30m", 1'800'000}, Case{"1h", 3'600'000},
                        Case{"0", 0}, Case{"1.5h", 5'400'000}, Case{"87600h", 315'360'000'000}}) {
    CAPTURE(c.text);
    REQUIRE(parse_time(c.text).has_value());
    CHECK(parse_time(c.text)->count() == c.millis);
  }
  for (const std::string_view text : {"abc", "", "-1s", "+1s", "1 s", "s", "1d", "1.s", ".5s",
                                      "1e3", "inf", "nan", "0x10", "1.2.3", "1S", "1ms "}) {
    CAPTURE(text);
    CHECK(error_of(parse_time(text)) ==
          fmt::format("\"{}\" is no time (examples: 500ms, 2s, 1h)", text));
  }
  CHECK(error_of(parse_time("99999999h")) == "\"99999999h\" is too much");
}

TEST_CASE("a size counts in powers of 1024, and a bare number is bytes") {
  struct Case {
    std::string_view text;
    std::uint64_t bytes;
  };
  for (const Case& c : {Case{"0", 0}, Case{"1000", 1'000}, Case{"1K", 1'024}, Case{"1k", 1'024},
                        Case{"16M", 16u << 20}, Case{"10G", 10ull << 30}, Case{"1.5G", 3ull << 29},
                        Case{"2T", 2ull << 40}}) {
    CAPTURE(c.text);
    REQUIRE(parse_size(c.text).has_value());
    CHECK(*parse_size(c.text) == c.bytes);
  }
  for (const std::string_view text : {"", "K", "1KB", "-1", "1P", "1 K"}) {
    CHECK(error_of(parse_size(text)) ==
          fmt::format("\"{}\" is no size (examples: 500K, 16M, 10G)", text));
  }
  CHECK(error_of(parse_size("99999999999T")) == "\"99999999999T\" is too much");
}

TEST_CASE("a count is a whole number within its bounds") {
  CHECK(*parse_count("0", 0) == 0);
  CHECK(*parse_count("18446744073709551615", 0) == 18'446'744'073'709'551'615u);
  CHECK(error_of(parse_count("18446744073709551616", 0)) ==
        "18446744073709551616 is too much, at most 18446744073709551615");
  CHECK(error_of(parse_count("0", 1)) == "0 is too little, at least 1");
  CHECK(error_of(parse_count("11", 1, 10)) == "11 is too much, at most 10");
  for (const std::string_view text : {"", "x", "1.5", "-1", " 1", "1 "}) {
    CHECK(error_of(parse_count(text, 0)) == fmt::format("\"{}\" is no whole number", text));
  }
}

TEST_CASE("a rate is per second, minute or hour") {
  CHECK(*parse_rate("50/s") == 50);
  CHECK(*parse_rate("50") == 50);
  CHECK(*parse_rate("0.5/s") == 0.5);
  CHECK(*parse_rate("30/m") == Approx(0.5));
  CHECK(*parse_rate("3600/h") == Approx(1));
  CHECK(error_of(parse_rate("50/d")) == "\"50/d\" is no rate (examples: 50/s, 30/m, 600/h)");
}

TEST_CASE("what is shown reads back the same") {
  for (const std::int64_t millis :
       {0, 1, 500, 1'000, 1'500, 2'000, 60'000, 90'000, 3'600'000, 5'400'000}) {
    CHECK(parse_time(show_time(milliseconds(millis)))->count() == millis);
  }
  for (const std::uint64_t bytes :
       {0ull, 1ull, 1'000ull, 1'024ull, 1'536ull, 16ull << 20, 3ull << 29, 1ull << 40}) {
    CHECK(*parse_size(show_size(bytes)) == bytes);
  }
  for (const std::string_view rate : {"50/s", "0.5/s", "10/m", "7/h", "1/m", "0.1/s"}) {
    CHECK(*parse_rate(show_rate(*parse_rate(rate))) == Approx(*parse_rate(rate)).epsilon(1e-12));
  }
  CHECK(show_time(milliseconds(90'000)) == "90s");
  CHECK(show_size(16u << 20) == "16M");
  CHECK(show_rate(*parse_rate("10/m")) == "10/m");
}

TEST_CASE("the nearest name is found, and none when nothing is near") {
  constexpr std::array<std::string_view, 5> kNames = {"depth", "delay", "limit", "limit-per-host",
                                                      "no-robots"};
  CHECK(nearest("delya", kNames) == "delay");
  CHECK(nearest("dept", kNames) == "depth");
  CHECK(nearest("limitperhost", kNames) == "limit-per-host");
  CHECK(nearest("norobots", kNames) == "no-robots");
  CHECK(nearest("limmt", kNames) == "limit");
  CHECK_FALSE(nearest("resume", kNames));
  CHECK_FALSE(nearest("x", kNames));
  CHECK_FALSE(nearest("", kNames));
  CHECK_FALSE(nearest(std::string(100'000, 'd'), kNames));
}

TEST_CASE("what a person wrote is shown without its control characters and cut") {
  CHECK(in_quotes("a\x1b[31mb") == "\"a\\x1B[31mb\"");
  CHECK(in_quotes(std::string(1'000, 'a')).size() == 125);
}

}  // namespace scraper::cli
