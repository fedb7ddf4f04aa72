// How figures are written for people, in the page and in plain text alike. Pure; any thread.
//
// Three significant digits, thousands separated; sizes in units of 1,024 (a size that is a round
// number of thousands is written as one).
#pragma once

#include <string>
#include <string_view>
#include <vector>

#include "bench/summary.h"

namespace scraper::bench::report {

std::string escaped(std::string_view text);  // for HTML's text and quoted attributes

// A value and its unit stand together: a no-break space is between them.
std::string number(double value);                            // 12,300  512  41.2  3.14  0.052
std::string with_unit(double value, std::string_view unit);  // 41.2 µs
std::string size(double bytes);                              // 512 bytes  10 KB  1.5 MB
std::string percent(double share);                           // of 0.123: 12 %
std::string duration(double seconds);                        // 52 min  90 s  1 h 4 min
std::string connections(double count);                       // 1 connection  10,000 connections
std::string at_delay(double ms);                             // at 200 ms  without delay

// The median and its interval: "41.2 µs [40.1–42.3]"; the median alone where there was but one
// repeat.
std::string with_interval(const Summary& summary, std::string_view unit = "");
std::string size_with_interval(const Summary& bytes);  // 36 KB [35.1–36.9]

std::string joined(const std::vector<std::string>& parts, std::string_view between = ", ");
// "a", "a and b", "a, b and c"
std::string listed(const std::vector<std::string>& parts);

}  // namespace scraper::bench::report
