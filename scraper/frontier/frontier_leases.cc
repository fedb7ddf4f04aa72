// Leases: which page of which host may be asked for now, and what came of it.
#include <algorithm>
#include <cassert>
#include <utility>

#include "scraper/frontier/frontier_store.h"

namespace scraper::storage {

namespace {

// URLs of one host settled without a request before another one's turn.
constexpr int kSettledAtOnce = 4'096;

}  // namespace

// ---- leasing

void Frontier::Store::add_to_queue(UrlId id, const UrlRow& row) {
  hosts.origin(row.origin).pending[row.depth].push_back(id);
  hosts.sort_in(row.origin);
  hosts.touch(hosts.origin(row.origin).host);
}

void Frontier::Store::enqueue(UrlId id, const UrlRow& row) {
  count_queued(hosts.origin(row.origin), +1);
  add_to_queue(id, row);
}

void Frontier::Store::unpark(UrlId id) {
  urls[id].is_parked = false;
  enqueue(id);
}

void Frontier::Store::wake_delayed(TimePoint now) {
  while (!delayed.empty() && delayed.top().at <= now) {
    const Delayed due = delayed.top();
    delayed.pop();
    if (due.id != kNoUrl) {
      unpark(due.id);
      continue;
    }
    if (due.is_renewal) {
      if (hosts.origin(due.errand.origin).robots != RobotsState::kUnreachable) continue;
      set_robots(due.errand.origin, RobotsState::kAsked);
      ++errands;
    }
    hosts.host(due.host).errands.push_back(due.errand);
    hosts.touch(due.host);
  }
}

std::optional<Lease> Frontier::lease(TimePoint now) {
  Store& s = *store_;
  s.wake_delayed(now);
  while (true) {
    auto lease = s.lease_ready(now);
    if (lease || !s.may_go_on() || !s.unpark_where_there_is_room()) return lease;
  }
}

std::optional<Lease> Frontier::Store::lease_ready(TimePoint now) {
  while (const auto id = hosts.next(now)) {
    HostRow& host = hosts.host(*id);
    if (host.resolved_until <= now) {
      host.is_resolving = true;
      unresolved.push_back(*id);
      continue;
    }
    auto lease = take(*id, now);
    if (lease) {
      ++host.in_flight;
      if (++host.requests == 1) ++hosts_asked;
      hosts.changed(*id);
      host.next_start = std::max(now, host.next_start) + host.delay;
    }
    hosts.touch(*id);
    if (lease || !may_go_on()) return lease;
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
    if (host.open.empty()) return std::nullopt;
    if (auto lease = take_page(host.open.begin()->second, now, budget)) return lease;
  }
  return std::nullopt;
}

// The first page in the origin's queues. Entries are passed over whose page has moved on to a
// lesser depth.
std::optional<UrlId> Frontier::Store::first_pending(OriginId id) {
  auto& pending = hosts.origin(id).pending;
  for (; !pending.empty(); pending.erase(pending.begin())) {
    auto& [depth, queue] = *pending.begin();
    for (; !queue.empty(); queue.pop_front()) {
      const UrlRow& row = urls[queue.front()];
      if (is_queued(row) && row.depth == depth) return queue.front();
    }
  }
  hosts.sort_in(id);
  return std::nullopt;
}

void Frontier::Store::take_first(OriginId id) {
  OriginRow& origin = hosts.origin(id);
  const auto queue = origin.pending.begin();
  queue->second.pop_front();
  if (queue->second.empty()) origin.pending.erase(queue);
  count_queued(origin, -1);
  hosts.sort_in(id);
}

// A lease for the origin's first page; or nothing when there is none, when it waits for something
// else now or was settled without a request.
std::optional<Lease> Frontier::Store::take_page(OriginId origin, TimePoint now, int& budget) {
  const auto id = first_pending(origin);
  if (!id) return std::nullopt;
  UrlRow& row = urls[*id];
  HostRow& host = hosts.host(hosts.origin(origin).host);
  if (const std::string_view limit = used_up(host, row); !limit.empty()) {
    take_first(origin);
    --budget;
    settle_unasked(*id, UrlState::kOverBudget, limit);
    return std::nullopt;
  }
  if (options.asks_robots && must_wait_for_robots(origin, now))
    return std::nullopt;  // the origin is closed until then
  take_first(origin);
  if (must_wait_for_seed(row)) {
    row.is_parked = true;
    seed_parked[row.seed].push_back(*id);
    seeds_with_parked.insert(row.seed);
    return std::nullopt;
  }
  if (options.asks_robots && options.disallowing_line) {
    if (const auto line = options.disallowing_line(origin, row.url)) {
      --budget;
      settle_unasked(*id, UrlState::kDisallowed, "robots.txt", *line);
      return std::nullopt;
    }
  }
  return lease_page(host, *id);
}

void Frontier::Store::settle_unasked(UrlId id, UrlState state, std::string_view reason,
                                     std::uint32_t detail) {
  urls.set_state(id, state, reason, detail);
  if (options.on_settled_unasked) options.on_settled_unasked(id);
}

// The limit that has no room for this page any more, or nothing.
std::string_view Frontier::Store::used_up(const HostRow& host, const UrlRow& row) const {
  if (host.pages >= options.limit_per_host && row.attempts == 0) return "limit per host";
  if (row.seed < options.seed_limits.size() &&
      seed_stored[row.seed] >= options.seed_limits[row.seed])
    return "limit of the seed";
  return {};
}

// Whether what is leased for its seed may already be all that the seed's limit has room for.
bool Frontier::Store::must_wait_for_seed(const UrlRow& row) const {
  if (row.seed >= options.seed_limits.size() || options.seed_limits[row.seed] == ~0ull)
    return false;
  return seed_stored[row.seed] + seed_leased[row.seed] >= options.seed_limits[row.seed];
}

Lease Frontier::Store::lease_page(HostRow& host, UrlId id) {
  UrlRow& row = urls[id];
  row.is_leased = true;
  ++leased;
  if (row.attempts == 0) {
    ++host.pages;
    ++host.ahead;
    row.is_ahead = true;
  }
  if (row.attempts < UINT8_MAX) ++row.attempts;
  if (row.seed < seed_leased.size()) ++seed_leased[row.seed];
  return Lease{LeaseKind::kPage, id,      0,           hosts.origin(row.origin).host,
               row.origin,       row.url, row.attempts};
}

void Frontier::Store::unlease(UrlId id) {
  UrlRow& row = urls[id];
  assert(row.is_leased);
  row.is_leased = false;
  --leased;
  if (row.seed >= seed_leased.size()) return;
  --seed_leased[row.seed];
  if (!seed_parked[row.seed].empty()) unpark_for_seed(row.seed);
}

// As many as its limit has room for now; all, once it is reached and they are over budget. True
// where there were any.
bool Frontier::Store::unpark_for_seed(std::uint32_t seed) {
  auto& parked = seed_parked[seed];
  const std::uint64_t limit = options.seed_limits[seed];
  const std::uint64_t taken = seed_stored[seed] + seed_leased[seed];
  const std::uint64_t room = seed_stored[seed] >= limit ? parked.size()
                             : limit > taken            ? limit - taken
                                                        : 0;
  const auto many = std::min<std::uint64_t>(room, parked.size());
  for (std::uint64_t n = many; n > 0; --n) {
    const UrlId id = parked.front();
    parked.pop_front();
    unpark(id);
  }
  if (parked.empty()) seeds_with_parked.erase(seed);
  return many > 0;
}

// Those that were let go may have been settled without a request, or wait for something else: then
// it is others' turn.
bool Frontier::Store::unpark_where_there_is_room() {
  bool is_any = false;
  for (const std::uint32_t seed : std::set<std::uint32_t>(seeds_with_parked))
    is_any |= unpark_for_seed(seed);
  return is_any;
}

// Something has come of the page's first request, which the ledger may count now.
void Frontier::Store::catch_up(UrlRow& row) {
  if (!std::exchange(row.is_ahead, false)) return;
  const HostId host = hosts.origin(row.origin).host;
  --hosts.host(host).ahead;
  hosts.changed(host);
}

std::optional<TimePoint> Frontier::next_ready() const {
  auto next = store_->hosts.next_time();
  if (!store_->delayed.empty() && (!next || store_->delayed.top().at < *next))
    next = store_->delayed.top().at;
  return next;
}

std::optional<HostId> Frontier::take_unresolved() {
  if (store_->unresolved.empty()) return std::nullopt;
  const HostId id = store_->unresolved.front();
  store_->unresolved.pop_front();
  return id;
}

std::string_view Frontier::first_url(HostId host) const {
  return store_->hosts.host(host).some_url;
}

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
  UrlRow& row = store_->urls[id];
  row.place = place;
  store_->catch_up(row);
}

void Frontier::leave_captured(UrlId id) { store_->unlease(id); }

void Frontier::settle(UrlId id, UrlState state, std::string_view reason, std::uint32_t detail) {
  Store& s = *store_;
  s.urls.set_state(id, state, reason, detail);
  if (state == UrlState::kExcluded)
    s.urls[id].is_ruled_out = true;  // by what its page says: a shorter way changes nothing
  const std::uint32_t seed = s.urls[id].seed;
  if (state == UrlState::kStored && seed < s.seed_stored.size()) ++s.seed_stored[seed];
  s.unlease(id);
}

void Frontier::set_line(UrlId id, Results::DepthPlace line) { store_->urls[id].line = line; }

void Frontier::retry(UrlId id, TimePoint not_before) {
  store_->urls.set_state(id, UrlState::kPending, {});
  store_->catch_up(store_->urls[id]);
  store_->unlease(id);
  store_->urls[id].is_parked = true;
  store_->delayed.push({not_before, id, 0, {}});
}

void Frontier::return_unasked(UrlId id) {
  UrlRow& row = store_->urls[id];
  store_->catch_up(row);
  if (--row.attempts == 0) --store_->hosts.host(store_->hosts.origin(row.origin).host).pages;
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
