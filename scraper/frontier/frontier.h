// The frontier: every URL ever discovered, in exactly one state with its reason, and which of them
// may be asked for now.
//
// Its rows are in the ledger; in memory are the seen test and the queues, some 12 bytes a URL, and
// the rows that are worked with (storage/url_table.h). It knows no network: time comes as an
// argument, what robots.txt or the scope say comes from the functions it is given. Owner's thread
// only.
//
// Hosts. Politeness is per host name, whatever scheme or port: at most `per_host` requests at once,
// `delay` from start to start. A host that has work and may be asked stands in a queue; one that
// must wait stands in a heap by its time; a lease takes from the queue's front, so hosts take turns
// and nothing is polled. Within a host the least depth goes first. A host is leased only while its
// name is resolved, and a page only once its origin's robots.txt is known; the robots request is a
// lease like any other. What robots.txt said is good for a while, then it is asked for again. Where
// it cannot be had the pages wait, and when nothing else is left they are what it leaves undone:
// the crawl settles them by forbid_unreachable().
//
// Exact depth. A URL's depth is the least number of links from a seed; `left` is how many more
// links may follow, the most over all seeds (they may have depths of their own); `hops` counts the
// redirects in a row. All three only improve. When they do for a page that was read already, its
// links improve too, so a page keeps its links as long as some unfinished URL of lesser depth could
// still do that, and what depth had cut is offered again.
#pragma once

#include <chrono>
#include <cstdint>
#include <exception>
#include <functional>
#include <map>
#include <memory>
#include <optional>
#include <string>
#include <string_view>
#include <utility>
#include <vector>

#include "base/clock.h"
#include "base/error.h"
#include "base/fingerprint.h"
#include "base/place.h"
#include "base/url.h"
#include "storage/change_source.h"
#include "storage/results.h"
#include "storage/url_state.h"

namespace scraper::storage {

class LedgerBatch;
struct UnparsedErrand;

// How a URL was reached.
struct Path {
  std::uint32_t depth = 0;
  std::int64_t left = 0;     // links that may still follow; below 0: too deep
  std::uint16_t hops = 0;    // redirects in a row that ended here
  bool is_nofollow = false;  // only from a page that asks not to follow its links
};

struct Found {
  Fingerprint fingerprint;
  std::string_view url;  // canonical
  Path path;
  UrlId referrer = kNoUrl;
  std::uint32_t seed = 0;
  bool is_seed = false;  // no exclusion rule applies to what the person named
};

// What is to be asked for now: a page by its `id`, or else what is at `url`.
struct Lease {
  LeaseKind kind = LeaseKind::kPage;
  UrlId id = kNoUrl;
  SitemapId sitemap = 0;
  HostId host = 0;
  OriginId origin = 0;
  std::string url;
  unsigned attempt = 1;
};

struct FrontierOptions {
  std::size_t per_host = 1;
  Duration delay = std::chrono::seconds(1);
  bool asks_robots = true;
  std::uint64_t limit_per_host = ~0ull;    // pages asked of one host
  std::vector<std::uint64_t> seed_limits;  // pages stored, by seed number
  unsigned max_hops = 20;
  std::int64_t depth = 0;         // --depth: what a row has spent of it is what the ledger keeps
  bool may_shorten_late = false;  // a URL may be found at a lesser depth than everything unfinished
                                  // has: seeds have depths of their own, or sitemaps are read
  bool has_own_depths =
      false;  // seeds have depths of their own: of two ways the longer may leave more links

  // Rows that stay in memory when the ledger has them, some 250 bytes each; what changes between
  // two barriers comes on top.
  std::size_t rows_in_memory = 1u << 17;

  // Whether what a page led to may be taken for new: its URL is one, the fingerprint its own. Null:
  // it may.
  std::function<bool(const Fingerprint& fingerprint, std::string_view url)> is_sound;
  // The rule that keeps a URL out whatever way it was reached ("scope", "scheme", "exclude …"), or
  // nothing. Called once a URL, and again by readmit().
  std::function<std::optional<std::string>(std::string_view url)> exclusion;
  // The line of robots.txt that forbids this URL, or nothing. Asked when the URL's turn has come
  // and its origin's robots are known.
  std::function<std::optional<std::uint32_t>(OriginId origin, std::string_view url)>
      disallowing_line;
  // Asked after each page that lease() settles without one: false, and it gives nothing for now
  // although it may have something, with next_ready() in the past. Null: it goes on.
  std::function<bool()> may_go_on;
  // A page is settled without a lease: disallowed or over budget.
  std::function<void(UrlId id)> on_settled_unasked;
  // A sitemap will not be asked for, for this reason: a line of robots.txt, or that this cannot be
  // had.
  std::function<void(SitemapId sitemap, std::string_view reason)> on_sitemap_forbidden;
  // A URL whose result line is written was found at a lesser depth.
  std::function<void(Results::DepthPlace line, std::uint32_t depth)> on_line_depth;
};

struct HostReport {
  std::string name;
  std::uint64_t requests = 0;
  std::uint64_t pending = 0;
  Duration delay{};
  Duration held{};        // time it asked to be left alone for: Retry-After
  Duration politeness{};  // time its requests were kept apart: requests times delay, and held
};

// The ledger could not be read, or there are more URLs than can be numbered: the frontier cannot go
// on, and is not to be asked for anything but to be destroyed. Thrown by whatever needs a row.
struct FrontierFailure : std::exception {
  explicit FrontierFailure(Error e) : error(std::move(e)) {}
  const char* what() const noexcept override { return error.context.c_str(); }
  Error error;
};

class Frontier final : public ChangeSource {
 public:
  explicit Frontier(FrontierOptions options);
  ~Frontier();
  Frontier(const Frontier&) = delete;
  Frontier& operator=(const Frontier&) = delete;

  // ---- discovery

  // A seed or a link: one look-up, then either nothing, a better path, or a new URL in its first
  // state.
  void offer(const Found& found);

  // What a page led to, in one call, in document order. `is_redirect`: the one target of a
  // redirect, at the same depth. A URL is finished with its links, so this comes before settle(). A
  // child that is new and not sound is none.
  struct Child {
    Fingerprint fingerprint;
    std::string_view url;
    bool is_nofollow = false;
  };
  void add_links(UrlId page, const std::vector<Child>& links, bool is_redirect);

  // The exclusion rule named `rule` has become wider, for one host or for several: asks again about
  // what it kept out.
  void readmit(std::string_view rule, std::string_view host);
  void readmit_where(std::string_view rule,
                     const std::function<bool(std::string_view host)>& is_wider);

  // ---- leasing

  // The next thing to ask for, or nothing before next_ready(). The host counts a request from now.
  std::optional<Lease> lease(TimePoint now);

  // When lease() may give something although nothing else happens; nothing when only an event can
  // change that.
  std::optional<TimePoint> next_ready() const;

  // Hosts whose name must be resolved before they are leased, each told once.
  std::optional<HostId> take_unresolved();
  std::string_view first_url(HostId host) const;  // some URL of it, to know what to resolve
  void host_resolved(HostId host, TimePoint good_until);

  // The transfer has ended: the host has one request less in flight. Exactly once a lease.
  void release(const Lease& lease);

  // ---- what came of a lease

  void captured(UrlId id, Place place);
  void settle(UrlId id, UrlState state, std::string_view reason, std::uint32_t detail = 0);
  void set_line(UrlId id, Results::DepthPlace line);
  void retry(UrlId id, TimePoint not_before);  // pending again, one attempt more
  void return_unasked(UrlId id);  // pending again, as if never leased: the crawl is stopping
  void leave_captured(UrlId id);  // likewise, where the capture is good: another run parses it

  // The answer of a robots lease: what it says is good until then, or it could not be had and is
  // asked for again then.
  void robots_known(OriginId origin, TimePoint good_until);
  void robots_unreachable(OriginId origin, TimePoint again, std::string_view cause);

  // A sitemap to be asked for, and that it has been dealt with, whatever came of it.
  void offer_sitemap(SitemapId sitemap, const Url& where);
  void sitemap_done();

  // What an earlier run captured and did not parse: leased, but no host is asked for it and none is
  // to be released. Nothing where it names what is not known. Before seeds and sitemaps are
  // offered.
  std::optional<Lease> take_up(const UnparsedErrand& errand);

  // What such a lease was for again, or elsewhere.
  void ask_again(const Lease& lease, const Url& where, TimePoint not_before, unsigned attempt);

  // Pages that still wait for a robots.txt that could not be had are disallowed: "robots.txt:
  // CAUSE". When nothing else is left to do.
  void forbid_unreachable();

  void set_delay(HostId host, Duration delay);
  void hold(HostId host, TimePoint now, TimePoint until);  // Retry-After

  // ---- the ledger

  // All that has changed since the last call, as rows of this instant. Leases are no part of it:
  // what is leased is pending there.
  void write_changes(LedgerBatch& batch, TimePoint now, WallTime wall);
  void write_changes(Barrier& checkpoint, const Instant& at) override {
    write_changes(checkpoint.batch, at.now, at.wall);
  }
  std::size_t changes() const override;  // rows of URLs
  void write_totals(Books& totals) const override;

  // What write_changes() gave so far is durable in `ledger`, from where a row is read when it is
  // needed again.
  void committed(const Ledger& ledger) override;

  // An empty frontier becomes what the ledger says, and reads rows from there; `key` is that of its
  // fingerprints. What --depth or the limit per host had cut is offered again where they allow more
  // now. No host that was asked is asked before one delay has passed, nor any other after a kill;
  // deadlines by the wall clock are believed as far as they could have been set.
  enum class LastRun : std::uint8_t { kEnded, kKilled };
  Result<void> load(const Ledger& ledger, const FingerprintKey& key, LastRun last_run,
                    TimePoint now, WallTime wall);

  // What an earlier run captured and did not parse, one a call: leased, but no host is asked for it
  // and none is to be released.
  struct Unparsed {
    Lease lease;
    Place place;
  };
  std::optional<Unparsed> take_unparsed();

  // ---- what is known

  std::string_view url(UrlId id) const;
  UrlState state(UrlId id) const;
  std::string_view reason(UrlId id) const;
  std::uint32_t detail(UrlId id) const;  // robots.txt: the line
  std::uint32_t depth(UrlId id) const;
  UrlId referrer(UrlId id) const;
  std::uint32_t seed(UrlId id) const;
  unsigned attempts(UrlId id) const;
  std::string_view origin_name(OriginId origin) const;
  HostId host_of(OriginId origin) const;
  std::optional<UrlId> find(const Fingerprint& fingerprint) const;

  std::uint64_t discovered() const;
  std::uint64_t count(UrlState state) const;
  const UrlCounts& counts() const;
  std::uint64_t leased() const;  // pages
  std::uint64_t discovered_but_not_leased() const;
  bool has_work() const;  // pages pending and not leased, robots.txt or sitemaps to ask for
  std::size_t hosts_asked() const;    // to which a request went
  std::size_t hosts_waiting() const;  // for their delay
  bool has_delayed() const;           // retries that wait for their time
  std::map<std::pair<UrlState, std::string>, std::uint64_t> counts_by_reason() const;
  std::vector<HostReport> slowest_hosts(
      std::size_t most) const;  // by time spent on politeness, longest first

 private:
  struct Store;
  std::unique_ptr<Store> store_;
};

}  // namespace scraper::storage
