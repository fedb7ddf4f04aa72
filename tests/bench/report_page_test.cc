#include "bench/report/page.h"

#include "tests/bench/report_runs.h"
#include "tests/bench/report_sample.h"
#include "tests/catch.h"

using namespace scraper::bench::report;
using namespace scraper::test;

namespace {

Measured whole_sample() {
  return {parse_engines(sample_engines(), "engines.json").value(),
          parse_handoffs(sample_handoffs(), "handoff.json").value()};
}

std::size_t count(const std::string& text, std::string_view part) {
  std::size_t n = 0;
  for (std::size_t at = text.find(part); at != text.npos; at = text.find(part, at + part.size()))
    ++n;
  return n;
}

constexpr const char* kHostile =
    "</style><script>alert(1)</script><img src=x onerror='alert(2)' \"&";

}  // namespace

TEST_CASE("a page needs nothing but itself and runs nothing") {
  const Measured measured = whole_sample();
  const std::string page = page_of(measured, find(measured), {});
  CHECK(page.starts_with("<!DOCTYPE html>\n"));
  CHECK(has(page,
            "<meta http-equiv=\"Content-Security-Policy\" content=\"default-src 'none'; style-src "
            "'unsafe-inline'; img-src data:\">"));
  for (const char* none : {"<script", "://", "@import", "url(", "<link", "<iframe"}) {
    CAPTURE(none);
    CHECK_FALSE(has(page, none));
  }
  CHECK(has(page, "<h3>Engines</h3>"));
  CHECK(has(page, "<h3>Hand-offs</h3>"));
  CHECK(has(page, "Sample CPU @ 2.50GHz, 2 cores, 23.5\u00a0GB of memory"));
  CHECK(has(page, "a full run, 2026-01-02 03:04 UTC, took 52\u00a0min"));
}

TEST_CASE("every cell has its row, a skipped one its sentence") {
  const Measured measured = whole_sample();
  const std::string tables = engine_tables(*measured.engines) + handoff_tables(*measured.handoffs);
  CHECK(count(tables, "<tr") - count(tables, "<thead><tr") ==
        measured.engines->cells.size() + measured.engines->tasks.size() + 3 +
            measured.handoffs->cells.size() + measured.handoffs->workers.size());
  CHECK(count(tables, "20,000 descriptors allow 9,900 threads with a connection each") == 5);
  CHECK(count(tables, "<table>") == count(tables, "</table>"));
}

TEST_CASE("what a file says is text in the page, whatever it says") {
  Measured measured = whole_sample();
  EngineRun& run = *measured.engines;
  for (auto text : {&Machine::cpu, &Machine::kernel, &Machine::date, &Machine::command,
                    &Machine::program, &Machine::libcurl})
    run.run.machine.*text = kHostile;
  for (EngineCell& cell : run.cells) {
    if (!cell.skipped.empty()) cell.skipped = kHostile;
    if (cell.engine == "bare-multi") cell.engine = kHostile;
    if (cell.connection == "new") cell.connection = kHostile;
  }
  for (Task& task : run.tasks) task.what = task.unit = task.about = kHostile;
  for (HandoffCell& cell : measured.handoffs->cells) {
    if (cell.handoff == "pipe") cell.handoff = kHostile;
    if (cell.storage == "tmpfs") cell.storage = kHostile;
    if (cell.work == "gumbo") cell.work = kHostile;
  }
  for (WorkerFigure& worker : measured.handoffs->workers) worker.what = kHostile;
  Drawn drawn;
  drawn.missing = kHostile;
  const std::string page = page_of(measured, find(measured), drawn);
  CHECK_FALSE(has(page, "<script"));
  CHECK_FALSE(has(page, "<img"));
  CHECK(count(page, "</style>") == 1);
  CHECK(has(page, "&lt;script&gt;alert(1)"));
  for (const ChartGroup& group : charts_of(measured)) {
    for (const Chart& chart : group.charts) CHECK_FALSE(has(script_of(chart), "script>"));
  }
}

TEST_CASE("intervals are set apart, other brackets are not") {
  Measured measured;
  measured.engines = EngineRun();
  const std::string page = page_of(
      measured,
      {{"A [headline]", "5 [4–6], 0.1 [1e-05–0.2] and [words] and [", {}, false, "Engines"}}, {});
  CHECK(has(page,
            "5 <span class=\"interval\">[4–6]</span>, 0.1 <span "
            "class=\"interval\">[1e-05–0.2]</span> and [words] and ["));
}

TEST_CASE("drawings stand in their groups, and what is missing is said") {
  Drawn drawn;
  drawn.missing = "there are no plots because gnuplot is not installed";
  drawn.groups = {
      {"Group", "Caption", {{Paint::kSecond, "●", "async"}}, {{"Title", "<svg></svg>"}}}};
  const std::string page = page_of({EngineRun(), {}}, {}, drawn);
  CHECK(has(page, "there are no plots because gnuplot is not installed"));
  CHECK(has(page, "<span class=\"glyph mark-second\" aria-hidden=\"true\">●</span> async"));
  CHECK(has(page, "<figure><figcaption>Title</figcaption>\n<svg></svg>\n</figure>"));
  CHECK(has(page, "Nothing was measured."));
}

TEST_CASE("a group of drawings is a picture too, each in its place") {
  const DrawnGroup::Drawing drawing{"A <title>",
                                    "<svg class=\"plot\" viewBox=\"0 0 440 320\"></svg>"};
  const std::string picture = picture_of(
      {"Group", "", {{Paint::kFirst, "●", "threads"}}, {drawing, drawing, drawing, drawing}});
  CHECK(picture.starts_with("<svg xmlns=\"http://www.w3.org/2000/svg\" viewBox=\"0 0 1368 790\""));
  CHECK(has(picture, "prefers-color-scheme: dark"));
  CHECK(has(picture, "<tspan fill=\"var(--first)\">●</tspan> threads"));
  CHECK(has(picture, "A &lt;title&gt;"));
  CHECK(has(picture,
            "<svg x=\"12\" y=\"102\" width=\"440\" height=\"320\" viewBox=\"0 0 440 320\"></svg>"));
  CHECK(has(picture, "<svg x=\"916\" y=\"102\""));
  CHECK(has(picture, "<svg x=\"12\" y=\"458\""));
}
