#include "bench/report/report.h"

#include <sys/stat.h>

#include <cstdlib>
#include <fstream>
#include <iostream>

#include "base/file.h"
#include "bench/bench.h"
#include "tests/bench/report_sample.h"
#include "tests/catch.h"
#include "tests/support/folder.h"

using scraper::bench::findings_text;
using scraper::bench::run_bench_report;
using scraper::test::Folder;

namespace {

std::string page_in(const Folder& folder) {
  return scraper::read_file(folder.path("report.html"), 16 << 20).value();
}

bool has(const std::string& text, std::string_view part) { return text.find(part) != text.npos; }

}  // namespace

TEST_CASE("a page is made of whichever files are there") {
  const Folder folder;
  folder.file("handoff.json", scraper::test::sample_handoffs());
  REQUIRE(run_bench_report(folder.path("")) == 0);
  CHECK_FALSE(has(page_in(folder), "Where threads fall behind"));
  CHECK(has(page_in(folder), "What isolation costs"));

  folder.file("engines.json", scraper::test::sample_engines());
  REQUIRE(run_bench_report(folder.path("")) == 0);
  CHECK(has(page_in(folder), "Where threads fall behind"));
  CHECK(has(page_in(folder), "What isolation costs"));
}

TEST_CASE("a directory without figures, or with what are none, is an error and leaves no page") {
  const Folder folder;
  CHECK(run_bench_report(folder.path("")) == 3);
  CHECK(run_bench_report(folder.path("nowhere")) == 3);
  for (const char* bytes :
       {"", "{", "[]", "{\"kind\":\"engines\"}", "{\"kind\":\"handoff\",\"version\":1}",
        "{\"kind\":\"engines\",\"version\":2}", "{\"kind\":\"engines\",\"version\":1,\"cells\":7}",
        "{\"kind\":\"engines\",\"version\":1,\"cells\":[7]}",
        "{\"kind\":\"engines\",\"version\":1,\"cells\":[{\"engine\":\"threads\"}]}"}) {
    CAPTURE(bytes);
    folder.file("engines.json", bytes);
    CHECK(run_bench_report(folder.path("")) == 3);
  }
  CHECK(scraper::read_file(folder.path("report.html"), 1 << 20).has_error());
}

TEST_CASE("a picture of older figures is not left beside a new page") {
  const Folder folder;
  folder.file("engines.json",
              "{\"kind\":\"engines\",\"version\":1,\"interrupted\":true,\"cells\":[]}");
  folder.file("throughput.svg", "<svg/>");
  REQUIRE(run_bench_report(folder.path("")) == 0);
  CHECK(scraper::read_file(folder.path("throughput.svg"), 1 << 20).has_error());
  CHECK(has(page_in(folder), "a full run that was interrupted"));
}

TEST_CASE("a missing gnuplot is to be had in words before anything is measured") {
  const std::string why =
      scraper::bench::why_no_plots("out", {"no-such-gnuplot-here", std::chrono::seconds(1), 1});
  CHECK(has(why, "no-such-gnuplot-here is not installed"));
  CHECK(has(why, "'scraper bench report out' makes the page anew"));
}

TEST_CASE("findings are to be had as text no wider than a terminal") {
  const Folder folder;
  folder.file("engines.json", scraper::test::sample_engines());
  folder.file("handoff.json", scraper::test::sample_handoffs());
  const auto text = findings_text(folder.path(""));
  REQUIRE(text.has_value());
  CHECK(has(*text, "Where threads fall behind\n  Threads fall behind async from "));
  for (std::size_t at = 0; at < text->size();) {
    const std::size_t end = text->find('\n', at);
    std::size_t columns = 0;
    for (std::size_t i = at; i < end; ++i)
      columns += (static_cast<unsigned char>((*text)[i]) & 0xC0) != 0x80 ? 1 : 0;
    CHECK(columns <= 100);
    at = end + 1;
  }
}

// For tests/checks/report.sh and for looking at: writes the sample and its page into
// $REPORT_SAMPLE.
TEST_CASE("a sample report is written", "[.sample]") {
  const char* directory = std::getenv("REPORT_SAMPLE");
  REQUIRE(directory != nullptr);
  const std::string path(directory);
  std::ofstream(path + "/engines.json") << scraper::test::sample_engines();
  std::ofstream(path + "/handoff.json") << scraper::test::sample_handoffs();
  REQUIRE(run_bench_report(path) == 0);
  std::cout << findings_text(path).value();
}
