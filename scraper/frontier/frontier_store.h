// What is inside the frontier (storage/frontier.h): its tables, and what its parts (frontier.cc:
// discovery and what is known, frontier_leases.cc: leases and what came of them,
// frontier_errands.cc: robots.txt and sitemaps, frontier_ledger.cc: rows to the ledger and back)
// need of each other. Owner's thread only.
#pragma once

#include <deque>
#include <functional>
#include <optional>
#include <queue>
#include <set>
#include <string_view>
#include <utility>
#include <vector>

#include "scraper/frontier/frontier.h"
#include "scraper/frontier/host_table.h"
#include "scraper/frontier/url_table.h"
#include "storage/ledger.h"

namespace scraper::storage {

inline constexpr std::uint32_t kNoDepth =
    0xFFFFFFFF;  // of what was found on pages only that ask not to follow

struct Frontier::Store {
  explicit Store(FrontierOptions o)
      : options(std::move(o)),
        urls({[this](UrlId id) { return read_row(id); },
              [this](UrlId id, UrlRow& row) { read_links(id, row); }}),
        hosts(options.per_host, options.delay) {
    seed_stored.resize(options.seed_limits.size());
    seed_leased.resize(options.seed_limits.size());
    seed_parked.resize(options.seed_limits.size());
  }

  struct Delayed {
    TimePoint at;
    UrlId id = kNoUrl;  // kNoUrl: the errand
    HostId host = 0;
    Errand errand;
    bool is_renewal =
        false;  // of a robots.txt that could not be had: void where it has been asked for meanwhile
    bool operator>(const Delayed& other) const { return at > other.at; }
  };

  UrlId insert(const Found& found);
  void improve(UrlId id, const Path& path, std::vector<UrlId>& changed);
  bool may_improve(UrlId id, const Path& path) const;
  void spread(std::vector<UrlId> changed);
  void reconsider(UrlId id);
  // A page that is pending, and neither leased nor parked, stands in a queue of its origin: it is
  // counted when it enters, and where its depth is lowered it is added once more.
  static bool is_queued(const UrlRow& row) {
    return row.state == UrlState::kPending && !row.is_leased && !row.is_parked;
  }
  void enqueue(UrlId id, const UrlRow& row);
  void enqueue(UrlId id) { enqueue(id, urls[id]); }
  void add_to_queue(UrlId id, const UrlRow& row);
  void unpark(UrlId id);
  bool unpark_for_seed(std::uint32_t seed);
  bool unpark_where_there_is_room();
  std::optional<Lease> lease_ready(TimePoint now);
  void wake_delayed(TimePoint now);
  std::optional<Lease> take(HostId id, TimePoint now);
  std::optional<Lease> take_errand(HostId id, TimePoint now);
  std::optional<Lease> take_page(OriginId origin, TimePoint now, int& budget);
  std::optional<UrlId> first_pending(OriginId id);
  void take_first(OriginId id);
  std::string_view used_up(const HostRow& host, const UrlRow& row) const;
  bool must_wait_for_seed(const UrlRow& row) const;
  void forbid_sitemap(const Errand& errand, std::string_view reason);
  bool may_go_on() const { return !options.may_go_on || options.may_go_on(); }
  void settle_unasked(UrlId id, UrlState state, std::string_view reason, std::uint32_t detail = 0);
  void count_queued(OriginRow& origin, std::int64_t change);
  void set_robots(OriginId id, RobotsState robots);
  void write_row(UrlId id, LedgerBatch& batch);
  void write_host(HostId id, LedgerBatch& batch, TimePoint now, WallTime wall) const;
  void write_origin(OriginId id, LedgerBatch& batch, TimePoint now, WallTime wall) const;
  void load_host(const HostEntry& entry, TimePoint now, WallTime wall);
  void load_origin(const OriginEntry& entry, TimePoint now, WallTime wall);
  void load_row(UrlId id, const UrlEntry& entry, const StateEntry* state,
                const FingerprintKey& key);
  void find_place(UrlId id, const UrlRow& row);
  UrlRow row_of(const UrlEntry& entry, const StateEntry* state);
  UrlRow read_row(UrlId id);
  void read_links(UrlId id, UrlRow& row) const;
  bool must_wait_for_robots(OriginId id, TimePoint now);
  Lease lease_page(HostRow& host, UrlId id);
  void unlease(UrlId id);
  void catch_up(UrlRow& row);
  std::string_view path_fault(const UrlRow& row) const;

  FrontierOptions options;
  UrlTable urls;
  HostTable hosts;
  std::priority_queue<Delayed, std::vector<Delayed>, std::greater<>> delayed;
  std::deque<HostId> unresolved;
  std::vector<std::uint64_t> seed_stored;
  std::vector<std::uint64_t> seed_leased;
  std::set<std::uint32_t> seeds_with_parked;
  std::vector<std::deque<UrlId>> seed_parked;  // wait for a seed's limit to be reached or not
  std::deque<UrlId> unparsed;                  // captured by an earlier run
  UrlId told = 0;  // rows that the ledger has, or will have with what it was last given
  const Ledger* ledger = nullptr;  // where rows are read that are not in memory
  std::uint64_t leased = 0;
  std::size_t hosts_asked = 0;
  std::uint64_t errands = 0;  // asked or to be asked for
  std::uint64_t unreachable =
      0;  // pages in the queues of origins whose robots.txt could not be had
};

}  // namespace scraper::storage
