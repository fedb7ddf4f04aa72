// The frontier and the ledger: rows that changed on their way to the disk, and all of them on their way back.
#include <algorithm>
#include <utility>

#include "storage/frontier_store.h"
#include "storage/ledger.h"

namespace scraper::storage {

namespace {

// The most that a deadline can lie ahead: Retry-After and the doubling of robots.txt's pauses end before, a copy is used for a day.
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

std::size_t Frontier::changed_rows() const { return store_->urls.changed_rows(); }

void Frontier::Store::write_row(UrlId id, LedgerBatch& batch) {
  UrlRow& row = urls[id];
  const std::uint8_t changes = std::exchange(row.changes, std::uint8_t{0});
  if ((changes & kPathChanged) != 0) {
    const std::int64_t spent = options.depth - row.left;
    batch.put_url(id, {row.referrer, row.seed, row.depth, spent, row.hops, row.is_nofollow, urls.url(id)});
  }
  if ((changes & kLinksChanged) != 0) {
    LinksEntry entry{row.is_redirect, {}};
    for (std::uint32_t n = 0; n < row.link_count; ++n) entry.links.push_back(urls.link(id, n));
    batch.put_links(id, entry);
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
  entry.reason = urls.reason(id);
  entry.line = row.line;
  if (const auto place = places.find(id); place != places.end()) {
    if (row.state != UrlState::kPending) entry.place = place->second;
    if (row.state != UrlState::kCaptured) places.erase(place);
  }
  batch.put_state(id, entry);
}

void Frontier::Store::write_host(HostId id, LedgerBatch& batch, TimePoint now, WallTime wall) const {
  const HostRow& row = hosts.host(id);
  const Duration asked = row.delay > options.delay ? row.delay : Duration::zero();
  batch.put_host(id, {row.name, row.some_url, asked, on_wall(row.next_start, now, wall), row.held, row.requests, row.pages});
}

void Frontier::Store::write_origin(OriginId id, LedgerBatch& batch, TimePoint now, WallTime wall) const {
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

Result<void> Frontier::load(const Ledger& ledger, const FingerprintKey& key, TimePoint now, WallTime wall) {
  Store& s = *store_;
  auto step = ledger.each_host([&](HostId, const HostEntry& entry) { s.load_host(entry, now, wall); });
  if (step) step = ledger.each_origin([&](OriginId, const OriginEntry& entry) { s.load_origin(entry, now, wall); });
  bool is_gapless = true;
  if (step) {
    step = ledger.each_url([&](UrlId id, const UrlEntry& entry) {
      is_gapless = is_gapless && id == s.urls.size();
      if (is_gapless) s.load_url(id, entry, key);
    });
  }
  const auto check = [&](UrlId id) { return is_gapless = is_gapless && id < s.urls.size(); };
  if (step) {
    step = ledger.each_state([&](UrlId id, const StateEntry& entry) {
      if (check(id)) s.load_state(id, entry);
    });
  }
  if (step) {
    step = ledger.each_links([&](UrlId id, const LinksEntry& entry) {
      if (!check(id) || !std::all_of(entry.links.begin(), entry.links.end(), check)) return;
      s.urls[id].is_redirect = entry.is_redirect;
      s.urls.restore_links(id, entry.links);
    });
  }
  if (!step) return step;
  if (!is_gapless) return Error{Errc::kInvalid, "the ledger lacks the row of a URL: scraper audit tells more"};
  s.told = static_cast<UrlId>(s.urls.size());
  for (UrlId id = 0; id < s.told; ++id) s.find_place(id);
  return {};
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
    delayed.push({row.robots_until, kNoUrl, row.host, {LeaseKind::kRobots, id, 0, row.name + "/robots.txt", 1}});
  }
}

void Frontier::Store::load_url(UrlId, const UrlEntry& entry, const FingerprintKey& key) {
  UrlRow row;
  row.referrer = entry.referrer;
  row.seed = entry.seed;
  row.is_nofollow = entry.is_nofollow;
  row.depth = entry.is_nofollow ? kNoDepth : entry.depth;
  row.left =
      entry.is_nofollow ? INT32_MIN : static_cast<std::int32_t>(std::max<std::int64_t>(options.depth - entry.spent, INT32_MIN));
  row.hops = entry.is_nofollow ? UINT16_MAX : entry.hops;
  if (const auto url = Url::from_serialised(std::string(entry.url))) row.origin = hosts.origin_for(*url);
  urls.restore(fingerprint(entry.url, key), entry.url, row);
}

void Frontier::Store::load_state(UrlId id, const StateEntry& entry) {
  UrlRow& row = urls[id];
  row.is_ruled_out = entry.is_ruled_out;
  row.attempts = entry.attempts;
  row.line = entry.line;
  urls.restore_state(id, entry.state, entry.reason, entry.detail);
  if (entry.state == UrlState::kCaptured) places[id] = entry.place;
  if (entry.state == UrlState::kStored && row.seed < seed_stored.size()) ++seed_stored[row.seed];
}

// Where a row stands that is not settled, or was settled by what may be wider now.
void Frontier::Store::find_place(UrlId id) {
  if (hosts.origins() == 0) return;
  const UrlRow& row = urls[id];
  HostRow& host = hosts.host(hosts.origin(row.origin).host);
  if (row.state == UrlState::kPending) {
    enqueue(id);
  } else if (row.state == UrlState::kCaptured) {
    unparsed.push_back(id);
  } else if (row.state == UrlState::kExcluded && row.is_ruled_out) {
    host.ruled_out.push_back(id);
  } else if (row.state == UrlState::kExcluded && urls.reason(id) == kDepth) {
    if (row.left >= 0) reconsider(id);
  } else if (row.state == UrlState::kOverBudget && urls.reason(id) == kLimitPerHost && host.pages < options.limit_per_host) {
    urls.set_state(id, UrlState::kPending, {});
    enqueue(id);
  }
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
  Lease lease{LeaseKind::kPage, id, 0, s.hosts.origin(row.origin).host, row.origin, std::string(s.urls.url(id)), row.attempts};
  return Unparsed{std::move(lease), s.places[id]};
}

}  // namespace scraper::storage
