#include "storage/url_table.h"

#include <cassert>
#include <cstring>
#include <utility>

namespace scraper::storage {

namespace {

constexpr std::uint64_t kChunk = 1u << 20;
constexpr std::size_t kMostReasons = 60'000;  // a reason is one of ours, or an --exclude expression: far fewer

}  // namespace

std::optional<UrlId> UrlTable::find(const Fingerprint& fingerprint) const {
  const auto it = seen_.find(fingerprint);
  if (it == seen_.end()) return std::nullopt;
  return it->second;
}

UrlId UrlTable::add(const Fingerprint& fingerprint, std::string_view url, UrlRow row) {
  const UrlId id = insert(fingerprint, url, row);
  changed(id, kPathChanged | kStateChanged);
  return id;
}

UrlId UrlTable::restore(const Fingerprint& fingerprint, std::string_view url, const UrlRow& row) {
  return insert(fingerprint, url, row);
}

UrlId UrlTable::insert(const Fingerprint& fingerprint, std::string_view url, UrlRow row) {
  const auto id = static_cast<UrlId>(rows_.size());
  assert(id != kNoUrl);
  row.url_at = keep_bytes(url);
  row.url_size = static_cast<std::uint32_t>(url.size());
  rows_.push_back(row);
  seen_.emplace(fingerprint, id);
  ++counts_[static_cast<std::size_t>(row.state)];
  if (is_unfinished(row.state)) count_unfinished(row.depth, +1);
  return id;
}

std::string_view UrlTable::url(UrlId id) const {
  const UrlRow& row = rows_[id];
  return {chunks_[row.url_at / kChunk].get() + row.url_at % kChunk, row.url_size};
}

void UrlTable::set_state(UrlId id, UrlState state, std::string_view reason, std::uint32_t detail) {
  move_to(rows_[id], state, reason, detail);
  changed(id, kStateChanged);
}

void UrlTable::restore_state(UrlId id, UrlState state, std::string_view reason, std::uint32_t detail) {
  move_to(rows_[id], state, reason, detail);
}

void UrlTable::move_to(UrlRow& row, UrlState state, std::string_view reason, std::uint32_t detail) {
  --counts_[static_cast<std::size_t>(row.state)];
  if (is_unfinished(row.state)) count_unfinished(row.depth, -1);
  row.state = state;
  row.reason = intern(reason);
  row.detail = detail;
  ++counts_[static_cast<std::size_t>(state)];
  if (is_unfinished(state)) count_unfinished(row.depth, +1);
}

void UrlTable::set_depth(UrlId id, std::uint32_t depth) {
  UrlRow& row = rows_[id];
  if (is_unfinished(row.state)) {
    count_unfinished(row.depth, -1);
    count_unfinished(depth, +1);
  }
  row.depth = depth;
  changed(id, kPathChanged);
}

void UrlTable::changed(UrlId id, std::uint8_t what) {
  UrlRow& row = rows_[id];
  if (row.changes == 0) changed_.push_back(id);
  row.changes |= what;
}

std::vector<UrlId> UrlTable::take_changed() { return std::exchange(changed_, {}); }

std::map<std::pair<UrlState, std::string>, std::uint64_t> UrlTable::counts_by_reason() const {
  std::vector<std::uint64_t> counts(kUrlStates * reasons_.size());
  for (const UrlRow& row : rows_) ++counts[row.reason * kUrlStates + static_cast<std::size_t>(row.state)];
  std::map<std::pair<UrlState, std::string>, std::uint64_t> out;
  for (std::size_t i = 0; i < counts.size(); ++i) {
    if (counts[i] > 0) out[{static_cast<UrlState>(i % kUrlStates), reasons_[i / kUrlStates]}] = counts[i];
  }
  return out;
}

std::uint32_t UrlTable::least_unfinished_depth() const { return unfinished_.empty() ? ~0u : unfinished_.begin()->first; }

void UrlTable::keep_links(UrlId id, const std::vector<UrlId>& links) {
  restore_links(id, links);
  changed(id, kLinksChanged);
}

void UrlTable::restore_links(UrlId id, const std::vector<UrlId>& links) {
  UrlRow& row = rows_[id];
  row.links_at = links_.size();
  row.link_count = static_cast<std::uint32_t>(links.size());
  links_.insert(links_.end(), links.begin(), links.end());
}

// A URL never crosses from one chunk to the next.
std::uint64_t UrlTable::keep_bytes(std::string_view url) {
  assert(url.size() <= kChunk);
  if (chunks_.empty() || kChunk - chunk_used_ < url.size()) {
    chunks_.push_back(std::make_unique<char[]>(kChunk));
    chunk_used_ = 0;
  }
  const std::uint64_t at = (chunks_.size() - 1) * kChunk + chunk_used_;
  std::memcpy(chunks_.back().get() + chunk_used_, url.data(), url.size());
  chunk_used_ += url.size();
  return at;
}

std::uint16_t UrlTable::intern(std::string_view reason) {
  if (reason.empty()) return 0;
  if (const auto it = reason_ids_.find(reason); it != reason_ids_.end()) return it->second;
  assert(reasons_.size() < kMostReasons);
  const auto id = static_cast<std::uint16_t>(reasons_.size());
  reasons_.emplace_back(reason);
  reason_ids_.emplace(reason, id);
  return id;
}

void UrlTable::count_unfinished(std::uint32_t depth, int change) {
  if (change > 0) {
    ++unfinished_[depth];
    return;
  }
  const auto it = unfinished_.find(depth);
  assert(it != unfinished_.end());
  if (--it->second == 0) unfinished_.erase(it);
}

}  // namespace scraper::storage
