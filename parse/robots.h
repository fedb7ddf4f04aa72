// robots.txt by RFC 9309: which rules of a file are ours, and what they say about a URL. Pure; any
// thread.
#pragma once

#include <string>
#include <string_view>

#include "base/page_record.h"

namespace scraper::parse {

// Groups for `agent`, merged (2.2.1); if there is none, the groups of '*'. `agent` is a product
// token, or begins with one as in "Name/1.0 (+https://…)". It is compared case-insensitively with
// the token of a user-agent line, the letters, '_' and '-' the line's value begins with, and with
// its first word, so that a name with digits in it finds its group too.
//
// At most 500 KiB are read (2.5), whole lines. Never fails: what is no line of the grammar is
// passed over. Beyond the grammar, these are understood because the widely used readers do: a
// missing colon ("disallow /x"), usual misspellings of "disallow" and "user-agent", and "allow:
// /x/index.html" as a word about "/x/" too.
//
// The views of the result point into `storage`, which is overwritten and must neither move nor
// change while they are used; all are printable ASCII.
RobotsRules parse_robots(std::string_view body, std::string_view agent, std::string& storage);

// The text of a line of `body` as RobotsRule::line counts them; empty past the end.
std::string_view robots_line(std::string_view body, std::uint32_t line);

struct RobotsVerdict {
  bool is_allowed = true;
  const RobotsRule* rule = nullptr;  // the deciding line; null when none matched
};

// The longest match decides, allow on a tie (2.2.2). `path_and_query` as in Url::path_and_query().
// /robots.txt itself is allowed. Takes time in proportion to the length of all patterns plus, for
// those with a '*', rules times path; what '*' stands for is never tried twice. Past 2 MiB of path
// looked through (10,000 such rules on 200 bytes) the URL counts as forbidden by the rule it came
// to: no site needs that many, and whoever asks about a million URLs must not wait for hours.
RobotsVerdict robots_verdict(const RobotsRules& rules, std::string_view path_and_query);

}  // namespace scraper::parse
