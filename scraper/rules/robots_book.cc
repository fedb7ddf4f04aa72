#include "scraper/rules/robots_book.h"

#include <algorithm>

#include "base/url.h"
#include "parse/record_codec.h"
#include "parse/robots.h"

namespace scraper {

namespace {

constexpr unsigned kMostRedirects = 5;  // RFC 9309 2.3.1.2
constexpr Duration kFirstPause = std::chrono::minutes(1);
constexpr unsigned kMostDoublings = 5;  // half an hour, about

}  // namespace

void RobotsBook::obey(storage::OriginId origin, PageRecord record) {
  Entry& entry = entries_[origin];
  entry = {};
  entry.has_copy = true;
  if (!record.robots_rules.rules.empty())
    entry.record = std::make_unique<PageRecord>(std::move(record));
}

Duration RobotsBook::missed(storage::OriginId origin) {
  Entry& entry = entries_[origin];
  entry.redirects = 0;
  return kFirstPause * (1u << std::min(entry.missed++, kMostDoublings));
}

bool RobotsBook::has_copy(storage::OriginId origin) const {
  const auto it = entries_.find(origin);
  return it != entries_.end() && it->second.has_copy;
}

RobotsBook::Kept RobotsBook::kept(storage::OriginId origin) const {
  const auto it = entries_.find(origin);
  if (it == entries_.end()) return {};
  Kept kept{{}, it->second.has_copy, it->second.missed};
  if (const auto& record = it->second.record)
    kept.record = {record->bytes.data(), record->bytes.size()};
  return kept;
}

Result<void> RobotsBook::restore(storage::OriginId origin, const Kept& kept) {
  Entry& entry = entries_[origin];
  entry.has_copy = kept.has_copy;
  entry.missed = kept.missed;
  if (kept.record.empty()) return {};
  auto record = parse::decode({kept.record.begin(), kept.record.end()});
  if (!record) return record.error();
  entry.record = std::make_unique<PageRecord>(std::move(*record));
  return {};
}

bool RobotsBook::follow(storage::OriginId origin) {
  return ++entries_[origin].redirects <= kMostRedirects;
}

std::optional<std::uint32_t> RobotsBook::disallowing_line(storage::OriginId origin,
                                                          std::string_view url) const {
  const auto it = entries_.find(origin);
  if (it == entries_.end() || it->second.record == nullptr) return std::nullopt;
  const auto parsed = Url::from_serialised(std::string(url));
  if (!parsed) return std::nullopt;
  const auto verdict =
      parse::robots_verdict(it->second.record->robots_rules, parsed->path_and_query());
  if (verdict.is_allowed || verdict.rule == nullptr) return std::nullopt;
  return verdict.rule->line;
}

}  // namespace scraper
