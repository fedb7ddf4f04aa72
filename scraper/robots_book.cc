#include "scraper/robots_book.h"

#include "parse/robots.h"
#include "scraper/base/url.h"

namespace scraper {

namespace {

constexpr unsigned kMostRedirects = 5;  // RFC 9309 2.3.1.2

}  // namespace

void RobotsBook::obey(storage::OriginId origin, PageRecord record) {
  if (record.robots_rules.rules.empty()) return;
  entries_[origin].record = std::move(record);
}

bool RobotsBook::follow(storage::OriginId origin) { return ++entries_[origin].redirects <= kMostRedirects; }

std::optional<std::uint32_t> RobotsBook::disallowing_line(storage::OriginId origin, std::string_view url) const {
  const auto it = entries_.find(origin);
  if (it == entries_.end()) return std::nullopt;
  if (it->second.forbids_all) return kNoFile;
  const auto parsed = Url::from_serialised(std::string(url));
  if (!parsed) return std::nullopt;
  const auto verdict = parse::robots_verdict(it->second.record.robots_rules, parsed->path_and_query());
  if (verdict.is_allowed || verdict.rule == nullptr) return std::nullopt;
  return verdict.rule->line;
}

}  // namespace scraper
