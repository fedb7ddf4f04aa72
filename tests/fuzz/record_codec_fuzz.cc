// What a worker answers. What must hold: a record that is taken is written as the same bytes; and whatever a worker puts into a record,
// the owner takes it.
#include <string>
#include <vector>

#include "parse/record_codec.h"
#include "scraper/base/url.h"
#include "tests/fuzz/require.h"

namespace {

using namespace scraper;
using namespace scraper::parse;
using fuzz::require;

Result<PageRecord> decoded(std::string_view bytes) { return decode(std::vector<char>(bytes.begin(), bytes.end())); }

void check_answer(std::string_view bytes) {
  const auto record = decoded(bytes);
  if (!record) return;
  for (const Link& link : record->links) require(!link.url.starts_with("http:") || Url::is_serialised(link.url));
  std::string again;
  encode(*record, again);
  require(again == bytes);
}

// Each line of the input is a field.
PageRecord record_of(std::string_view rest) {
  PageRecord record;
  record.status = static_cast<int>(rest.size() % 1'000);
  record.robots_rules.crawl_delay_seconds = static_cast<double>(rest.size()) / 3 - 2;
  for (std::string_view* field : {&record.title, &record.canonical, &record.base, &record.location, &record.robots, &record.text})
    *field = fuzz::take_line(rest);
  while (!rest.empty()) {
    const std::string_view line = fuzz::take_line(rest);
    record.links.push_back({line, {line.size(), 1}, static_cast<LinkKind>(line.size() % kLinkKinds), line.size() % 2 == 0});
    record.robots_rules.rules.push_back({line, static_cast<std::uint32_t>(line.size()), true});
    record.robots_rules.sitemaps.push_back(line);
  }
  return record;
}

}  // namespace

extern "C" int LLVMFuzzerTestOneInput(const std::uint8_t* data, std::size_t size) {
  const std::string_view input = fuzz::view(data, size);
  check_answer(input);
  std::string bytes;
  encode(record_of(input), bytes);
  require(bytes.size() <= kMaxRecord && decoded(bytes));
  check_answer(bytes);
  return 0;
}
