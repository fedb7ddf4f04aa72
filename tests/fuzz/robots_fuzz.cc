// A fuzz target for robots.txt (libFuzzer's interface), not part of the build:
//   clang++ -std=c++20 -g -O1 -fsanitize=fuzzer,address,undefined -I. tests/fuzz/robots_fuzz.cc
//     parse/{robots,robots_match,percent,utf8}.cc
// The input's first line is the path, the rest the file. What must hold: all that comes out is printable ASCII, a pattern written
// back as a rule gives the same verdict, and a path in normal form the same as the path.
#include <algorithm>
#include <cstddef>
#include <cstdint>
#include <cstdlib>
#include <string>
#include <string_view>

#include "parse/robots.h"
#include "parse/robots_pattern.h"

namespace {

using namespace scraper::parse;
using scraper::RobotsRules;

void require(bool holds) {
  if (!holds) std::abort();
}

bool is_clean(std::string_view text) {
  return std::all_of(text.begin(), text.end(), [](char c) { return c > 0x20 && c < 0x7F; });
}

std::string written_back(const RobotsRules& rules) {
  std::string body = "User-agent: *\n";
  for (const auto& rule : rules.rules) {
    require(is_clean(rule.pattern));
    body += rule.allows ? "Allow: " : "Disallow: ";
    body += rule.pattern;
    body += '\n';
  }
  return body;
}

}  // namespace

extern "C" int LLVMFuzzerTestOneInput(const std::uint8_t* data, std::size_t size) {
  const std::string_view input(reinterpret_cast<const char*>(data), size);
  const std::string_view path = input.substr(0, input.find('\n'));
  const std::string_view body = input.substr(std::min(path.size() + 1, input.size()));
  std::string storage;
  const RobotsRules rules = parse_robots(body, "FooBot", storage);
  for (const auto sitemap : rules.sitemaps) require(is_clean(sitemap));
  const bool allowed = robots_verdict(rules, path).is_allowed;
  std::string normal;
  append_robots_normal(normal, path, RobotsText::kPath);
  require(path == "/robots.txt" || normal == "/robots.txt" || robots_verdict(rules, normal).is_allowed == allowed);
  const std::string again = written_back(rules);
  std::string again_storage;
  const RobotsRules again_rules = parse_robots(again, "FooBot", again_storage);
  if (again.size() < 500 * 1024) require(robots_verdict(again_rules, path).is_allowed == allowed);
  return 0;
}
