#include "parse/record_codec.h"

#include <algorithm>
#include <cmath>
#include <cstring>
#include <limits>

#include "base/url.h"
#include "base/utf8.h"
#include "tests/catch.h"

using namespace scraper;
using namespace scraper::parse;
using namespace std::string_literals;

namespace {

PageRecord full_record() {
  PageRecord record;
  record.status = 301;
  record.fault = PageFault::kTooDeep;
  record.links_cut = true;
  record.links_too_long = 7;
  record.decoded_size = 1ull << 40;
  record.text_length = 12;
  record.cpu_micros = 3;
  record.content_type = "text/html";
  record.charset = "UTF-8";
  record.title = "t\xC3\xA4";
  record.description = "d";
  record.lang = "de";
  record.canonical = "https://a.test/c?q#f";
  record.base = "http://a.test/";
  record.robots = "noindex";
  record.location = "mailto:a b";
  record.retry_after = "120";
  record.text = "some text";
  record.links.push_back({"http://a.test/1", {1, 2}, LinkKind::kPage, false});
  record.links.push_back({"javascript:x(1 )", {3, 4}, LinkKind::kRedirect, true});
  record.asks_nofollow = true;
  record.links.push_back({"http://a.test/2", {5, 6}, LinkKind::kSitemap, false});
  record.sitemap_entries.push_back({2, "2026-01-01", "daily", "0.5", 2});
  record.sitemap_entries.push_back({0, "", "", "", 0});
  record.sitemap_alternates = {{0, "de"}, {2, "fr"}};
  record.robots_rules.rules.push_back({"/x*$", 9, true});
  record.robots_rules.crawl_delay_seconds = 1.5;
  record.robots_rules.sitemaps.push_back("http://a.test/s.xml");
  return record;
}

std::string encoded(const PageRecord& record) {
  std::string out;
  encode(record, out);
  return out;
}

Result<PageRecord> decoded(const std::string& bytes) {
  return decode(std::vector<char>(bytes.begin(), bytes.end()));
}

PageRecord passed(const PageRecord& record) {
  auto result = decoded(encoded(record));
  REQUIRE(result.has_value());
  return std::move(*result);
}

bool is_clean(std::string_view text) { return is_utf8(text) && text.find('\0') == text.npos; }

bool is_clean_url(std::string_view url) {
  if (url.substr(0, 5) == "http:" || url.substr(0, 6) == "https:")
    return Url::from_serialised(std::string(url)).has_value();
  return url.find(':') != url.npos && url.find(':') > 0 &&
         std::all_of(url.begin(), url.end(), [](char c) { return c >= 0x20 && c < 0x7F; });
}

// All that record_codec.h promises of what decode() lets through.
bool is_checked(const PageRecord& r) {
  bool is_good = r.status >= 0 && r.status <= 999 && r.fault <= PageFault::kBadRecord;
  for (auto text : {r.content_type, r.charset, r.title, r.description, r.lang, r.canonical, r.base,
                    r.robots, r.location, r.retry_after, r.text}) {
    is_good &= is_clean(text);
  }
  for (auto url : {r.canonical, r.base, r.location}) is_good &= url.empty() || is_clean_url(url);
  for (const auto& link : r.links) is_good &= static_cast<std::size_t>(link.kind) < kLinkKinds;
  for (const auto& rule : r.robots_rules.rules) is_good &= is_clean(rule.pattern);
  for (auto sitemap : r.robots_rules.sitemaps) is_good &= is_clean(sitemap);
  std::size_t alternates = 0;
  for (const auto& entry : r.sitemap_entries) {
    is_good &= entry.link < r.links.size() && is_clean_url(r.links[entry.link].url) &&
               is_clean(entry.lastmod) && is_clean(entry.changefreq) && is_clean(entry.priority);
    alternates += entry.alternates;
  }
  is_good &= alternates == r.sitemap_alternates.size();
  for (const auto& alternate : r.sitemap_alternates) {
    is_good &= alternate.link < r.links.size() && is_clean_url(r.links[alternate.link].url) &&
               is_clean(alternate.lang);
  }
  const double delay = r.robots_rules.crawl_delay_seconds;
  return is_good && std::isfinite(delay) && (delay == -1 || delay >= 0);
}

}  // namespace

TEST_CASE("a record comes through as it was") {
  const auto record = passed(full_record());
  CHECK(record.status == 301);
  CHECK(record.fault == PageFault::kTooDeep);
  CHECK(record.links_cut);
  CHECK(record.links_too_long == 7);
  CHECK(record.decoded_size == 1ull << 40);
  CHECK(record.text_length == 12);
  CHECK(record.cpu_micros == 3);
  CHECK(record.content_type == "text/html");
  CHECK(record.charset == "UTF-8");
  CHECK(record.title == "t\xC3\xA4");
  CHECK(record.description == "d");
  CHECK(record.lang == "de");
  CHECK(record.canonical == "https://a.test/c?q#f");
  CHECK(record.base == "http://a.test/");
  CHECK(record.robots == "noindex");
  CHECK(record.location == "mailto:a b");
  CHECK(record.retry_after == "120");
  CHECK(record.text == "some text");
  REQUIRE(record.links.size() == 3);
  CHECK(record.links[1].url == "javascript:x(1 )");
  CHECK(record.links[1].fingerprint == Fingerprint{3, 4});
  CHECK(record.links[1].kind == LinkKind::kRedirect);
  CHECK(record.links[1].is_nofollow);
  CHECK_FALSE(record.links[0].is_nofollow);
  REQUIRE(record.robots_rules.rules.size() == 1);
  CHECK(record.robots_rules.rules[0].pattern == "/x*$");
  CHECK(record.robots_rules.rules[0].line == 9);
  CHECK(record.robots_rules.rules[0].allows);
  CHECK(record.robots_rules.crawl_delay_seconds == 1.5);
  CHECK(record.robots_rules.sitemaps.at(0) == "http://a.test/s.xml");
  CHECK(record.asks_nofollow);
  CHECK_FALSE(record.asks_noindex);
  REQUIRE(record.sitemap_entries.size() == 2);
  CHECK(record.sitemap_entries[0].link == 2);
  CHECK(record.sitemap_entries[0].lastmod == "2026-01-01");
  CHECK(record.sitemap_entries[0].changefreq == "daily");
  CHECK(record.sitemap_entries[0].priority == "0.5");
  CHECK(record.sitemap_entries[0].alternates == 2);
  CHECK(record.sitemap_entries[1].alternates == 0);
  REQUIRE(record.sitemap_alternates.size() == 2);
  CHECK(record.sitemap_alternates[0].lang == "de");
  CHECK(record.sitemap_alternates[1].link == 2);
}

TEST_CASE("encoding what was decoded gives the same bytes, also of an empty record") {
  for (const auto& bytes : {encoded(full_record()), encoded(PageRecord())}) {
    const auto record = decoded(bytes);
    REQUIRE(record.has_value());
    CHECK(encoded(*record) == bytes);
  }
}

TEST_CASE("a decoded record may be moved, its views stay") {
  PageRecord first = passed(full_record());
  const PageRecord second = std::move(first);
  CHECK(second.title == "t\xC3\xA4");
  CHECK(second.links.at(0).url == "http://a.test/1");
}

TEST_CASE("no changed byte crashes the decoder or gets an unchecked record past it") {
  const std::string bytes = encoded(full_record());
  std::size_t refused = 0;
  for (std::size_t at = 0; at < bytes.size(); ++at) {
    for (int value = 0; value < 256; ++value) {
      std::string changed = bytes;
      changed[at] = static_cast<char>(value);
      const auto record = decoded(changed);
      refused += !record.has_value();
      if (record.has_value() && !is_checked(*record)) FAIL_CHECK("byte " << at << " as " << value);
    }
  }
  CHECK(refused > bytes.size() * 100);
}

TEST_CASE("a record that is cut short or goes on is refused") {
  const std::string bytes = encoded(full_record());
  for (std::size_t size = 0; size < bytes.size(); ++size) {
    if (decoded(bytes.substr(0, size)).has_value()) FAIL_CHECK(size);
  }
  CHECK_FALSE(decoded(bytes + '\0').has_value());
  CHECK_FALSE(decoded(std::string(kMaxRecord + 1, '\0')).has_value());
}

TEST_CASE("a huge count takes no memory") {
  std::string bytes = encoded(PageRecord());
  const std::uint32_t huge = 0xFFFFFFFF;
  for (std::size_t from_end :
       {8, 12, 16, 20}) {  // entries, links, sitemaps and rules stand before the empty text
    std::string changed = bytes;
    std::memcpy(changed.data() + changed.size() - from_end, &huge, sizeof huge);
    CHECK_FALSE(decoded(changed).has_value());
  }
}

TEST_CASE("what a record may not hold is mended or left out on the way in") {
  PageRecord record;
  record.title = std::string_view("a\0\xFF", 3);
  record.canonical = "http://a b/";
  record.location = "http:x";
  const std::string long_url = "http://a.test/" + std::string(64 << 10, 'a');
  record.links.push_back({long_url, {}, LinkKind::kPage, false});
  record.links.push_back({"http://a.test/", {}, LinkKind::kPage, false});
  record.robots_rules.crawl_delay_seconds = std::numeric_limits<double>::quiet_NaN();
  record.robots_rules.rules.push_back({"/\xFF", 1, false});
  const auto result = passed(record);
  CHECK(result.title == "a"s + std::string(kReplacement) + std::string(kReplacement));
  CHECK(result.canonical.empty());
  CHECK(result.location.empty());
  REQUIRE(result.links.size() == 1);
  CHECK(result.links[0].url == "http://a.test/");
  CHECK(result.robots_rules.crawl_delay_seconds == -1);
  CHECK(result.robots_rules.rules.at(0).pattern == "/"s + std::string(kReplacement));
}

TEST_CASE("a link is sound when its URL is one and the fingerprint its own") {
  const FingerprintKey key{1, 2};
  for (const std::string_view url :
       {"http://a.test/", "https://a.test/b?c", "mailto:a@b.test", "javascript:x(1 )"}) {
    CAPTURE(url);
    CHECK(is_sound(fingerprint(url, key), url, key));
    CHECK_FALSE(is_sound(fingerprint("http://other.test/", key), url, key));
    CHECK_FALSE(is_sound(fingerprint(url, {1, 3}), url, key));
  }
  for (const std::string_view url : {"", "http:///", "http://a b/", "http:x", "no scheme",
                                     "x:\xC3\xA4", "x:\n", "http://a.test"}) {
    CAPTURE(url);
    CHECK_FALSE(is_sound(fingerprint(url, key), url, key));
  }
}

TEST_CASE("text that has no room is cut between code points, links stay") {
  PageRecord record = full_record();
  record.links_cut = false;
  std::string text;
  while (text.size() < kMaxText + 3) text += "\xE2\x82\xAC";
  record.text = text;
  const auto result = passed(record);
  CHECK(result.text.size() <= kMaxText);
  CHECK(result.text.size() > kMaxText - 3);
  CHECK(result.links.size() == 3);
  CHECK_FALSE(result.links_cut);
  CHECK(is_utf8(result.text));
}

TEST_CASE("links that have no room are left out from the end, and the record says so") {
  PageRecord record;
  const std::string path(2'000, 'x');
  std::vector<std::string> urls;
  for (int i = 0; i < 20'000; ++i) urls.push_back("http://a.test/" + std::to_string(i) + path);
  for (const auto& url : urls) record.links.push_back({url, {}, LinkKind::kPage, false});
  record.text = "text";
  CHECK(encoded(record).size() <= kMaxRecord);
  const auto result = passed(record);
  CHECK(result.links_cut);
  CHECK(result.links.size() > 15'000);
  CHECK(result.links.size() < 20'000);
  CHECK(result.links.back().url == urls[result.links.size() - 1]);
}

TEST_CASE(
    "entries whose link had no room, and those that have none themselves, are left out whole") {
  PageRecord record;
  const std::string path(50'000, 'x');
  std::vector<std::string> urls;
  for (int i = 0; i < 800; ++i) urls.push_back("http://a.test/" + std::to_string(i) + path);
  for (const auto& url : urls) record.links.push_back({url, {}, LinkKind::kPage, false});
  for (std::uint32_t i = 0; i < 800; ++i) {
    record.sitemap_entries.push_back({799 - i, "", "", "", 1});
    record.sitemap_alternates.push_back({i, "de"});
  }
  record.links.insert(record.links.begin(), {"no scheme", {}, LinkKind::kPage, false});
  record.sitemap_entries.push_back({0, "", "", "", 0});
  const auto result = passed(record);
  CHECK(result.links_cut);
  CHECK(result.sitemap_entries.size() == result.links.size() - 1);
  CHECK(is_checked(result));
  PageRecord full;
  full.links.push_back({"http://a.test/", {}, LinkKind::kPage, false});
  full.sitemap_entries.assign(2'000'000, {0, "2026-01-01", "", "", 0});
  const auto cut = passed(full);
  CHECK(cut.links_cut);
  CHECK(cut.sitemap_entries.size() > 100'000);
}
