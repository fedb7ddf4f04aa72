#include "storage/frontier.h"

#include <fmt/format.h>

#include <algorithm>
#include <cassert>
#include <queue>
#include <tuple>
#include <utility>

#include "storage/host_table.h"
#include "storage/url_table.h"

namespace scraper::storage {

namespace {

// URLs settled without a request in one call of lease(), so that a host with a million forbidden URLs does not hold the owner up.
constexpr int kSettledAtOnce = 4'096;

constexpr std::uint32_t kNoDepth = 0xFFFFFFFF;

}  // namespace

std::string_view to_string(UrlState state) {
  switch (state) {
    case UrlState::kPending: return "pending";
    case UrlState::kCaptured: return "captured";
    case UrlState::kStored: return "stored";
    case UrlState::kFailed: return "failed";
    case UrlState::kDuplicate: return "duplicate";
    case UrlState::kExcluded: return "excluded";
    case UrlState::kDisallowed: return "disallowed";
    case UrlState::kOverBudget: return "over budget";
  }
  return "unknown";
}

struct Frontier::Store {
  explicit Store(FrontierOptions o) : options(std::move(o)), hosts(options.per_host, options.delay) {
    seed_stored.resize(options.seed_limits.size());
    seed_leased.resize(options.seed_limits.size());
    seed_parked.resize(options.seed_limits.size());
  }

  struct Delayed {
    TimePoint at;
    UrlId id = kNoUrl;  // kNoUrl: the errand
    HostId host = 0;
    Errand errand;
    bool operator>(const Delayed& other) const { return at > other.at; }
  };

  UrlId insert(const Found& found);
  void improve(UrlId id, const Path& path, std::vector<UrlId>& changed);
  void spread(std::vector<UrlId> changed);
  void reconsider(UrlId id);
  void enqueue(UrlId id);
  void wake_delayed(TimePoint now);
  std::optional<Lease> take(HostId id, TimePoint now);
  std::optional<Lease> take_errand(HostId id, TimePoint now);
  std::optional<Lease> take_page(HostRow& host, UrlId id, TimePoint now, int& budget);
  std::optional<UrlId> next_pending(HostRow& host);
  bool is_over_budget(HostRow& host, UrlId id, int& budget);
  void forbid_sitemap(const Errand& errand, std::string_view reason);
  void settle_unasked(UrlId id, UrlState state, std::string_view reason, std::uint32_t detail = 0);
  void park(UrlId id);
  std::vector<UrlId> take_parked(OriginRow& origin);
  bool must_wait_for_robots(OriginId id, TimePoint now);
  Lease lease_page(HostRow& host, UrlId id);
  void unlease(UrlId id);
  std::string_view path_fault(const UrlRow& row) const;

  FrontierOptions options;
  UrlTable urls;
  HostTable hosts;
  std::priority_queue<Delayed, std::vector<Delayed>, std::greater<>> delayed;
  std::deque<HostId> unresolved;
  std::vector<std::uint64_t> seed_stored;
  std::vector<std::uint64_t> seed_leased;
  std::vector<std::vector<UrlId>> seed_parked;  // wait for a seed's limit to be reached or not
  std::uint64_t leased = 0;
  std::size_t hosts_asked = 0;
  std::uint64_t errands = 0;      // asked or to be asked for
  std::uint64_t unreachable = 0;  // pages that wait for a robots.txt that could not be had
};

Frontier::Frontier(FrontierOptions options) : store_(std::make_unique<Store>(std::move(options))) {}
Frontier::~Frontier() = default;

// ---- discovery

// Why this row's paths keep it out, in an order that does not depend on the order of discovery.
std::string_view Frontier::Store::path_fault(const UrlRow& row) const {
  if (row.is_nofollow) return "nofollow";
  if (row.left < 0) return "depth";
  if (row.hops > options.max_hops) return "redirects";
  return {};
}

UrlId Frontier::Store::insert(const Found& found) {
  UrlRow row;
  row.referrer = found.referrer;
  row.seed = found.seed;
  row.is_nofollow = found.path.is_nofollow;
  row.depth = found.path.is_nofollow ? kNoDepth : found.path.depth;
  row.left = found.path.is_nofollow ? INT32_MIN : static_cast<std::int32_t>(found.path.left);
  row.hops = found.path.is_nofollow ? UINT16_MAX : found.path.hops;
  row.state = UrlState::kExcluded;
  const auto rule = options.exclusion && !found.is_seed ? options.exclusion(found.url) : std::nullopt;
  row.is_ruled_out = rule.has_value();
  const auto url = Url::from_serialised(std::string(found.url));
  if (url) row.origin = hosts.origin_for(*url);
  const UrlId id = urls.add(found.fingerprint, found.url, row);
  if (rule) {
    urls.set_state(id, UrlState::kExcluded, *rule);
    if (url) hosts.host(hosts.origin(row.origin).host).ruled_out.push_back(id);
  } else if (!url) {
    urls[id].is_ruled_out = true;
    urls.set_state(id, UrlState::kExcluded, "scheme");
  } else {
    reconsider(id);
  }
  return id;
}

// An excluded row is offered again, or stays out for the reason it has now.
void Frontier::Store::reconsider(UrlId id) {
  const std::string_view fault = path_fault(urls[id]);
  if (!fault.empty()) {
    urls.set_state(id, UrlState::kExcluded, fault);
    return;
  }
  urls.set_state(id, UrlState::kPending, {});
  enqueue(id);
}

void Frontier::Store::improve(UrlId id, const Path& path, std::vector<UrlId>& changed) {
  if (path.is_nofollow) return;
  UrlRow& row = urls[id];
  const bool is_shorter = path.depth < row.depth;
  const bool is_better = is_shorter || path.left > row.left || path.hops < row.hops;
  if (!is_better) return;
  row.is_nofollow = false;
  row.left = std::max(row.left, static_cast<std::int32_t>(path.left));
  row.hops = std::min(row.hops, path.hops);
  if (is_shorter) {
    urls.set_depth(id, path.depth);
    if (row.line.width > 0 && options.on_line_depth) options.on_line_depth(row.line, path.depth);
  }
  if (row.state == UrlState::kExcluded && !row.is_ruled_out) {
    reconsider(id);
  } else if (row.state == UrlState::kPending && !row.is_leased && is_shorter) {
    enqueue(id);
  }
  if (row.link_count > 0) changed.push_back(id);
}

// The path of what `row` links to.
static Path path_of_child(const UrlRow& row) {
  Path path;
  path.depth = row.depth + (row.is_redirect ? 0 : 1);
  path.left = static_cast<std::int64_t>(row.left) - (row.is_redirect ? 0 : 1);
  path.hops = row.is_redirect ? static_cast<std::uint16_t>(row.hops + 1) : std::uint16_t{0};
  return path;
}

void Frontier::Store::spread(std::vector<UrlId> changed) {
  while (!changed.empty()) {
    const UrlId id = changed.back();
    changed.pop_back();
    const Path path = path_of_child(urls[id]);
    for (std::uint32_t n = 0; n < urls[id].link_count; ++n) improve(urls.link(id, n), path, changed);
  }
}

void Frontier::offer(const Found& found) {
  const auto known = store_->urls.find(found.fingerprint);
  if (!known) {
    store_->insert(found);
    return;
  }
  std::vector<UrlId> changed;
  store_->improve(*known, found.path, changed);
  store_->spread(std::move(changed));
}

void Frontier::add_links(UrlId page, const std::vector<Child>& links, bool is_redirect) {
  Store& s = *store_;
  s.urls[page].is_redirect = is_redirect;
  Found found;
  found.referrer = page;
  found.seed = s.urls[page].seed;
  // While nothing unfinished has a lesser depth, this page's own depth is final and its links need not be kept. Where a
  // shorter way may come late all the same, they are kept.
  const bool keeps_links = s.urls.least_unfinished_depth() < s.urls[page].depth || s.options.may_shorten_late;
  std::vector<UrlId> kept;
  std::vector<UrlId> changed;
  for (const Child& link : links) {
    const Path path = path_of_child(s.urls[page]);  // may get better while its own links are added
    found.path = path;
    found.path.is_nofollow = link.is_nofollow;
    auto id = s.urls.find(link.fingerprint);
    if (id) {
      s.improve(*id, found.path, changed);
    } else {
      found.fingerprint = link.fingerprint;
      found.url = link.url;
      id = s.insert(found);
    }
    if (keeps_links && !link.is_nofollow) kept.push_back(*id);
  }
  if (keeps_links) s.urls.keep_links(page, kept);
  s.spread(std::move(changed));
}

void Frontier::readmit(std::string_view rule, std::string_view host_name) {
  Store& s = *store_;
  const auto host_id = s.hosts.find_host(host_name);
  if (!host_id) return;
  auto ruled_out = std::exchange(s.hosts.host(*host_id).ruled_out, {});
  std::vector<UrlId> still_out;
  for (const UrlId id : ruled_out) {
    if (s.urls.reason(id) != rule) {
      still_out.push_back(id);
    } else if (const auto now = s.options.exclusion(s.urls.url(id))) {
      s.urls.set_state(id, UrlState::kExcluded, *now);
      still_out.push_back(id);
    } else {
      s.urls[id].is_ruled_out = false;
      s.reconsider(id);
    }
  }
  s.hosts.host(*host_id).ruled_out = std::move(still_out);
}

void Frontier::readmit_all(std::string_view rule) {
  for (HostId id = 0; id < store_->hosts.size(); ++id) readmit(rule, store_->hosts.host(id).name);
}

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
      host.next_start = std::max(now, host.next_start) + host.delay;
    }
    s.hosts.touch(*id);
    if (lease) return lease;
  }
  return std::nullopt;
}

std::optional<Lease> Frontier::Store::take(HostId id, TimePoint now) {
  HostRow& host = hosts.host(id);
  for (int budget = kSettledAtOnce; budget > 0;) {
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

void Frontier::Store::forbid_sitemap(const Errand& errand, std::string_view reason) {
  --errands;
  options.on_sitemap_forbidden(errand.sitemap, reason);
}

// The host's first errand, unless it is a sitemap that has to wait for robots.txt or that this forbids.
std::optional<Lease> Frontier::Store::take_errand(HostId id, TimePoint now) {
  HostRow& host = hosts.host(id);
  Errand errand = std::move(host.errands.front());
  host.errands.pop_front();
  if (errand.kind == LeaseKind::kSitemap && options.asks_robots) {
    if (must_wait_for_robots(errand.origin, now)) {
      OriginRow& origin = hosts.origin(errand.origin);
      if (origin.robots == RobotsState::kUnreachable) {
        forbid_sitemap(errand, origin.robots_cause);
      } else {
        origin.parked_sitemaps.push_back(std::move(errand));
      }
      return std::nullopt;
    }
    if (const auto line = options.disallowing_line ? options.disallowing_line(errand.origin, errand.url) : std::nullopt) {
      forbid_sitemap(errand, fmt::format("robots.txt, line {}", *line));
      return std::nullopt;
    }
  }
  return Lease{errand.kind, kNoUrl, errand.sitemap, id, errand.origin, std::move(errand.url), errand.attempt};
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

// A page whose depth was lowered meanwhile comes here a second time.
void Frontier::Store::park(UrlId id) {
  if (std::exchange(urls[id].is_parked, true)) return;
  OriginRow& origin = hosts.origin(urls[id].origin);
  origin.parked.push_back(id);
  if (origin.robots == RobotsState::kUnreachable) ++unreachable;
}

std::vector<UrlId> Frontier::Store::take_parked(OriginRow& origin) {
  auto parked = std::exchange(origin.parked, {});
  for (const UrlId id : parked) urls[id].is_parked = false;
  if (origin.robots == RobotsState::kUnreachable) unreachable -= parked.size();
  return parked;
}

// Asks for robots.txt where it is not known, or not any more.
bool Frontier::Store::must_wait_for_robots(OriginId id, TimePoint now) {
  OriginRow& origin = hosts.origin(id);
  if (origin.robots == RobotsState::kKnown && now < origin.robots_until) return false;
  if (origin.robots == RobotsState::kUnknown || origin.robots == RobotsState::kKnown) {
    origin.robots = RobotsState::kAsked;
    ++errands;
    hosts.host(origin.host).errands.push_back({LeaseKind::kRobots, id, 0, origin.name + "/robots.txt", 1});
  }
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

void Frontier::captured(UrlId id) { store_->urls.set_state(id, UrlState::kCaptured, {}); }

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

void Frontier::robots_known(OriginId origin, TimePoint good_until) {
  Store& s = *store_;
  OriginRow& row = s.hosts.origin(origin);
  assert(row.robots == RobotsState::kAsked);
  row.robots = RobotsState::kKnown;
  row.robots_until = good_until;
  --s.errands;
  for (const UrlId id : s.take_parked(row)) s.enqueue(id);
  for (Errand& errand : std::exchange(row.parked_sitemaps, {})) s.hosts.host(row.host).errands.push_back(std::move(errand));
  s.hosts.touch(row.host);
}

void Frontier::robots_unreachable(OriginId origin, TimePoint again, std::string_view cause) {
  Store& s = *store_;
  OriginRow& row = s.hosts.origin(origin);
  assert(row.robots == RobotsState::kAsked);
  row.robots = RobotsState::kUnreachable;
  row.robots_cause = fmt::format("robots.txt: {}", cause);
  --s.errands;
  s.unreachable += row.parked.size();
  s.delayed.push({again, kNoUrl, row.host, {LeaseKind::kRobots, origin, 0, row.name + "/robots.txt", 1}});
  for (const Errand& errand : std::exchange(row.parked_sitemaps, {})) s.forbid_sitemap(errand, row.robots_cause);
}

void Frontier::offer_sitemap(SitemapId sitemap, const Url& where) {
  Store& s = *store_;
  const OriginId origin = s.hosts.origin_for(where);
  const HostId host = s.hosts.origin(origin).host;
  ++s.errands;
  s.hosts.host(host).errands.push_back({LeaseKind::kSitemap, origin, sitemap, where.href(), 1});
  s.hosts.touch(host);
}

void Frontier::sitemap_done() { --store_->errands; }

void Frontier::ask_again(const Lease& lease, const Url& where, TimePoint not_before, unsigned attempt) {
  Store& s = *store_;
  const OriginId origin = lease.kind == LeaseKind::kRobots ? lease.origin : s.hosts.origin_for(where);
  s.delayed.push({not_before, kNoUrl, s.hosts.host_for(where), {lease.kind, origin, lease.sitemap, where.href(), attempt}});
}

void Frontier::forbid_unreachable() {
  Store& s = *store_;
  for (OriginId id = 0; id < s.hosts.origins(); ++id) {
    OriginRow& row = s.hosts.origin(id);
    if (row.robots != RobotsState::kUnreachable) continue;
    for (const UrlId page : s.take_parked(row)) s.settle_unasked(page, UrlState::kDisallowed, row.robots_cause);
  }
}

void Frontier::set_delay(HostId host, Duration delay) {
  HostRow& row = store_->hosts.host(host);
  row.next_start += delay - row.delay;
  row.delay = delay;
}

void Frontier::hold(HostId host, TimePoint now, TimePoint until) {
  HostRow& row = store_->hosts.host(host);
  const TimePoint held_from = std::max(now, row.held_until);
  if (until > held_from) {
    row.held += until - held_from;
    row.held_until = until;
  }
  row.next_start = std::max(row.next_start, until);
}

// ---- what is known

std::string_view Frontier::url(UrlId id) const { return store_->urls.url(id); }
UrlState Frontier::state(UrlId id) const { return store_->urls[id].state; }
std::string_view Frontier::reason(UrlId id) const { return store_->urls.reason(id); }
std::uint32_t Frontier::detail(UrlId id) const { return store_->urls[id].detail; }
std::uint32_t Frontier::depth(UrlId id) const { return store_->urls[id].depth; }
UrlId Frontier::referrer(UrlId id) const { return store_->urls[id].referrer; }
std::uint32_t Frontier::seed(UrlId id) const { return store_->urls[id].seed; }
unsigned Frontier::attempts(UrlId id) const { return store_->urls[id].attempts; }
std::string_view Frontier::origin_name(OriginId origin) const { return store_->hosts.origin(origin).name; }
HostId Frontier::host_of(OriginId origin) const { return store_->hosts.origin(origin).host; }
std::optional<UrlId> Frontier::find(const Fingerprint& fingerprint) const { return store_->urls.find(fingerprint); }

std::uint64_t Frontier::discovered() const { return store_->urls.size(); }
std::uint64_t Frontier::count(UrlState state) const { return store_->urls.count(state); }
std::uint64_t Frontier::leased() const { return store_->leased; }
bool Frontier::has_work() const { return discovered_but_not_leased() > store_->unreachable || store_->errands > 0; }
std::uint64_t Frontier::discovered_but_not_leased() const {
  return count(UrlState::kPending) + count(UrlState::kCaptured) - store_->leased;
}
std::size_t Frontier::hosts_asked() const { return store_->hosts_asked; }
bool Frontier::has_delayed() const { return !store_->delayed.empty(); }
std::size_t Frontier::hosts_waiting() const { return store_->hosts.waiting(); }

std::map<std::pair<UrlState, std::string>, std::uint64_t> Frontier::counts_by_reason() const {
  return store_->urls.counts_by_reason();
}

std::vector<HostReport> Frontier::slowest_hosts(std::size_t most) const {
  std::vector<HostReport> all;
  for (HostId id = 0; id < store_->hosts.size(); ++id) {
    const HostRow& row = store_->hosts.host(id);
    if (row.requests == 0) continue;
    std::uint64_t pending = 0;
    for (const auto& [depth, bucket] : row.pending) pending += bucket.size();
    all.push_back(
        {row.name, row.requests, pending, row.delay, row.held, row.delay * static_cast<std::int64_t>(row.requests) + row.held});
  }
  const auto end = all.begin() + static_cast<std::ptrdiff_t>(std::min(most, all.size()));
  std::partial_sort(all.begin(), end, all.end(), [](const auto& a, const auto& b) {
    return std::tie(a.politeness, a.requests) > std::tie(b.politeness, b.requests);
  });
  all.resize(std::min(most, all.size()));
  return all;
}

}  // namespace scraper::storage
