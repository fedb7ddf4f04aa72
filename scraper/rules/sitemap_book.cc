#include "scraper/rules/sitemap_book.h"

#include <utility>

#include "parse/url/registrable_domain.h"

namespace scraper {

namespace {

constexpr unsigned kMostRedirects = 5;

bool are_related(const Url& a, const Url& b) {
  if (a.host() == b.host()) return true;
  const auto domain = parse::registrable_domain(a.host());
  return domain && domain == parse::registrable_domain(b.host());
}

}  // namespace

SitemapBook::SitemapBook(const CrawlOptions& options) {
  for (std::size_t i = 0; i < options.seeds.size(); ++i) {
    const Start start = start_from(options, i);
    if (i == 0) otherwise_ = start;
    const auto [it, is_new] = starts_.try_emplace(std::string(options.seeds[i].url.host()), start);
    if (!is_new && start.path.left > it->second.path.left) it->second = start;
  }
}

SitemapBook::Start SitemapBook::start_from(const CrawlOptions& options, std::size_t seed) {
  Start start;
  start.path.depth = 1;
  start.path.left =
      static_cast<std::int64_t>(options.seeds[seed].depth.value_or(options.depth)) - 1;
  start.seed = static_cast<std::uint32_t>(seed);
  return start;
}

std::optional<storage::SitemapId> SitemapBook::add(const Url& url, unsigned level) {
  std::string key(url.without_fragment());
  if (known_.contains(key)) return std::nullopt;
  if (rows_.size() == kMost) {
    ++counts_.left_out;
    return std::nullopt;
  }
  const auto id = static_cast<storage::SitemapId>(rows_.size());
  rows_.push_back({key, level});
  changed(id);
  known_.emplace(std::move(key), id);
  ++counts_.named;
  return id;
}

std::optional<storage::SitemapId> SitemapBook::add_listed(const Url& url,
                                                          storage::SitemapId index) {
  const Row& row = rows_[index];
  const auto index_url = Url::from_serialised(row.url);
  if (row.level == kMostLevels || !index_url || !are_related(url, *index_url)) {
    ++counts_.left_out;
    return std::nullopt;
  }
  return add(url, row.level + 1);
}

void SitemapBook::read(storage::SitemapId id, std::uint64_t entries) {
  done(id);
  ++counts_.read;
  counts_.entries += entries;
}

void SitemapBook::done(storage::SitemapId id) {
  rows_[id].is_done = true;
  changed(id);
}

void SitemapBook::changed(storage::SitemapId id) {
  if (!std::exchange(rows_[id].is_changed, true)) changed_.push_back(id);
}

std::vector<storage::SitemapId> SitemapBook::take_changed() {
  for (const storage::SitemapId id : changed_) rows_[id].is_changed = false;
  return std::exchange(changed_, {});
}

void SitemapBook::restore(std::string_view url, unsigned level, bool is_done) {
  known_.emplace(url, static_cast<storage::SitemapId>(rows_.size()));
  rows_.push_back({std::string(url), level, 0, is_done});
  ++counts_.named;
  if (is_done) ++counts_.read;
}

void SitemapBook::restore_counts(std::uint64_t failed, std::uint64_t left_out,
                                 std::uint64_t entries) {
  counts_.read -= failed;
  counts_.failed = failed;
  counts_.left_out = left_out;
  counts_.entries = entries;
}

bool SitemapBook::follow(storage::SitemapId id) { return ++rows_[id].redirects <= kMostRedirects; }

SitemapBook::Start SitemapBook::start_of(std::string_view url) const {
  const auto parsed = Url::from_serialised(std::string(url));
  const auto it = parsed ? starts_.find(std::string(parsed->host())) : starts_.end();
  return it == starts_.end() ? otherwise_ : it->second;
}

void SitemapBook::failed(storage::SitemapId id, std::string_view reason) {
  done(id);
  ++counts_.failed;
  if (notes_.size() < kMostNotes) notes_.push_back({rows_[id].url, std::string(reason)});
}

}  // namespace scraper
