// robots.txt by RFC 9309: which rules of a file are ours, and what they say about a URL. Pure; any thread.
#pragma once

#include <string>
#include <string_view>

#include "scraper/base/page_record.h"

namespace scraper::parse {

// Groups whose product token is `agent` (case-insensitive), merged (2.2.1); if there is none, the groups of '*'. At most 500 KiB
// are read (2.5). The views of the result point into `storage` and `body`; `storage` is overwritten.
RobotsRules parse_robots(std::string_view body, std::string_view agent, std::string& storage);

struct RobotsVerdict {
  bool is_allowed = true;
  const RobotsRule* rule = nullptr;  // the deciding line; null when none matched
};

// The longest match decides, allow on a tie (2.2.2). `path_and_query` as in Url::path_and_query(). /robots.txt itself is allowed.
RobotsVerdict robots_verdict(const RobotsRules& rules, std::string_view path_and_query);

}  // namespace scraper::parse
