// What a worker answers. The input is taken as an answer; and it is made one: each of its lines is
// a field, but the first, whose numbers say which bytes are changed, and to what ("4 255 90 0").
// What must hold: whatever a worker puts into a record, the owner takes; and a record that is taken
// is written as the same bytes.
#include <charconv>
#include <string>
#include <vector>

#include "base/url.h"
#include "parse/record_codec.h"
#include "tests/fuzz/require.h"

namespace {

using namespace scraper;
using namespace scraper::parse;
using fuzz::require;

Result<PageRecord> decoded(std::string_view bytes) {
  return decode(std::vector<char>(bytes.begin(), bytes.end()));
}

void check_answer(std::string_view bytes) {
  const auto record = decoded(bytes);
  if (!record) return;
  for (const Link& link : record->links) {
    const bool is_taken = is_sound(fingerprint(link.url, {1, 2}), link.url, {1, 2});
    require(!is_taken || !link.url.starts_with("http:") || Url::is_serialised(link.url));
  }
  std::string again;
  encode(*record, again);
  require(again == bytes);
}

PageRecord record_of(std::string_view rest) {
  PageRecord record;
  record.status = static_cast<int>(rest.size() % 1'000);
  record.robots_rules.crawl_delay_seconds = static_cast<double>(rest.size()) / 3 - 2;
  for (std::string_view* field : {&record.title, &record.canonical, &record.base, &record.location,
                                  &record.robots, &record.text})
    *field = fuzz::take_line(rest);
  while (!rest.empty()) {
    const std::string_view line = fuzz::take_line(rest);
    Link link;
    link.url = line;
    link.fingerprint.low = line.size();
    link.kind = static_cast<LinkKind>(line.size() % kLinkKinds);
    link.is_nofollow = line.size() % 2 == 0;
    record.links.push_back(link);
    record.sitemap_entries.push_back(
        {static_cast<std::uint32_t>(record.links.size() - 1), line, "weekly", "0.5", 1});
    record.sitemap_alternates.push_back({0, line});
    record.robots_rules.rules.push_back({line, static_cast<std::uint32_t>(line.size()), true});
    record.robots_rules.sitemaps.push_back(line);
  }
  return record;
}

std::size_t take_number(std::string_view& line) {
  std::size_t value = 0;
  const char* const end = std::from_chars(line.data(), line.data() + line.size(), value).ptr;
  line.remove_prefix(static_cast<std::size_t>(end - line.data()));
  line.remove_prefix(line.empty() ? 0 : 1);
  return value;
}

void damage(std::string& bytes, std::string_view places) {
  while (!places.empty()) {
    const std::size_t at = take_number(places) % bytes.size();
    bytes[at] = static_cast<char>(take_number(places));
  }
}

}  // namespace

extern "C" int LLVMFuzzerTestOneInput(const std::uint8_t* data, std::size_t size) {
  std::string_view input = fuzz::view(data, size);
  check_answer(input);
  const std::string_view places = fuzz::take_line(input);
  std::string bytes;
  encode(record_of(input), bytes);
  require(bytes.size() <= kMaxRecord && decoded(bytes));
  check_answer(bytes);
  damage(bytes, places);
  check_answer(bytes);
  return 0;
}
