#include "bench/report/report.h"

#include <fmt/format.h>
#include <unistd.h>

#include <cerrno>
#include <cstdio>

#include "base/file.h"
#include "base/json_writer.h"
#include "base/output.h"
#include "bench/bench.h"
#include "bench/report/data.h"
#include "bench/report/findings.h"
#include "bench/report/gnuplot.h"
#include "bench/report/page.h"
#include "bench/report/plots.h"

namespace scraper::bench {

namespace {

std::string makes_anew(const std::string& directory) {
  return fmt::format("'scraper bench report {}' makes the page anew", printable(directory));
}

// One after the other; the first that fails ends it, since what fails once (no gnuplot) fails
// again.
report::Drawn draw(const std::vector<report::ChartGroup>& groups, const std::string& directory) {
  report::Drawn drawn;
  int n = 0;
  for (const report::ChartGroup& group : groups) {
    report::DrawnGroup done{group.headline, group.caption, group.legend, {}};
    for (const report::Chart& chart : group.charts) {
      auto document = report::run_gnuplot({}, report::script_of(chart));
      auto element = document ? report::as_element(*document, fmt::format("p{}-", ++n),
                                                   group.headline + ": " + chart.title)
                              : document;
      if (!element) {
        drawn.missing = element.error().context + ". The tables have every figure; " +
                        makes_anew(directory) + ".";
        break;
      }
      done.drawings.push_back({chart.title, std::move(*element)});
    }
    if (!done.drawings.empty()) drawn.groups.push_back(std::move(done));
    if (!drawn.missing.empty()) break;
  }
  return drawn;
}

// throughput.svg, or none: one of older figures is not left beside a page of new ones.
Result<void> put_picture(const std::string& directory, const report::Drawn& drawn,
                         const std::vector<report::ChartGroup>& groups) {
  const std::string path = directory + "/throughput.svg";
  const bool is_whole =
      !drawn.groups.empty() && drawn.groups.front().drawings.size() == groups.front().charts.size();
  if (is_whole) return replace_file(path, report::picture_of(drawn.groups.front()));
  if (::unlink(path.c_str()) == 0 || errno == ENOENT) return {};
  return errno_error("cannot remove the older", path);
}

int fail(const Error& error) {
  fmt::print(stderr, "scraper: {}\n", error.context);
  return exit_code(error.code);
}

}  // namespace

int run_bench_report(const std::string& directory) {
  const auto measured = report::read_measured(directory);
  if (!measured) return fail(measured.error());
  const auto groups = report::charts_of(*measured);
  const report::Drawn drawn = draw(groups, directory);
  if (!drawn.missing.empty()) fmt::print(stderr, "scraper: {}\n", drawn.missing);
  if (measured->engines) {
    if (const auto put = put_picture(directory, drawn, groups); !put) return fail(put.error());
  }
  const auto findings = report::find(*measured);
  const std::string page = directory + "/report.html";
  if (const auto written = replace_file(page, report::page_of(*measured, findings, drawn));
      !written)
    return fail(written.error());
  return cli::write_standard_output(
      fmt::format("\n{}\nreport: {}\n", report::as_text(findings), page));
}

Result<std::string> findings_text(const std::string& directory) {
  const auto measured = report::read_measured(directory);
  if (!measured) return measured.error();
  return report::as_text(report::find(*measured));
}

std::string why_no_plots(const std::string& directory, const report::Gnuplot& gnuplot) {
  const auto drawn = report::run_gnuplot(gnuplot, "");
  return drawn
             ? ""
             : fmt::format("{}; once it is there {}", drawn.error().context, makes_anew(directory));
}

}  // namespace scraper::bench
