// Percent-encoding undone (RFC 3986 2.1), for who reads what was written by us or asked of us; what
// a URL means is parse's. Pure; any thread.
#pragma once

#include <optional>
#include <string>
#include <string_view>

namespace scraper {

// 0 … 15, or -1.
int hex_digit(char c);

// Nothing when a '%' has no two hexadecimal digits behind it.
std::optional<std::string> percent_decoded(std::string_view text);

}  // namespace scraper
