#include "bench/report/plots.h"

#include <chrono>

#include "bench/report/gnuplot.h"
#include "tests/bench/report_sample.h"
#include "tests/catch.h"
#include "tests/support/folder.h"

using namespace scraper::bench::report;
using scraper::bench::Summary;

namespace {

bool has(const std::string& text, std::string_view part) { return text.find(part) != text.npos; }

Summary exactly(double value) { return {value, value, value, 6, false}; }

// A program in a file of its own, in place of gnuplot.
class FakeGnuplot {
 public:
  explicit FakeGnuplot(const std::string& body) {
    path_ = folder_.file("gnuplot", "#!/bin/sh\n" + body + "\n");
    std::filesystem::permissions(path_, std::filesystem::perms::owner_all);
  }
  Gnuplot options() const { return {path_, std::chrono::seconds(20), 1 << 16}; }

 private:
  scraper::test::Folder folder_;
  std::string path_;
};

constexpr const char* kDocument =
    "<?xml version=\"1.0\"?>\n<svg \n viewBox=\"0 0 440 320\"\n "
    "xmlns=\"http://www.w3.org/2000/svg\">\n<title>Gnuplot</title>\n"
    "<g id=\"gnuplot_canvas\"><defs><circle id='gpDot'/></defs>\n<g fill=\"none\" "
    "color=\"black\">\n</g>\n"
    "<g fill=\"none\" color=\"black\"><path stroke='rgb(  0,   0, 244)' d='M0,0'/>"
    "<use xlink:href='#gpDot' color='white'/><use xlink:href='#gpDot' color='rgb(  0,   0, 245)'/>"
    "<g fill=\"rgb(0,0,240)\" font-family=\"sans\" font-size=\"13.00\"><text><tspan "
    "font-family=\"sans\" "
    ">10</tspan></text></g></g>\n</g></svg>\n";

}  // namespace

TEST_CASE("ticks have at least three names whatever the range") {
  struct Row {
    double least, most;
    bool is_size;
    std::vector<std::string> names;
  };
  for (const Row& row :
       {Row{1, 10000, false, {"1", "10", "100", "1k", "10k"}},
        Row{30, 200, false, {"50", "100", "200"}},
        Row{2.1, 3.6, false, {"2.2", "2.4", "2.6", "2.8", "3", "3.2", "3.4", "3.6"}},
        Row{0.66, 1.06, false, {"0.7", "0.8", "0.9", "1"}},
        Row{1000, 2e6, true, {"1\u00a0KB", "10\u00a0KB", "100\u00a0KB", "1\u00a0MB"}},
        Row{5, 5, false, {}}, Row{0, 5, false, {}}}) {
    std::vector<std::string> names;
    for (const Tick& tick : ticks(row.least, row.most, row.is_size)) {
      CHECK(tick.at >= row.least);
      CHECK(tick.at <= row.most * 1.000001);
      if (!tick.label.empty()) names.push_back(tick.label);
    }
    CAPTURE(row.least, row.most);
    CHECK(names == row.names);
  }
}

TEST_CASE("what a log axis cannot show is left out") {
  Chart chart;
  chart.series = {{Paint::kFirst, kDisc, true, 0.65, {{0, exactly(1)}, {5, exactly(0)}}}};
  CHECK(is_empty(chart));
  chart.series[0].points.push_back({7, {3, 0, 4, 6, false}});
  CHECK_FALSE(is_empty(chart));
  const std::string script = script_of(chart);
  CHECK(has(script, "\n7 3 3e-06 4\nEND"));  // an interval that reaches zero reaches the edge
  CHECK_FALSE(has(script, "\n5 0"));
}

TEST_CASE("the charts of a whole measurement are made, and none is empty") {
  Measured measured;
  CHECK(charts_of(measured).empty());
  measured.engines = parse_engines(scraper::test::sample_engines(), "engines.json").value();
  measured.handoffs = parse_handoffs(scraper::test::sample_handoffs(), "handoff.json").value();
  const auto groups = charts_of(measured);
  REQUIRE(groups.size() == 5);
  CHECK(groups[0].charts.size() == 5);  // one for each delay
  CHECK(groups[0].charts[0].ideal_slope == 0);
  CHECK(groups[0].charts[3].title == "delay 200 ms");
  CHECK(groups[0].charts[3].ideal_slope == 5);
  for (const ChartGroup& group : groups) {
    CHECK_FALSE(group.legend.empty());
    for (const Chart& chart : group.charts) CHECK_FALSE(is_empty(chart));
  }
}

TEST_CASE("gnuplot's document becomes an element of the page") {
  const std::string element = as_element(kDocument, "p7-", "A \"label\"").value();
  CHECK(
      element.starts_with("<svg class=\"plot\" viewBox=\"0 0 440 320\" role=\"img\" aria-label=\"A "
                          "&quot;label&quot;\">"));
  CHECK(element.ends_with("</svg>"));
  CHECK(has(element, "id=\"p7-gnuplot_canvas\""));
  CHECK(has(element, "id='p7-gpDot'"));
  CHECK(has(element, "stroke='var(--first)'"));
  CHECK(has(element, "<use href='#p7-gpDot' color='var(--second)'/>"));
  CHECK(has(element,
            "<g fill=\"currentColor\" font-size=\"13.00\"><text><tspan>10</tspan></text></g>"));
  for (const char* gone : {"<?xml", "<title>", "font-family", "rgb(", "xlink", "white", "black",
                           "<g fill=\"none\" color=\"currentColor\">\n</g>"}) {
    CAPTURE(gone);
    CHECK_FALSE(has(element, gone));
  }
}

TEST_CASE("what is no SVG document, or brings more than a drawing, is refused") {
  const std::string document = kDocument;
  const auto with = [&](const char* from, const char* to) {
    std::string changed = document;
    return changed.replace(changed.find(from), std::string_view(from).size(), to);
  };
  CHECK(as_element(document, "p-", "").has_value());
  for (const std::string& wrong :
       {std::string(), std::string("<svg"), std::string("plain text"), with("</svg>", ""),
        with("viewBox", "viewbox"), with("<defs>", "<script>x</script><defs>"),
        with("<defs>", "<image href='https://example.com/'/><defs>"), document + document}) {
    CAPTURE(wrong);
    CHECK(as_element(wrong, "p-", "").has_error());
  }
}

TEST_CASE("a script reaches gnuplot by its standard input, with the user's own settings left out") {
  const FakeGnuplot fake("echo \"$@\"; cat");
  CHECK(run_gnuplot(fake.options(), "plot x\n").value() == "-d -\nplot x\n");
}

TEST_CASE("a gnuplot that is missing, fails, says too much or never ends is an error, not a wait") {
  using namespace std::chrono_literals;
  const auto error_of = [](const Gnuplot& gnuplot) {
    return run_gnuplot(gnuplot, std::string(1 << 20, '\n')).error().context;
  };
  CHECK(has(error_of({"no-such-gnuplot-here", 1s, 1}), "no-such-gnuplot-here is not installed"));
  CHECK(has(error_of(FakeGnuplot("exit 3").options()), "could not draw"));
  CHECK(has(error_of(FakeGnuplot("kill -9 $$").options()), "could not draw"));
  CHECK(
      has(error_of(FakeGnuplot("while :; do echo more; done").options()), "more than 65536 bytes"));
  const FakeGnuplot silent("exec tail -f /dev/null");
  CHECK(has(error_of({silent.options().program, 50ms, 1 << 16}), "took longer than 50 ms"));
  const FakeGnuplot closed("exec tail -f /dev/null > /dev/null");
  CHECK(has(error_of({closed.options().program, 50ms, 1 << 16}), "took longer than 50 ms"));
}
