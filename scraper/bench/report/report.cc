#include "scraper/bench/report/report.h"

#include <fmt/format.h>

#include <cstdio>

#include "scraper/bench/bench.h"
#include "scraper/bench/report/data.h"
#include "scraper/bench/report/findings.h"
#include "scraper/bench/report/gnuplot.h"
#include "scraper/bench/report/page.h"
#include "scraper/bench/report/plots.h"
#include "scraper/cli/output.h"
#include "scraper/file.h"

namespace scraper::bench {

namespace {

// One after the other; the first that fails ends it, since what fails once (no gnuplot) fails again.
report::Drawn draw(const std::vector<report::ChartGroup>& groups) {
  report::Drawn drawn;
  int n = 0;
  for (const report::ChartGroup& group : groups) {
    report::DrawnGroup done{group.headline, group.caption, group.legend, {}};
    for (const report::Chart& chart : group.charts) {
      auto document = report::run_gnuplot({}, report::script_of(chart));
      auto element =
          document ? report::as_element(*document, fmt::format("p{}-", ++n), group.headline + ": " + chart.title) : document;
      if (!element) {
        drawn.missing = element.error().context + ". The tables have every figure; 'scraper bench report DIR' makes the page anew.";
        break;
      }
      done.drawings.push_back({chart.title, std::move(*element)});
    }
    if (!done.drawings.empty()) drawn.groups.push_back(std::move(done));
    if (!drawn.missing.empty()) break;
  }
  return drawn;
}

int fail(const Error& error) {
  fmt::print(stderr, "scraper: {}\n", error.context);
  return exit_code(error.code);
}

}  // namespace

int run_bench_report(const std::string& directory) {
  const auto measured = report::read_measured(directory);
  if (!measured) return fail(measured.error());
  const report::Drawn drawn = draw(report::charts_of(*measured));
  if (!drawn.missing.empty()) fmt::print(stderr, "scraper: {}\n", drawn.missing);
  if (!drawn.groups.empty() && measured->engines) {
    const auto written = replace_file(directory + "/throughput.svg", report::picture_of(drawn.groups.front()));
    if (!written) return fail(written.error());
  }
  const auto findings = report::find(*measured);
  const std::string page = directory + "/report.html";
  if (const auto written = replace_file(page, report::page_of(*measured, findings, drawn)); !written) return fail(written.error());
  return cli::write_standard_output(fmt::format("\n{}\nreport: {}\n", report::as_text(findings), page));
}

Result<std::string> findings_text(const std::string& directory) {
  const auto measured = report::read_measured(directory);
  if (!measured) return measured.error();
  return report::as_text(report::find(*measured));
}

}  // namespace scraper::bench
