// All that a worker does with a document. The input is a server's whole answer; it is put into a WARC record, and is given as one as it
// is too. What must hold: the owner takes every answer, limits are kept, links are what their fingerprints say, and a record in two
// pieces gives what it gives in one.
#include <cstddef>
#include <set>
#include <string>
#include <utility>
#include <vector>

#include "parse/page.h"
#include "parse/record_codec.h"
#include "parse/url.h"
#include "tests/fuzz/require.h"

namespace {

using namespace scraper;
using namespace scraper::parse;
using fuzz::require;

PageOptions options() {
  PageOptions options;
  options.robots_agent = "FooBot";
  options.wants_text = true;
  options.kinds = kAllKinds;
  options.query_rules = {{"utm_*"}, true};
  options.max_decoded = 1u << 20;
  options.max_depth = 32;
  options.max_links = 20;
  options.max_url = 300;
  return options;
}

std::string warc_head(std::size_t block_size) {
  return "WARC/1.1\r\nWARC-Type: response\r\nWARC-Target-URI: http://example.test/dir/page?q\r\nContent-Length: " +
         std::to_string(block_size) + "\r\n\r\n";
}

void check_record(const PageRecord& record, const PageOptions& options) {
  require(record.links.size() <= options.max_links && record.decoded_size <= options.max_decoded);
  for (const auto url : {record.canonical, record.base, record.location}) require(url.size() <= options.max_url);
  std::set<std::pair<std::uint64_t, std::uint64_t>> seen;
  for (const Link& link : record.links) {
    require(link.url.size() <= options.max_url && link.fingerprint == fingerprint(link.url, options.key));
    require(seen.emplace(link.fingerprint.low, link.fingerprint.high).second);
    const auto url = parse_url(link.url);
    require(url && url->href() == link.url && canonical_url(*url, options.query_rules) == *url);
  }
}

// The answer without the time it took; empty when the document overran its limits.
std::string checked(std::string_view answer, const PageOptions& options) {
  if (answer.empty()) return {};
  auto record = decode(std::vector<char>(answer.begin(), answer.end()));
  require(record.has_value());
  check_record(*record, options);
  record->cpu_micros = 0;
  std::string bytes;
  encode(*record, bytes);
  return bytes;
}

}  // namespace

extern "C" int LLVMFuzzerTestOneInput(const std::uint8_t* data, std::size_t size) {
  static const PageOptions given = options();
  static PageParser parser(given, DocumentLimits{64u << 20, std::chrono::seconds(2)});
  const std::string_view block = fuzz::view(data, size);
  const std::string head = warc_head(block.size());
  const auto head_end = block.find("\r\n\r\n");
  const std::size_t middle = head_end == block.npos ? block.size() / 2 : head_end + 4;
  const std::string record = std::string(head).append(block).append("\r\n\r\n");
  for (const TaskKind task : {TaskKind::kPage, TaskKind::kRobots}) {
    checked(parser.parse(block, task), given);
    const std::string whole = checked(parser.parse(record, task), given);
    if (whole.empty()) continue;
    const std::string in_two =
        checked(parser.parse(head + std::string(block.substr(0, middle)), block.substr(middle), task), given);
    require(in_two.empty() || in_two == whole);
  }
  return 0;
}
