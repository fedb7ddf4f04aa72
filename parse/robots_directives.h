// What a page asks of robots: <meta name=robots> and the X-Robots-Tag field. No standard; what the
// large search engines document: words between commas, "none" for "noindex, nofollow"; a meta
// element whose name is an agent's is for that agent, as is what follows "agent:" in a field. What
// is asked of all and of us adds up. Pure; any thread.
#pragma once

#include <string_view>

namespace scraper::parse {

struct RobotsDirectives {
  bool asks_nofollow = false;
  bool asks_noindex = false;
};

// "Name" of "Name/1.0 (+https://…)": what robots.txt, meta elements and fields call an agent by.
std::string_view agent_name(std::string_view agent);

// The content of a meta element that is for us.
void add_meta_directives(std::string_view content, RobotsDirectives& directives);

// One X-Robots-Tag field; `agent` as in agent_name().
void add_field_directives(std::string_view field, std::string_view agent,
                          RobotsDirectives& directives);

}  // namespace scraper::parse
