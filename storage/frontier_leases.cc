// Leases: which page of which host may be asked for now, and what came of it.
#include <cassert>

#include "storage/frontier_store.h"

namespace scraper::storage {

namespace {

// URLs of one host settled without a request before another one's turn.
constexpr int kSettledAtOnce = 4'096;

}  // namespace

// ---- leasing

void Frontier::Store::enqueue(UrlId id) {
  const HostId host = hosts.origin(urls[id].origin).host;
  hosts.host(host).pending[urls[id].depth].push_back(id);
  hosts.touch(host);
}

void Frontier::Store::wake_delayed(TimePoint now) {
  while (!delayed.empty() && delayed.top().at <= now) {
    const Delayed due = delayed.top();
    delayed.pop();
    if (due.id != kNoUrl) {
      enqueue(due.id);
      continue;
    }
    OriginRow& origin = hosts.origin(due.errand.origin);
    if (due.errand.kind == LeaseKind::kRobots && origin.robots == RobotsState::kUnreachable) {
      origin.robots = RobotsState::kAsked;
      ++errands;
      unreachable -= origin.parked.size();
    }
    hosts.host(due.host).errands.push_back(due.errand);
    hosts.touch(due.host);
  }
}

std::optional<Lease> Frontier::lease(TimePoint now) {
  Store& s = *store_;
  s.wake_delayed(now);
  while (const auto id = s.hosts.next(now)) {
    HostRow& host = s.hosts.host(*id);
    if (host.resolved_until <= now) {
      host.is_resolving = true;
      s.unresolved.push_back(*id);
      continue;
    }
    auto lease = s.take(*id, now);
    if (lease) {
      ++host.in_flight;
      if (++host.requests == 1) ++s.hosts_asked;
      s.hosts.changed(*id);
      host.next_start = std::max(now, host.next_start) + host.delay;
    }
    s.hosts.touch(*id);
    if (lease || !s.may_go_on()) return lease;
  }
  return std::nullopt;
}

std::optional<Lease> Frontier::Store::take(HostId id, TimePoint now) {
  HostRow& host = hosts.host(id);
  for (int budget = kSettledAtOnce; budget > 0 && may_go_on();) {
    if (!host.errands.empty()) {
      if (auto lease = take_errand(id, now)) return lease;
      --budget;
      continue;
    }
    const auto next = next_pending(host);
    if (!next) return std::nullopt;
    if (auto lease = take_page(host, *next, now, budget)) return lease;
  }
  return std::nullopt;
}

std::optional<UrlId> Frontier::Store::next_pending(HostRow& host) {
  while (!host.pending.empty()) {
    const auto bucket = host.pending.begin();
    while (!bucket->second.empty()) {
      const UrlId id = bucket->second.front();
      bucket->second.pop_front();
      const UrlRow& row = urls[id];
      if (row.state != UrlState::kPending || row.is_leased || row.depth != bucket->first) continue;
      if (bucket->second.empty()) host.pending.erase(bucket);
      return id;
    }
    host.pending.erase(bucket);
  }
  return std::nullopt;
}

// A lease for this page; or nothing when it waits for something else now or was settled without a request.
std::optional<Lease> Frontier::Store::take_page(HostRow& host, UrlId id, TimePoint now, int& budget) {
  if (is_over_budget(host, id, budget)) return std::nullopt;
  if (options.asks_robots && must_wait_for_robots(urls[id].origin, now)) {
    park(id);
    return std::nullopt;
  }
  if (options.asks_robots && options.disallowing_line) {
    if (const auto line = options.disallowing_line(urls[id].origin, urls.url(id))) {
      --budget;
      settle_unasked(id, UrlState::kDisallowed, "robots.txt", *line);
      return std::nullopt;
    }
  }
  return lease_page(host, id);
}

void Frontier::Store::settle_unasked(UrlId id, UrlState state, std::string_view reason, std::uint32_t detail) {
  urls.set_state(id, state, reason, detail);
  if (options.on_settled_unasked) options.on_settled_unasked(id);
}

bool Frontier::Store::is_over_budget(HostRow& host, UrlId id, int& budget) {
  const std::uint32_t seed = urls[id].seed;
  if (host.pages >= options.limit_per_host && urls[id].attempts == 0) {
    --budget;
    settle_unasked(id, UrlState::kOverBudget, "limit per host");
    return true;
  }
  if (seed >= options.seed_limits.size() || options.seed_limits[seed] == ~0ull) return false;
  if (seed_stored[seed] >= options.seed_limits[seed]) {
    --budget;
    settle_unasked(id, UrlState::kOverBudget, "limit of the seed");
    return true;
  }
  if (seed_stored[seed] + seed_leased[seed] < options.seed_limits[seed]) return false;
  seed_parked[seed].push_back(id);
  return true;
}

Lease Frontier::Store::lease_page(HostRow& host, UrlId id) {
  UrlRow& row = urls[id];
  row.is_leased = true;
  ++leased;
  if (row.attempts == 0) ++host.pages;
  if (row.attempts < UINT8_MAX) ++row.attempts;
  if (row.seed < seed_leased.size()) ++seed_leased[row.seed];
  return Lease{LeaseKind::kPage, id, 0, hosts.origin(row.origin).host, row.origin, std::string(urls.url(id)), row.attempts};
}

void Frontier::Store::unlease(UrlId id) {
  UrlRow& row = urls[id];
  assert(row.is_leased);
  row.is_leased = false;
  --leased;
  if (row.seed >= seed_leased.size()) return;
  --seed_leased[row.seed];
  for (const UrlId parked : std::exchange(seed_parked[row.seed], {})) enqueue(parked);
}

std::optional<TimePoint> Frontier::next_ready() const {
  auto next = store_->hosts.next_time();
  if (!store_->delayed.empty() && (!next || store_->delayed.top().at < *next)) next = store_->delayed.top().at;
  return next;
}

std::optional<HostId> Frontier::take_unresolved() {
  if (store_->unresolved.empty()) return std::nullopt;
  const HostId id = store_->unresolved.front();
  store_->unresolved.pop_front();
  return id;
}

std::string_view Frontier::first_url(HostId host) const { return store_->hosts.host(host).some_url; }

void Frontier::host_resolved(HostId host, TimePoint good_until) {
  HostRow& row = store_->hosts.host(host);
  row.is_resolving = false;
  row.resolved_until = good_until;
  store_->hosts.touch(host);
}

void Frontier::release(const Lease& lease) {
  HostRow& row = store_->hosts.host(lease.host);
  assert(row.in_flight > 0);
  --row.in_flight;
  store_->hosts.touch(lease.host);
}
// ---- what came of a lease

void Frontier::captured(UrlId id, Place place) {
  store_->urls.set_state(id, UrlState::kCaptured, {});
  store_->places[id] = place;
}

void Frontier::leave_captured(UrlId id) { store_->unlease(id); }

void Frontier::settle(UrlId id, UrlState state, std::string_view reason, std::uint32_t detail) {
  Store& s = *store_;
  s.urls.set_state(id, state, reason, detail);
  if (state == UrlState::kExcluded) s.urls[id].is_ruled_out = true;  // by what its page says: a shorter way changes nothing
  const std::uint32_t seed = s.urls[id].seed;
  if (state == UrlState::kStored && seed < s.seed_stored.size()) ++s.seed_stored[seed];
  s.unlease(id);
}

void Frontier::set_line(UrlId id, Results::DepthPlace line) { store_->urls[id].line = line; }

void Frontier::retry(UrlId id, TimePoint not_before) {
  store_->urls.set_state(id, UrlState::kPending, {});
  store_->unlease(id);
  store_->delayed.push({not_before, id, 0, {}});
}

void Frontier::return_unasked(UrlId id) {
  UrlRow& row = store_->urls[id];
  --row.attempts;
  store_->urls.set_state(id, UrlState::kPending, {});
  store_->unlease(id);
  store_->enqueue(id);
}

void Frontier::set_delay(HostId host, Duration delay) {
  HostRow& row = store_->hosts.host(host);
  store_->hosts.changed(host);
  row.next_start += delay - row.delay;
  row.delay = delay;
}

void Frontier::hold(HostId host, TimePoint now, TimePoint until) {
  HostRow& row = store_->hosts.host(host);
  store_->hosts.changed(host);
  const TimePoint held_from = std::max(now, row.held_until);
  if (until > held_from) {
    row.held += until - held_from;
    row.held_until = until;
  }
  row.next_start = std::max(row.next_start, until);
}

}  // namespace scraper::storage
