// gnuplot's SVG made an element of an HTML page.
#include <fmt/format.h>

#include <array>
#include <charconv>

#include "bench/report/gnuplot.h"
#include "bench/report/paint.h"
#include "bench/report/text.h"

namespace scraper::bench::report {

namespace {

void replace_all(std::string& text, std::string_view from, std::string_view to) {
  for (std::size_t at = text.find(from); at != text.npos; at = text.find(from, at + to.size()))
    text.replace(at, from.size(), to);
}

// Every piece from `begin` to `end`, both included.
void remove_all(std::string& text, std::string_view begin, std::string_view end) {
  for (std::size_t at = text.find(begin); at != text.npos; at = text.find(begin, at)) {
    const std::size_t to = text.find(end, at + begin.size());
    if (to == text.npos) return;
    text.erase(at, to + end.size() - at);
  }
}

// The white disc that gnuplot lays under each point with an error bar: a hole in whatever runs
// behind it.
void remove_halos(std::string& text) {
  constexpr std::string_view kEnd = "color='white'/>";
  for (std::size_t at = text.find(kEnd); at != text.npos;) {
    const std::size_t begin = text.rfind("<use", at);
    if (begin == text.npos) return;
    text.erase(begin, at + kEnd.size() - begin);
    at = text.find(kEnd, begin);
  }
}

// "<g ...>" and "</g>" with nothing but white space between: gnuplot writes one for each change of
// its pen.
void remove_empty_groups(std::string& text) {
  for (std::size_t end = text.find("</g>"); end != text.npos;) {
    const std::size_t before = end == 0 ? text.npos : text.find_last_not_of(" \t\n", end - 1);
    const std::size_t begin =
        before == text.npos || text[before] != '>' ? text.npos : text.rfind('<', before);
    if (begin != text.npos && text.compare(begin, 3, "<g ") == 0) {
      text.erase(begin, end + 4 - begin);
      end = text.find("</g>", begin);
    } else {
      end = text.find("</g>", end + 4);
    }
  }
}

// The paint whose stand-in colour is "  0,   0, 241"; anything else that gnuplot draws with is
// text.
Paint paint_of(std::string_view triple) {
  const std::size_t at = triple.find_last_of(" ,");
  int blue = 0;
  const std::string_view digits = at == triple.npos ? triple : triple.substr(at + 1);
  std::from_chars(digits.data(), digits.data() + digits.size(), blue);
  const int index = blue - 0xf0;
  return index >= 0 && index < kPaints ? static_cast<Paint>(index) : Paint::kText;
}

void paint(std::string& text) {
  constexpr std::string_view kBegin = "rgb(";
  for (std::size_t at = text.find(kBegin); at != text.npos; at = text.find(kBegin, at + 1)) {
    const std::size_t end = text.find(')', at);
    if (end == text.npos) return;
    const std::string_view colour =
        css(paint_of(std::string_view(text).substr(at + kBegin.size(), end - at - kBegin.size())));
    text.replace(at, end + 1 - at, colour);
  }
}

}  // namespace

Result<std::string> as_element(std::string_view document, std::string_view prefix,
                               std::string_view label) {
  const auto wrong = [] { return Error{Errc::kOther, "gnuplot printed what is no SVG document"}; };
  const std::size_t begin = document.find("<svg");
  const std::size_t head = begin == document.npos ? document.npos : document.find('>', begin);
  const std::size_t end = document.rfind("</svg>");
  if (head == document.npos || end == document.npos || end < head ||
      document.find("<svg", head) != document.npos)
    return wrong();
  const std::string_view opening = document.substr(begin, head - begin);
  constexpr std::string_view kViewBox = "viewBox=\"";
  const std::size_t box = opening.find(kViewBox);
  if (box == opening.npos) return wrong();
  const std::string_view view = opening.substr(
      box + kViewBox.size(), opening.find('"', box + kViewBox.size()) - box - kViewBox.size());

  std::string body(document.substr(head + 1, end - head - 1));
  if (body.find("<script") != body.npos || body.find("://") != body.npos) return wrong();
  remove_all(body, "<title>", "</title>");
  remove_all(body, "<desc>", "</desc>");
  remove_all(body, "<filter", "</filter>");
  remove_all(body, " font-family=\"", "\"");
  remove_halos(body);
  remove_empty_groups(body);
  paint(body);
  replace_all(body, "stroke-width='0.205'",
              "stroke-width='0.33'");  // of points: hollow ones are hardly seen otherwise
  for (const char* colour : {"black", "gray", "white"})
    replace_all(body, fmt::format("color=\"{}\"", colour), "color=\"currentColor\"");
  replace_all(body, "xlink:href='#", fmt::format("href='#{}", prefix));
  replace_all(body, " id='", fmt::format(" id='{}", prefix));
  replace_all(body, " id=\"", fmt::format(" id=\"{}", prefix));
  replace_all(body, " >", ">");
  replace_all(body, "\n\n", "\n");
  return fmt::format("<svg class=\"plot\" viewBox=\"{}\" role=\"img\" aria-label=\"{}\">{}</svg>",
                     escaped(view), escaped(label), body);
}

}  // namespace scraper::bench::report
