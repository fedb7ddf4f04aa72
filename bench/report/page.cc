#include "bench/report/page.h"

#include <fmt/format.h>

#include "bench/report/text.h"

namespace scraper::bench::report {

namespace {

constexpr std::string_view kHead = R"(<!DOCTYPE html>
<html lang="en">
<head>
<meta charset="utf-8">
<meta http-equiv="Content-Security-Policy" content="default-src 'none'; style-src 'unsafe-inline'; img-src data:">
<meta name="viewport" content="width=device-width, initial-scale=1">
<meta name="color-scheme" content="light dark">
)";

struct Words {
  const char* title;
  const char* question;
};

Words words_for(const Measured& measured) {
  if (!measured.handoffs) {
    return {"Threads against async, measured",
            "How far does a pool of fetching threads go against asynchronous I/O in the same "
            "crawler, on the same work, and what "
            "stops it?"};
  }
  if (!measured.engines) {
    return {"File against the rest, measured",
            "How is a pool of parsing processes best fed – by a file, a pipe, shared memory, or by "
            "not being processes at all?"};
  }
  return {"Threads against async, file against the rest, measured",
          "How far does a pool of fetching threads go against asynchronous I/O in the same "
          "crawler, on the same work – and how is "
          "a pool of "
          "parsing processes best fed: by a file, a pipe, shared memory, or by not being processes "
          "at all?"};
}

// "2026-01-02T03:04:05.678901Z" -> "2026-01-02 03:04 UTC"; anything else as it is.
std::string short_date(const std::string& date) {
  return date.size() > 16 && date[10] == 'T' && date.back() == 'Z'
             ? date.substr(0, 10) + " " + date.substr(11, 5) + " UTC"
             : date;
}

std::string run_line(const char* what, const Run& run) {
  return fmt::format("<p>{}: <code>{}</code>, {} run{}, {}, took {}</p>\n", what,
                     escaped(run.machine.command), run.is_quick ? "a quick" : "a full",
                     run.is_interrupted ? " that was interrupted" : "",
                     escaped(short_date(run.machine.date)), duration(run.seconds));
}

// "libcurl/7.88.1 OpenSSL/3.0.11 zlib/1.2.13 …" -> its first two words, which are what measurements
// depend on.
std::string short_version(const std::string& version) {
  const std::size_t first = version.find(' ');
  return version.substr(0, first == version.npos ? first : version.find(' ', first + 1));
}

std::string machine_line(const Machine& machine) {
  std::string text = fmt::format(
      "<p>{}, {} cores, {} of memory, {:.0f} descriptors; {}; {}; {}</p>\n", escaped(machine.cpu),
      number(machine.cores), size(machine.memory_bytes), machine.descriptors,
      escaped(machine.kernel), escaped(machine.program), escaped(short_version(machine.libcurl)));
  return text;
}

std::string machine_lines(const Measured& measured) {
  std::string html = "<div class=\"machine\">\n";
  std::string last;
  const auto add = [&](const char* what, const Run& run) {
    if (const std::string line = machine_line(run.machine); line != last) html += last = line;
    html += run_line(what, run);
  };
  if (measured.engines) add("Engines", measured.engines->run);
  if (measured.handoffs) add("Hand-offs", measured.handoffs->run);
  return html + "</div>\n";
}

// "[40.1–42.3]" set apart, so that a line does not break in it. `html` is escaped already.
std::string with_intervals_marked(const std::string& html) {
  std::string marked;
  std::size_t done = 0;
  for (std::size_t begin = html.find('['); begin != html.npos; begin = html.find('[', begin + 1)) {
    const std::size_t end = html.find_first_not_of("0123456789.,-–e+", begin + 1);
    if (end == html.npos || html[end] != ']') continue;
    marked += html.substr(done, begin - done) + "<span class=\"interval\">" +
              html.substr(begin, end + 1 - begin) + "</span>";
    done = end + 1;
  }
  return marked + html.substr(done);
}

std::string sentence(const std::string& text) { return with_intervals_marked(escaped(text)); }

std::string finding_section(const Finding& finding) {
  std::string html = fmt::format("<section class=\"finding{}\"><h4>{}</h4>\n<p>{}</p>\n",
                                 finding.is_main ? " main" : "", escaped(finding.headline),
                                 sentence(finding.text));
  if (!finding.details.empty()) {
    html += "<ul>\n";
    for (const std::string& detail : finding.details)
      html += fmt::format("<li>{}</li>\n", sentence(detail));
    html += "</ul>\n";
  }
  return html + "</section>\n";
}

std::string findings_section(const std::vector<Finding>& findings) {
  std::string html =
      "<h2 id=\"findings\">Findings</h2>\n<p class=\"note\">Medians, with their 95\u00a0% interval "
      "in brackets (the range, below "
      "six repeats). What "
      "is said of a difference holds for intervals that do not overlap. 1\u00a0KB is 1,024 "
      "bytes.</p>\n";
  std::string chapter;
  for (const Finding& finding : findings) {
    if (finding.chapter != chapter) {
      html += fmt::format("{}<h3>{}</h3>\n<div class=\"findings\">\n",
                          chapter.empty() ? "" : "</div>\n", escaped(finding.chapter));
      chapter = finding.chapter;
    }
    html += finding_section(finding);
  }
  return html + (chapter.empty() ? "<p>Nothing was measured.</p>\n" : "</div>\n");
}

std::string_view mark_of(Paint paint) {
  switch (paint) {
    case Paint::kFirst: return "mark-first";
    case Paint::kSecond: return "mark-second";
    case Paint::kThird: return "mark-third";
    case Paint::kFourth: return "mark-fourth";
    case Paint::kFifth: return "mark-fifth";
    default: return "mark-ideal";
  }
}

std::string group_section(const DrawnGroup& group) {
  std::string html = fmt::format(
      "<section class=\"group\"><h3>{}</h3>\n<p class=\"note\">{}</p>\n<ul class=\"legend\">\n",
      escaped(group.headline), escaped(group.caption));
  for (const LegendEntry& entry : group.legend) {
    html += fmt::format("<li><span class=\"glyph {}\" aria-hidden=\"true\">{}</span> {}</li>\n",
                        mark_of(entry.paint), entry.glyph, escaped(entry.text));
  }
  html += "</ul>\n<div class=\"charts\">\n";
  for (const auto& drawing : group.drawings) {
    html += fmt::format("<figure><figcaption>{}</figcaption>\n{}\n</figure>\n",
                        escaped(drawing.title), drawing.svg);
  }
  return html + "</div>\n</section>\n";
}

std::string plots_section(const Drawn& drawn) {
  std::string html = "<h2 id=\"plots\">Plots</h2>\n";
  if (!drawn.missing.empty())
    html += fmt::format("<p class=\"note\">{}</p>\n", escaped(drawn.missing));
  for (const DrawnGroup& group : drawn.groups) html += group_section(group);
  return html;
}

}  // namespace

std::string page_of(const Measured& measured, const std::vector<Finding>& findings,
                    const Drawn& drawn) {
  const Words words = words_for(measured);
  std::string html = fmt::format(
      "{}<title>{}</title>\n<style>{}{}</style>\n</head>\n<body>\n<header>\n<h1>{}</h1>\n<p "
      "class=\"question\">{}</p>\n",
      kHead, words.title, kColours, kPageStyle, words.title, words.question);
  html += machine_lines(measured);
  html +=
      "<nav><a href=\"#findings\">Findings</a><a href=\"#plots\">Plots</a><a "
      "href=\"#tables\">Tables</a></nav>\n</header>\n<main>\n";
  html += findings_section(findings) + plots_section(drawn) + "<h2 id=\"tables\">Tables</h2>\n";
  if (measured.engines) html += engine_tables(*measured.engines);
  if (measured.handoffs) html += handoff_tables(*measured.handoffs);
  return html + "</main>\n</body>\n</html>\n";
}

}  // namespace scraper::bench::report
