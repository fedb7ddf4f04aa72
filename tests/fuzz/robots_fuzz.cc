// robots.txt. The input's first line is the path, the rest the file. What must hold: all that comes
// out is printable ASCII and of a line that is there, a pattern written back as a rule gives the
// same verdict, and a path in normal form the same as the path.
#include <algorithm>
#include <string>

#include "parse/robots.h"
#include "parse/robots_pattern.h"
#include "tests/fuzz/require.h"

namespace {

using namespace scraper;
using namespace scraper::parse;
using fuzz::require;

bool is_clean(std::string_view text) {
  return std::all_of(text.begin(), text.end(), [](char c) { return c > 0x20 && c < 0x7F; });
}

void check_rules(const RobotsRules& rules, std::string_view body) {
  std::uint32_t line = 0;
  for (const auto& rule : rules.rules) {
    require(is_clean(rule.pattern) && !rule.pattern.empty());
    require(rule.line >= line && !robots_line(body, rule.line).empty());
    line = rule.line;
  }
  for (const auto sitemap : rules.sitemaps) require(is_clean(sitemap) && !sitemap.empty());
}

std::string written_back(const RobotsRules& rules) {
  std::string body = "User-agent: *\n";
  for (const auto& rule : rules.rules) {
    body += rule.allows ? "Allow: " : "Disallow: ";
    body += rule.pattern;
    body += '\n';
  }
  return body;
}

}  // namespace

extern "C" int LLVMFuzzerTestOneInput(const std::uint8_t* data, std::size_t size) {
  std::string_view body = fuzz::view(data, size);
  const std::string_view path = fuzz::take_line(body);
  std::string storage;
  const RobotsRules rules = parse_robots(body, "FooBot", storage);
  check_rules(rules, body);
  const bool allowed = robots_verdict(rules, path).is_allowed;
  std::string normal;
  append_robots_normal(normal, path, RobotsText::kPath);
  require(path == "/robots.txt" || normal == "/robots.txt" ||
          robots_verdict(rules, normal).is_allowed == allowed);
  const std::string again = written_back(rules);
  std::string again_storage;
  const RobotsRules again_rules = parse_robots(again, "FooBot", again_storage);
  if (again.size() < 500 * 1024) require(robots_verdict(again_rules, path).is_allowed == allowed);
  return 0;
}
