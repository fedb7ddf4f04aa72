// Strings that have hurt somebody's output: escapes of a terminal, formulas, markup, forged lines,
// bidirectional controls. A few of our own, and with SCRAPER_CONFORMANCE those that others have
// collected.
#pragma once

#include <string>
#include <string_view>
#include <vector>

namespace scraper::test {

// Not always UTF-8.
std::vector<std::string> hostile_strings();

// What of `shown` a terminal or a log could take for more than text: control characters but line
// ends, bidirectional controls, line separators, byte order marks, bytes that are no UTF-8. Empty
// when there is nothing of the kind.
std::string what_acts(std::string_view shown);

}  // namespace scraper::test
