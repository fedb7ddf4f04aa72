// All that a worker does with a document. The input is a server's whole answer; it is put into a
// WARC record, and is given as one as it is too. What must hold: the owner takes every answer,
// limits are kept, links are what their fingerprints say, and a record in two pieces gives what it
// gives in one. Links are asked for in both ways, a crawl's and as they were resolved.
#include <cstddef>
#include <set>
#include <string>
#include <utility>
#include <vector>

#include "parse/page.h"
#include "parse/record_codec.h"
#include "parse/url/url.h"
#include "tests/fuzz/require.h"

namespace {

using namespace scraper;
using namespace scraper::parse;
using fuzz::require;

PageOptions options(bool links_as_resolved) {
  PageOptions options;
  options.parser = links_as_resolved ? Parser::kGumbo : Parser::kScan;  // so that both are met
  options.links_as_resolved = links_as_resolved;
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
  return "WARC/1.1\r\nWARC-Type: response\r\nWARC-Target-URI: "
         "http://example.test/dir/page?q\r\nContent-Length: " +
         std::to_string(block_size) + "\r\n\r\n";
}

void check_record(const PageRecord& record, const PageOptions& options) {
  require(record.links.size() <= options.max_links && record.decoded_size <= options.max_decoded);
  for (const auto url : {record.canonical, record.base, record.location})
    require(url.size() <= options.max_url);
  std::set<std::pair<std::uint64_t, std::uint64_t>> seen;
  for (const Link& link : record.links) {
    const auto url = parse_url(link.url);
    require(url && url->href() == link.url && link.url.size() <= options.max_url);
    const Url canonical = canonical_url(*url, options.query_rules);
    require(link.fingerprint == fingerprint(canonical.href(), options.key));
    if (options.links_as_resolved) continue;
    require(canonical == *url && seen.emplace(link.fingerprint.low, link.fingerprint.high).second);
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

class Checker {
 public:
  explicit Checker(bool links_as_resolved)
      : options_(options(links_as_resolved)),
        parser_(options_, DocumentLimits{64u << 20, std::chrono::seconds(2)}) {}

  void check(std::string_view block, TaskKind task) {
    const std::string_view of_any_record = parser_.parse(block, task);
    require(of_any_record.empty() ||
            decode(std::vector<char>(of_any_record.begin(), of_any_record.end())));
    const std::string head = warc_head(block.size());
    const std::string whole =
        checked(parser_.parse(std::string(head).append(block).append("\r\n\r\n"), task), options_);
    const auto head_end = block.find("\r\n\r\n");
    const std::size_t middle = head_end == block.npos ? block.size() / 2 : head_end + 4;
    const std::string first = head + std::string(block.substr(0, middle));
    const std::string in_two = checked(parser_.parse(first, block.substr(middle), task), options_);
    require(whole.empty() || in_two.empty() || in_two == whole);
  }

 private:
  const PageOptions options_;
  PageParser parser_;
};

}  // namespace

extern "C" int LLVMFuzzerTestOneInput(const std::uint8_t* data, std::size_t size) {
  static Checker crawl(false);
  static Checker as_resolved(true);
  const std::string_view block = fuzz::view(data, size);
  crawl.check(block, TaskKind::kPage);
  crawl.check(block, TaskKind::kRobots);
  crawl.check(block, TaskKind::kSitemap);
  as_resolved.check(block, TaskKind::kPage);
  return 0;
}
