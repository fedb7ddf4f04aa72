// Errands of hosts: robots.txt, what waits for it, and sitemaps.
#include <fmt/format.h>

#include <cassert>

#include "scraper/frontier/frontier_store.h"

namespace scraper::storage {

void Frontier::Store::forbid_sitemap(const Errand& errand, std::string_view reason) {
  --errands;
  options.on_sitemap_forbidden(errand.sitemap, reason);
}

// The host's first errand, unless it is a sitemap that has to wait for robots.txt or that this
// forbids.
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
    if (const auto line = options.disallowing_line
                              ? options.disallowing_line(errand.origin, errand.url)
                              : std::nullopt) {
      forbid_sitemap(errand, fmt::format("robots.txt, line {}", *line));
      return std::nullopt;
    }
  }
  return Lease{errand.kind,           kNoUrl,        errand.sitemap, id, errand.origin,
               std::move(errand.url), errand.attempt};
}

void Frontier::Store::count_queued(OriginRow& origin, std::int64_t change) {
  origin.queued += static_cast<std::uint64_t>(change);
  if (origin.robots == RobotsState::kUnreachable) unreachable += static_cast<std::uint64_t>(change);
}

void Frontier::Store::set_robots(OriginId id, RobotsState robots) {
  OriginRow& origin = hosts.origin(id);
  if (origin.robots == RobotsState::kUnreachable) unreachable -= origin.queued;
  origin.robots = robots;
  if (robots == RobotsState::kUnreachable) unreachable += origin.queued;
  hosts.sort_in(id);
  hosts.touch(origin.host);
}

// Asks for robots.txt where it is not known, or not any more.
bool Frontier::Store::must_wait_for_robots(OriginId id, TimePoint now) {
  OriginRow& origin = hosts.origin(id);
  if (origin.robots == RobotsState::kKnown && now < origin.robots_until) return false;
  if (origin.robots == RobotsState::kUnknown || origin.robots == RobotsState::kKnown) {
    ++errands;
    hosts.host(origin.host)
        .errands.push_back({LeaseKind::kRobots, id, 0, origin.name + "/robots.txt", 1});
    set_robots(id, RobotsState::kAsked);
  }
  return true;
}

void Frontier::robots_known(OriginId origin, TimePoint good_until) {
  Store& s = *store_;
  OriginRow& row = s.hosts.origin(origin);
  assert(row.robots == RobotsState::kAsked);
  row.robots_until = good_until;
  s.hosts.changed_origin(origin);
  --s.errands;
  for (Errand& errand : std::exchange(row.parked_sitemaps, {}))
    s.hosts.host(row.host).errands.push_back(std::move(errand));
  s.set_robots(origin, RobotsState::kKnown);
}

void Frontier::robots_unreachable(OriginId origin, TimePoint again, std::string_view cause) {
  Store& s = *store_;
  OriginRow& row = s.hosts.origin(origin);
  assert(row.robots == RobotsState::kAsked);
  row.robots_cause = fmt::format("robots.txt: {}", cause);
  row.robots_until = again;
  s.hosts.changed_origin(origin);
  --s.errands;
  s.set_robots(origin, RobotsState::kUnreachable);
  s.delayed.push({again,
                  kNoUrl,
                  row.host,
                  {LeaseKind::kRobots, origin, 0, row.name + "/robots.txt", 1},
                  true});
  for (const Errand& errand : std::exchange(row.parked_sitemaps, {}))
    s.forbid_sitemap(errand, row.robots_cause);
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

void Frontier::ask_again(const Lease& lease, const Url& where, TimePoint not_before,
                         unsigned attempt) {
  Store& s = *store_;
  const OriginId origin =
      lease.kind == LeaseKind::kRobots ? lease.origin : s.hosts.origin_for(where);
  s.delayed.push({not_before,
                  kNoUrl,
                  s.hosts.host_for(where),
                  {lease.kind, origin, lease.sitemap, where.href(), attempt}});
}

void Frontier::forbid_unreachable() {
  Store& s = *store_;
  for (OriginId id = 0; id < s.hosts.origins(); ++id) {
    OriginRow& row = s.hosts.origin(id);
    if (row.robots != RobotsState::kUnreachable) continue;
    while (const auto page = s.first_pending(id)) {
      s.take_first(id);
      s.settle_unasked(*page, UrlState::kDisallowed, row.robots_cause);
    }
  }
}

}  // namespace scraper::storage
