#include "storage/host_table.h"

namespace scraper::storage {

HostId HostTable::host_for(const Url& url) {
  const auto [it, is_new] = host_ids_.try_emplace(std::string(url.host()), static_cast<HostId>(hosts_.size()));
  if (is_new) {
    HostRow& row = hosts_.emplace_back();
    row.name = it->first;
    row.delay = delay_;
    row.some_url = url.href();
  }
  return it->second;
}

OriginId HostTable::origin_for(const Url& url) {
  const auto [it, is_new] = origin_ids_.try_emplace(url.origin(), static_cast<OriginId>(origins_.size()));
  if (is_new) {
    OriginRow& row = origins_.emplace_back();
    row.name = it->first;
    row.host = host_for(url);
  }
  return it->second;
}

std::optional<HostId> HostTable::find_host(std::string_view name) const {
  const auto it = host_ids_.find(std::string(name));
  if (it == host_ids_.end()) return std::nullopt;
  return it->second;
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
