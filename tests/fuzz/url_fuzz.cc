// A fuzz target for the URL parser (libFuzzer's interface), not part of the build:
//   clang++ -std=c++20 -g -O1 -fsanitize=fuzzer,address,undefined -I. tests/fuzz/url_fuzz.cc
//     parse/{url,url_parser,host,domain,ip_address,percent,canonical,utf8}.cc scraper/base/url.cc -licuuc
// The input's first line is the base, the rest the link. What must hold: a serialisation parses to itself, splits into the same
// parts and has a canonical form that is its own.
#include <cstddef>
#include <cstdint>
#include <cstdlib>
#include <optional>
#include <string_view>

#include "parse/url.h"

namespace {

using scraper::Url;
using scraper::parse::canonical_url;
using scraper::parse::parse_url;

void require(bool holds) {
  if (!holds) std::abort();
}

void check_stable(const Url& url) {
  const auto again = parse_url(url.href());
  require(again && again->href() == url.href() && again->path() == url.path() && again->host() == url.host());
  const auto split = Url::from_serialised(url.href());
  require(split.has_value() == url.is_http());
  if (split) require(split->path() == url.path() && split->query() == url.query() && split->host() == url.host());
}

}  // namespace

extern "C" int LLVMFuzzerTestOneInput(const std::uint8_t* data, std::size_t size) {
  const std::string_view input(reinterpret_cast<const char*>(data), size);
  const auto line_end = input.find('\n');
  const auto base = line_end == input.npos ? std::nullopt : parse_url(input.substr(0, line_end));
  const auto url = parse_url(input.substr(line_end == input.npos ? 0 : line_end + 1), base ? &*base : nullptr);
  if (!url) return 0;
  check_stable(*url);
  const Url canonical = canonical_url(*url);
  check_stable(canonical);
  require(canonical_url(canonical) == canonical);
  return 0;
}
