// What robots.cc writes into a RobotsRule and robots_match.cc compares: paths in the octet normal
// form of RFC 9309, 2.2.2.
#pragma once

#include <string>
#include <string_view>

namespace scraper::parse {

enum class RobotsText {
  kPattern,  // '*' and a final '$' are special and stay
  kPath,     // of a URL: '*' and '$' are themselves
};

// Appends `text` so that equal octets look equal: escapes of unreserved characters are decoded, all
// other escapes have upper-case digits, what a URI cannot hold is escaped. Reserved characters stay
// as they are ("%2F" is not "/", 2.2.2), but for "*", "$" and
// "'": the first two are escaped where they stand for themselves, so that a pattern can name them
// as "%2A" and "%24" (2.2.3), the last because the URL parser escapes it in queries and nowhere
// else.
void append_robots_normal(std::string& out, std::string_view text, RobotsText kind);

}  // namespace scraper::parse
