// What a mark stands for, and so its colour. gnuplot is given a stand-in colour for each, which is
// replaced by the page's own CSS variable: so one drawing serves light and dark. Pure; any thread.
#pragma once

#include <array>
#include <string>
#include <string_view>

namespace scraper::bench::report {

enum class Paint { kText, kGrid, kAxis, kIdeal, kFirst, kSecond, kThird, kFourth, kFifth };

inline constexpr int kPaints = 9;

// "#0000f0": never a colour of the page.
std::string stand_in(Paint paint);
// "var(--first)", "currentColor"
std::string_view css(Paint paint);

// A point's shape in gnuplot, and a character that looks like it for the legend.
struct Shape {
  int gnuplot;
  std::string_view glyph;
};
inline constexpr Shape kDisc{7, "●"};
inline constexpr Shape kTriangle{9, "▲"};
inline constexpr Shape kSquare{5, "■"};
inline constexpr Shape kDiamond{13, "◆"};
inline constexpr Shape kCircle{6, "○"};
inline constexpr Shape kHollowTriangle{8, "△"};
inline constexpr Shape kHollowSquare{4, "□"};
inline constexpr Shape kHollowDiamond{12, "◇"};

}  // namespace scraper::bench::report
