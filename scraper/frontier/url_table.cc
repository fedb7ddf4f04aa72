#include "scraper/frontier/url_table.h"

#include <algorithm>
#include <cassert>

namespace scraper::storage {

namespace {

constexpr std::size_t kMostReasons =
    60'000;  // a reason is one of ours, or an --exclude expression: far fewer

// What was reached by redirects, or on pages only that ask not to follow, a way no shorter can
// better.
std::uint32_t bound_of(const UrlRow& row) {
  return row.hops > 0 || row.is_nofollow ? UrlTable::kAskRow
                                         : std::min(row.depth, UrlTable::kAskRow);
}

}  // namespace

UrlId UrlTable::add(const Fingerprint& fingerprint, UrlRow row) {
  const UrlId id = size_;
  seen_.add(fingerprint, id);
  ++size_;
  put_bound(id, bound_of(row));
  count(row, +1);
  rows_.emplace(id, std::move(row));
  order_.push_back(id);
  changed(id, kPathChanged | kStateChanged);
  return id;
}

void UrlTable::restore(const Fingerprint& fingerprint, const UrlRow& row) {
  seen_.add(fingerprint, size_);
  put_bound(size_++, bound_of(row));
  count(row, +1);
}

std::uint32_t UrlTable::depth_bound(UrlId id) const {
  return bounds_[id / 2] >> (id % 2 * 4) & 0xFu;
}

void UrlTable::put_bound(UrlId id, std::uint32_t bound) {
  if (id / 2 == bounds_.size()) bounds_.push_back(0);
  std::uint8_t& both = bounds_[id / 2];
  both =
      static_cast<std::uint8_t>(id % 2 == 0 ? (both & 0xF0u) | bound : (both & 0x0Fu) | bound << 4);
}

void UrlTable::lower_bound(UrlId id) { put_bound(id, bound_of((*this)[id])); }

UrlRow& UrlTable::operator[](UrlId id) {
  auto it = rows_.find(id);
  if (it == rows_.end()) {
    it = rows_.emplace(id, source_.row(id)).first;
    order_.push_back(id);
  }
  it->second.was_used = true;
  return it->second;
}

const std::vector<UrlId>& UrlTable::links(UrlId id) {
  UrlRow& row = (*this)[id];
  if (std::exchange(row.has_links_to_read, false)) source_.links(id, row);
  return row.links;
}

void UrlTable::trim(std::size_t most) {
  for (std::size_t n = order_.size(); n > 0 && rows_.size() > most; --n) {
    const UrlId id = order_.front();
    order_.pop_front();
    const auto it = rows_.find(id);
    UrlRow& row = it->second;
    if (row.changes != 0 || row.is_leased || row.is_parked || std::exchange(row.was_used, false)) {
      order_.push_back(id);
    } else {
      rows_.erase(it);
    }
  }
}

void UrlTable::set_state(UrlId id, UrlState state, std::string_view reason, std::uint32_t detail) {
  UrlRow& row = (*this)[id];
  count(row, -1);
  row.state = state;
  row.reason = reason_id(reason);
  row.detail = detail;
  count(row, +1);
  changed(id, kStateChanged);
}

void UrlTable::set_depth(UrlId id, std::uint32_t depth) {
  UrlRow& row = (*this)[id];
  count(row, -1);
  row.depth = depth;
  count(row, +1);
  changed(id, kPathChanged);
}

void UrlTable::changed(UrlId id, std::uint8_t what) {
  UrlRow& row = (*this)[id];
  if (row.changes == 0) changed_.push_back(id);
  row.changes |= what;
}

std::map<std::pair<UrlState, std::string>, std::uint64_t> UrlTable::counts_by_reason() const {
  std::map<std::pair<UrlState, std::string>, std::uint64_t> out;
  for (std::size_t i = 0; i < by_reason_.size(); ++i) {
    if (by_reason_[i] > 0)
      out[{kUrlStates[i % kUrlStates.size()].value, reasons_[i / kUrlStates.size()]}] =
          by_reason_[i];
  }
  return out;
}

void UrlTable::keep_links(UrlId id, std::vector<UrlId> links) {
  UrlRow& row = (*this)[id];
  row.links = std::move(links);
  row.has_links_to_read = false;
  changed(id, kLinksChanged);
}

std::uint16_t UrlTable::reason_id(std::string_view reason) {
  if (reason.empty()) return 0;
  if (const auto it = reason_ids_.find(reason); it != reason_ids_.end()) return it->second;
  assert(reasons_.size() < kMostReasons);
  const auto id = static_cast<std::uint16_t>(reasons_.size());
  reasons_.emplace_back(reason);
  reason_ids_.emplace(reason, id);
  return id;
}

void UrlTable::count(const UrlRow& row, int change) {
  const auto step = static_cast<std::uint64_t>(static_cast<std::int64_t>(change));
  counts_[row.state] += step;
  by_reason_.resize(std::max(by_reason_.size(), reasons_.size() * kUrlStates.size()));
  by_reason_[row.reason * kUrlStates.size() + static_cast<std::size_t>(row.state)] += step;
  if (!traits(row.state).is_unfinished) return;
  const auto at_depth = unfinished_.try_emplace(row.depth).first;
  at_depth->second += step;
  if (at_depth->second == 0) unfinished_.erase(at_depth);
}

}  // namespace scraper::storage
