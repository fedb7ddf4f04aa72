// The frontier and the ledger: rows that changed on their way to the disk, and all of them on their
// way back.
#include <algorithm>
#include <cassert>
#include <utility>

#include "scraper/frontier/frontier_store.h"
#include "storage/ledger.h"

namespace scraper::storage {

namespace {

// The most that a deadline can lie ahead: Retry-After and the doubling of robots.txt's pauses end
// before, a copy is used for a day.
constexpr Duration kLongestHold = std::chrono::minutes(45);
constexpr Duration kLongestCopy = std::chrono::hours(24);

constexpr std::string_view kDepth = "depth";
constexpr std::string_view kLimitPerHost = "limit per host";

WallTime on_wall(TimePoint time, TimePoint now, WallTime wall) {
  return time > now ? wall + std::chrono::ceil<std::chrono::microseconds>(time - now) : wall;
}

// A clock that was set meanwhile makes nobody wait longer than was asked.
Duration still_to_wait(WallTime until, WallTime wall, Duration most) {
  return std::clamp<Duration>(until - wall, Duration::zero(), most);
}

}  // namespace

// ---- to the ledger

void Frontier::write_changes(LedgerBatch& batch, TimePoint now, WallTime wall) {
  Store& s = *store_;
  for (const HostId id : s.hosts.take_changed()) s.write_host(id, batch, now, wall);
  for (const OriginId id : s.hosts.take_changed_origins()) s.write_origin(id, batch, now, wall);
  for (const UrlId id : s.urls.take_changed()) s.write_row(id, batch);
  s.told = static_cast<UrlId>(s.urls.size());
}

void Frontier::committed(const Ledger& ledger) {
  store_->ledger = &ledger;
  store_->urls.trim(store_->options.rows_in_memory);
}

std::size_t Frontier::changes() const { return store_->urls.changed_rows(); }

void Frontier::write_totals(Books& totals) const { totals.counts = counts(); }

void Frontier::Store::write_row(UrlId id, LedgerBatch& batch) {
  UrlRow& row = urls[id];
  const std::uint8_t changes = std::exchange(row.changes, std::uint8_t{0});
  if ((changes & kPathChanged) != 0) {
    const std::int64_t spent = options.depth - row.left;
    batch.put_url(id,
                  {row.referrer, row.seed, row.depth, spent, row.hops, row.is_nofollow, row.url});
  }
  if ((changes & kLinksChanged) != 0) {
    batch.put_links(id, {row.is_redirect, row.links});
  }
  if ((changes & kStateChanged) == 0) return;
  // The attempt of a lease counts when something came of it.
  const bool is_under_way = row.is_leased && row.state == UrlState::kPending;
  StateEntry entry;
  entry.state = row.state;
  entry.is_ruled_out = row.is_ruled_out;
  entry.attempts = static_cast<std::uint8_t>(row.attempts - (is_under_way ? 1 : 0));
  const bool says_nothing = entry.state == UrlState::kPending && entry.attempts == 0;
  if (says_nothing && id >= told) return;
  entry.detail = row.detail;
  entry.reason = urls.reason(row);
  entry.line = row.line;
  if (row.state != UrlState::kPending) entry.place = row.place;
  batch.put_state(id, entry);
}

void Frontier::Store::write_host(HostId id, LedgerBatch& batch, TimePoint now,
                                 WallTime wall) const {
  const HostRow& row = hosts.host(id);
  const Duration asked = row.delay > options.delay ? row.delay : Duration::zero();
  batch.put_host(id, {row.name, row.some_url, asked, on_wall(row.next_start, now, wall), row.held,
                      row.requests, row.pages - row.ahead});
}

void Frontier::Store::write_origin(OriginId id, LedgerBatch& batch, TimePoint now,
                                   WallTime wall) const {
  const OriginRow& row = hosts.origin(id);
  OriginEntry entry;
  entry.name = row.name;
  entry.host = row.host;
  // Where it has just been asked for again, what is known is that it has to be.
  entry.is_known = row.robots == RobotsState::kKnown;
  entry.is_unreachable = row.robots == RobotsState::kUnreachable;
  entry.until = on_wall(row.robots_until, now, wall);
  if (entry.is_unreachable) entry.cause = row.robots_cause;
  batch.put_origin(id, entry);
}

// ---- from the ledger

Result<void> Frontier::load(const Ledger& ledger, const FingerprintKey& key, LastRun last_run,
                            TimePoint now, WallTime wall) {
  Store& s = *store_;
  // It may have asked anybody since its last barrier.
  if (last_run == LastRun::kKilled) s.hosts.set_first_start(now + s.options.delay);
  auto step =
      ledger.each_host([&](HostId, const HostEntry& entry) { s.load_host(entry, now, wall); });
  if (step)
    step = ledger.each_origin(
        [&](OriginId, const OriginEntry& entry) { s.load_origin(entry, now, wall); });
  if (!step) return step;
  s.ledger = &ledger;
  step = ledger.each_row([&](UrlId id, const UrlEntry& entry, const StateEntry* state) {
    s.load_row(id, entry, state, key);
  });
  s.told = static_cast<UrlId>(s.urls.size());
  return step;
}

void Frontier::Store::load_host(const HostEntry& entry, TimePoint now, WallTime wall) {
  HostRow& row = hosts.restore_host(entry.name, entry.some_url);
  row.delay = std::max(row.delay, entry.delay);
  row.held = entry.held;
  row.requests = entry.requests;
  row.pages = entry.pages;
  if (row.requests == 0) return;
  ++hosts_asked;
  row.next_start = now + std::max(row.delay, still_to_wait(entry.next_start, wall, kLongestHold));
}

void Frontier::Store::load_origin(const OriginEntry& entry, TimePoint now, WallTime wall) {
  OriginRow& row = hosts.restore_origin(entry.name, entry.host);
  if (entry.is_known) {
    row.robots = RobotsState::kKnown;
    row.robots_until = now + still_to_wait(entry.until, wall, kLongestCopy);
  } else if (entry.is_unreachable) {
    const auto id = static_cast<OriginId>(hosts.origins() - 1);
    row.robots = RobotsState::kUnreachable;
    row.robots_cause = entry.cause;
    row.robots_until = now + still_to_wait(entry.until, wall, kLongestHold);
    delayed.push({row.robots_until,
                  kNoUrl,
                  row.host,
                  {LeaseKind::kRobots, id, 0, row.name + "/robots.txt", 1},
                  true});
  }
}

// All of a row but its origin.
UrlRow Frontier::Store::row_of(const UrlEntry& entry, const StateEntry* state) {
  UrlRow row;
  row.url = entry.url;
  row.referrer = entry.referrer;
  row.seed = entry.seed;
  row.is_nofollow = entry.is_nofollow;
  row.depth = entry.is_nofollow ? kNoDepth : entry.depth;
  row.left = entry.is_nofollow ? INT32_MIN
                               : static_cast<std::int32_t>(std::max<std::int64_t>(
                                     options.depth - entry.spent, INT32_MIN));
  row.hops = entry.is_nofollow ? UINT16_MAX : entry.hops;
  if (state == nullptr) return row;
  row.state = state->state;
  row.is_ruled_out = state->is_ruled_out;
  row.attempts = state->attempts;
  row.detail = state->detail;
  row.reason = urls.reason_id(state->reason);
  row.place = state->place;
  row.line = state->line;
  row.has_links_to_read = !traits(row.state).is_open;
  return row;
}

void Frontier::Store::load_row(UrlId id, const UrlEntry& entry, const StateEntry* state,
                               const FingerprintKey& key) {
  UrlRow row = row_of(entry, state);
  urls.restore(fingerprint(row.url, key), row);
  if (row.state == UrlState::kStored && row.seed < seed_stored.size()) ++seed_stored[row.seed];
  if (traits(row.state).is_final) return;
  const auto url = Url::from_serialised(row.url);
  if (!url) return;
  row.origin = hosts.origin_for(*url);
  find_place(id, row);
}

// Where a row stands that is open, or was settled by what may be wider now.
void Frontier::Store::find_place(UrlId id, const UrlRow& row) {
  HostRow& host = hosts.host(hosts.origin(row.origin).host);
  const std::string_view reason = urls.reason(row);
  switch (row.state) {
    case UrlState::kPending:
      // With a fault: a run with a larger depth offered it again, and was killed before that was
      // written down.
      return path_fault(row).empty() ? enqueue(id, row) : reconsider(id);
    case UrlState::kCaptured: return unparsed.push_back(id);
    case UrlState::kExcluded:
      if (row.is_ruled_out) return host.ruled_out.push_back(id);
      if (reason == kDepth && row.left >= 0) reconsider(id);
      return;
    case UrlState::kOverBudget:
      if (reason != kLimitPerHost || host.pages >= options.limit_per_host) return;
      urls.set_state(id, UrlState::kPending, {});
      return enqueue(id);
    case UrlState::kStored:
    case UrlState::kFailed:
    case UrlState::kDuplicate:
    case UrlState::kDisallowed: return;  // final
  }
}

// ---- one row

UrlRow Frontier::Store::read_row(UrlId id) {
  assert(ledger != nullptr);
  UrlRow row;
  const auto read = ledger->row(
      id, [&](const UrlEntry& entry, const StateEntry* state) { row = row_of(entry, state); });
  if (!read) throw FrontierFailure(read.error());
  if (const auto url = Url::from_serialised(row.url)) row.origin = hosts.origin_for(*url);
  return row;
}

void Frontier::Store::read_links(UrlId id, UrlRow& row) const {
  const auto read = ledger->links_entry(id, [&](const LinksEntry& entry) {
    row.is_redirect = entry.is_redirect;
    row.links = entry.links;
  });
  if (!read) throw FrontierFailure(read.error());
}

std::optional<Lease> Frontier::take_up(const UnparsedErrand& errand) {
  Store& s = *store_;
  Lease lease{errand.kind, kNoUrl, 0, 0, 0, errand.url, 1};
  if (errand.kind == LeaseKind::kSitemap) {
    const auto url = Url::from_serialised(errand.url);
    if (!url) return std::nullopt;
    lease.sitemap = errand.number;
    lease.origin = s.hosts.origin_for(*url);
  } else {
    if (errand.number >= s.hosts.origins()) return std::nullopt;
    lease.origin = errand.number;
    s.set_robots(lease.origin, RobotsState::kAsked);
  }
  ++s.errands;
  lease.host = s.hosts.origin(lease.origin).host;
  return lease;
}

std::optional<Frontier::Unparsed> Frontier::take_unparsed() {
  Store& s = *store_;
  if (s.unparsed.empty()) return std::nullopt;
  const UrlId id = s.unparsed.front();
  s.unparsed.pop_front();
  UrlRow& row = s.urls[id];
  row.is_leased = true;
  ++s.leased;
  if (row.seed < s.seed_leased.size()) ++s.seed_leased[row.seed];
  Lease lease{LeaseKind::kPage, id,      0,           s.hosts.origin(row.origin).host,
              row.origin,       row.url, row.attempts};
  return Unparsed{std::move(lease), row.place};
}

}  // namespace scraper::storage
