// A group of drawings as one SVG document.
#include <fmt/format.h>

#include "bench/report/page.h"
#include "bench/report/text.h"

namespace scraper::bench::report {

namespace {

constexpr std::size_t kColumns = 3;
constexpr int kTitleHeight = 24;
constexpr int kHeadHeight = 78;
constexpr int kMargin = 12;

// The element of a page, put in its place.
std::string placed(std::string svg, int x, int y) {
  constexpr std::string_view kBegin = "<svg class=\"plot\"";
  if (!svg.starts_with(kBegin)) return svg;
  return svg.replace(0, kBegin.size(),
                     fmt::format("<svg x=\"{}\" y=\"{}\" width=\"{}\" height=\"{}\"", x, y,
                                 kChartWidth, kChartHeight));
}

std::string legend_of(const DrawnGroup& group) {
  std::string svg = fmt::format("<text x=\"{}\" y=\"58\" font-size=\"15\">", kMargin);
  for (std::size_t i = 0; i < group.legend.size(); ++i) {
    const LegendEntry& entry = group.legend[i];
    svg += fmt::format("<tspan{} fill=\"{}\">{}</tspan> {}", i == 0 ? "" : " dx=\"24\"",
                       css(entry.paint), entry.glyph, escaped(entry.text));
  }
  return svg + "</text>\n";
}

}  // namespace

std::string picture_of(const DrawnGroup& group) {
  const std::size_t rows = (group.drawings.size() + kColumns - 1) / kColumns;
  const int width = static_cast<int>(kColumns) * (kChartWidth + kMargin) + kMargin;
  const int height = kHeadHeight + static_cast<int>(rows) * (kChartHeight + kTitleHeight + kMargin);
  std::string svg = fmt::format(
      "<svg xmlns=\"http://www.w3.org/2000/svg\" viewBox=\"0 0 {} {}\" width=\"{}\" height=\"{}\" "
      "fill=\"currentColor\" "
      "font-family=\"system-ui, sans-serif\">\n<title>{}</title>\n<style>{} svg {{ color: "
      "var(--text); }}</style>\n",
      width, height, width, height, escaped(group.headline), kColours);
  svg += fmt::format(
      "<rect width=\"{}\" height=\"{}\" fill=\"var(--back)\"/>\n<text x=\"{}\" y=\"30\" "
      "font-size=\"20\" "
      "font-weight=\"600\">{}</text>\n",
      width, height, kMargin, escaped(group.headline));
  svg += legend_of(group);
  for (std::size_t i = 0; i < group.drawings.size(); ++i) {
    const int x = kMargin + static_cast<int>(i % kColumns) * (kChartWidth + kMargin);
    const int y =
        kHeadHeight + static_cast<int>(i / kColumns) * (kChartHeight + kTitleHeight + kMargin);
    svg += fmt::format("<text x=\"{}\" y=\"{}\" font-size=\"15\" font-weight=\"600\">{}</text>\n",
                       x + kMargin, y + 18, escaped(group.drawings[i].title));
    svg += placed(group.drawings[i].svg, x, y + kTitleHeight) + "\n";
  }
  return svg + "</svg>\n";
}

}  // namespace scraper::bench::report
