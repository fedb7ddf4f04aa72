// Hosts and origins of the frontier, and the order in which hosts are asked. A host that has work,
// is below its number of requests and past its time stands in the ready queue; one whose time has
// not come stands in a heap. Pages to do stand in queues of their origin, by depth; an origin whose
// robots.txt is not known is closed, and what it has is no work of its host. Owner's thread only.
#pragma once

#include <cstdint>
#include <deque>
#include <list>
#include <map>
#include <optional>
#include <queue>
#include <set>
#include <string>
#include <string_view>
#include <unordered_map>
#include <utility>
#include <vector>

#include "base/clock.h"
#include "scraper/frontier/frontier.h"
#include "scraper/frontier/id_queue.h"

namespace scraper::storage {

// Something to ask a host for that is no page.
struct Errand {
  LeaseKind kind = LeaseKind::kRobots;
  OriginId origin = 0;  // of a robots.txt: whose it is; of a sitemap: where it is
  SitemapId sitemap = 0;
  std::string url;
  unsigned attempt = 1;
};

enum class RobotsState : std::uint8_t {
  kUnknown,
  kAsked,
  kKnown,        // until robots_until
  kUnreachable,  // to be asked again
};

struct OriginRow {
  std::string name;
  HostId host = 0;
  RobotsState robots = RobotsState::kUnknown;
  TimePoint robots_until{};
  std::string robots_cause;                  // why it could not be had
  std::map<std::uint32_t, IdQueue> pending;  // by depth; entries whose row has moved on are skipped
  std::uint64_t queued = 0;                  // pages in them
  std::optional<std::uint32_t> open_at;      // the depth it stands at in HostRow::open
  std::vector<Errand> parked_sitemaps;       // wait for robots.txt
  bool is_changed = false;                   // since the ledger was told
};

struct HostRow {
  std::string name;
  std::set<std::pair<std::uint32_t, OriginId>>
      open;  // those of its origins that have pages and may be asked, by their least depth
  std::list<Errand> errands;  // these come first; a list, as nearly every host has none
  IdQueue ruled_out;          // kept out by a rule that may widen
  std::string some_url;       // what to resolve
  std::size_t in_flight = 0;
  TimePoint next_start{};
  TimePoint resolved_until{};
  Duration delay{};
  Duration held{};  // by Retry-After, in all
  TimePoint held_until{};
  std::uint64_t requests = 0;
  std::uint64_t pages = 0;  // asked for, each once
  std::uint64_t ahead = 0;  // of them under way, so that nothing has come of them yet
  bool is_resolving = false;
  bool is_queued = false;   // in the ready queue or in the heap
  bool is_changed = false;  // since the ledger was told

  bool has_work() const { return !errands.empty() || !open.empty(); }
};

class HostTable {
 public:
  HostTable(std::size_t per_host, Duration delay) : per_host_(per_host), delay_(delay) {}

  // Finds or makes them.
  HostId host_for(const Url& url);
  OriginId origin_for(const Url& url);

  HostRow& host(HostId id) { return hosts_[id]; }
  const HostRow& host(HostId id) const { return hosts_[id]; }
  std::size_t origins() const { return origins_.size(); }
  OriginRow& origin(OriginId id) { return origins_[id]; }
  const OriginRow& origin(OriginId id) const { return origins_[id]; }
  std::optional<HostId> find_host(std::string_view name) const;
  std::size_t size() const { return hosts_.size(); }

  // Before it no host is asked that is new or has not been asked, as far as is known.
  void set_first_start(TimePoint at) { first_start_ = at; }

  // As they were, in order of their numbers. Nothing of it is a change.
  HostRow& restore_host(std::string_view name, std::string_view some_url);
  OriginRow& restore_origin(std::string_view name, HostId host);

  // What the ledger has to be told of, each once; new hosts and origins are noted by themselves.
  void changed(HostId id);
  void changed_origin(OriginId id);
  std::vector<HostId> take_changed();
  std::vector<OriginId> take_changed_origins();

  // Opens or closes an origin, after anything that changes its queues or its robots.txt; touch()
  // comes after it.
  void sort_in(OriginId id);

  // Puts the host where it belongs now. After anything that may let it be asked.
  void touch(HostId id);

  // The next host that may be asked now, taken out of the queue; the caller touches it afterwards.
  std::optional<HostId> next(TimePoint now);
  std::optional<TimePoint> next_time() const;
  std::size_t waiting() const { return heap_.size(); }

 private:
  struct Entry {
    TimePoint time;
    HostId host;
    bool operator>(const Entry& other) const { return time > other.time; }
  };

  bool may_be_asked(const HostRow& host) const {
    return host.has_work() && host.in_flight < per_host_ && !host.is_resolving;
  }

  const std::size_t per_host_;
  const Duration delay_;
  TimePoint first_start_{};
  std::deque<HostRow> hosts_;
  std::deque<OriginRow> origins_;
  std::unordered_map<std::string, HostId> host_ids_;
  std::unordered_map<std::string, OriginId> origin_ids_;
  std::priority_queue<Entry, std::vector<Entry>, std::greater<>> heap_;
  std::deque<HostId> ready_;
  std::vector<HostId> changed_;
  std::vector<OriginId> changed_origins_;
};

}  // namespace scraper::storage
