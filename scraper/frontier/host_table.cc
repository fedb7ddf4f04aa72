#include "scraper/frontier/host_table.h"

#include <utility>

namespace scraper::storage {

HostId HostTable::host_for(const Url& url) {
  if (const auto known = find_host(url.host())) return *known;
  restore_host(url.host(), url.href());
  const auto id = static_cast<HostId>(hosts_.size() - 1);
  changed(id);
  return id;
}

HostRow& HostTable::restore_host(std::string_view name, std::string_view some_url) {
  host_ids_.try_emplace(std::string(name), static_cast<HostId>(hosts_.size()));
  HostRow& row = hosts_.emplace_back();
  row.name = name;
  row.delay = delay_;
  row.some_url = some_url;
  row.next_start = first_start_;
  return row;
}

OriginId HostTable::origin_for(const Url& url) {
  const std::string name = url.origin();
  if (const auto it = origin_ids_.find(name); it != origin_ids_.end()) return it->second;
  restore_origin(name, host_for(url));
  const auto id = static_cast<OriginId>(origins_.size() - 1);
  changed_origin(id);
  return id;
}

OriginRow& HostTable::restore_origin(std::string_view name, HostId host) {
  origin_ids_.try_emplace(std::string(name), static_cast<OriginId>(origins_.size()));
  OriginRow& row = origins_.emplace_back();
  row.name = name;
  row.host = host;
  return row;
}

void HostTable::changed(HostId id) {
  if (!std::exchange(hosts_[id].is_changed, true)) changed_.push_back(id);
}

void HostTable::changed_origin(OriginId id) {
  if (!std::exchange(origins_[id].is_changed, true)) changed_origins_.push_back(id);
}

std::vector<HostId> HostTable::take_changed() {
  for (const HostId id : changed_) hosts_[id].is_changed = false;
  return std::exchange(changed_, {});
}

std::vector<OriginId> HostTable::take_changed_origins() {
  for (const OriginId id : changed_origins_) origins_[id].is_changed = false;
  return std::exchange(changed_origins_, {});
}

std::optional<HostId> HostTable::find_host(std::string_view name) const {
  const auto it = host_ids_.find(std::string(name));
  if (it == host_ids_.end()) return std::nullopt;
  return it->second;
}

void HostTable::sort_in(OriginId id) {
  OriginRow& row = origins_[id];
  const bool is_closed =
      row.robots == RobotsState::kAsked || row.robots == RobotsState::kUnreachable;
  std::optional<std::uint32_t> at;
  if (!is_closed && !row.pending.empty()) at = row.pending.begin()->first;
  if (at == row.open_at) return;
  auto& open = hosts_[row.host].open;
  if (row.open_at) open.erase({*row.open_at, id});
  if (at) open.emplace(*at, id);
  row.open_at = at;
}

void HostTable::touch(HostId id) {
  HostRow& row = hosts_[id];
  if (row.is_queued || !may_be_asked(row)) return;
  row.is_queued = true;
  heap_.push({row.next_start, id});
}

std::optional<HostId> HostTable::next(TimePoint now) {
  while (!heap_.empty() && heap_.top().time <= now) {
    ready_.push_back(heap_.top().host);
    heap_.pop();
  }
  while (!ready_.empty()) {
    const HostId id = ready_.front();
    ready_.pop_front();
    HostRow& row = hosts_[id];
    row.is_queued = false;
    if (!may_be_asked(row)) continue;
    if (row.next_start <= now) return id;
    touch(id);  // its time was put off while it stood in the queue
  }
  return std::nullopt;
}

std::optional<TimePoint> HostTable::next_time() const {
  if (!ready_.empty()) return TimePoint::min();
  if (heap_.empty()) return std::nullopt;
  return heap_.top().time;
}

}  // namespace scraper::storage
