// What intervals allow to be said about two figures. Pure; any thread.
//
// A difference is one when the intervals do not overlap; it is called material from 5 % on, so that
// a difference nobody would notice decides nothing however well it was measured.
#pragma once

#include <optional>
#include <string>
#include <string_view>
#include <vector>

#include "bench/report/data.h"

namespace scraper::bench::report {

inline constexpr double kMaterial = 0.05;

enum class Order { kLess, kSame, kGreater };

Order compare(
    const Summary& a,
    const Summary& b);  // by intervals; kSame too where one has a single repeat and so none
bool is_materially_less(const Summary& a, const Summary& b);  // kLess, and by 5 % of b

// a / b: of the medians, and between the extremes that both intervals allow, which excludes 1
// exactly when the intervals do not overlap. b is greater than zero, else the ratio is 0.
Summary ratio_of(const Summary& a, const Summary& b);

Summary scaled(const Summary& summary, double factor);

// Both together, absent when both are.
Figure sum_of(const Figure& a, const Figure& b);

// "1.12 × [1.05–1.2]"
std::string times(const Summary& ratio);
// The least and the greatest of them, by their medians: "1.12 × [1.05–1.2] to 1.4 × [1.31–1.5]".
// There is at least one.
std::string spread(const std::vector<Summary>& ratios);
// Whether a difference that is not to be seen may be there all the same: by a factor of 1.5 and
// more between what the intervals allow, or of a single repeat.
bool is_uncertain(const Summary& ratio);
// "no difference to be seen", or "too uncertain to tell".
std::string_view no_difference(const Summary& ratio);
// "12 % fewer", "8 % more": of a against b, by their medians; where their intervals overlap as
// no_difference().
std::string difference(const Summary& a, const Summary& b, std::string_view less = "fewer",
                       std::string_view more = "more");

}  // namespace scraper::bench::report
