#include "scraper/crawl/crawl.h"

#include <algorithm>
#include <boost/asio/co_spawn.hpp>
#include <exception>
#include <new>
#include <utility>

#include "base/rethrow.h"
#include "parse/record_codec.h"

namespace asio = boost::asio;

namespace scraper {

using storage::Lease;
using storage::LeaseKind;
using storage::UrlState;

namespace {

constexpr std::size_t kMostLookups = 64;
// Below the resolver's own keeping time, so that it answers from its cache.
constexpr auto kGoodLookup = std::chrono::seconds(240);
constexpr auto kBadLookup = std::chrono::seconds(30);
constexpr auto kMaxTimeGrace = std::chrono::seconds(5);

// Captures that may wait for a worker: enough that a page of a second's work does not starve the
// others.
constexpr std::size_t kUnparsedPerWorker = 64;
constexpr std::size_t kLeastUnparsed = 256;

// Settling URLs that robots.txt forbids may take long; what has come meanwhile waits no longer than
// this.
constexpr auto kLongestTurn = std::chrono::milliseconds(10);

constexpr auto kIdleTick = std::chrono::seconds(30);

}  // namespace

Crawl::Crawl(const CrawlOptions& options, ScopeRules scope, asio::io_context& io, Clock& clock,
             std::unique_ptr<Stages> stages)
    : options_(options),
      io_(io),
      clock_(clock),
      waker_(clock.make_alarm()),
      stopping_(io, clock, meter_, options.is_quiet),
      shortage_(options, stopping_, meter_, clock),
      frontier_(frontier_options()),
      checkpoints_(io, clock, *stages, stopping_, shortage_, meter_, [this] { wake(); }),
      quarantined_(stopping_),
      errands_(options, frontier_, quarantined_, checkpoints_, clock),
      recorder_(
          {options, frontier_, errands_, quarantined_, checkpoints_, stopping_, meter_, clock},
          std::move(scope), io, [this] { wake(); }),
      stages_(std::move(stages)) {
  checkpoints_.add(recorder_);
  checkpoints_.add(quarantined_);
  checkpoints_.add(errands_);
  checkpoints_.add(frontier_);
  stopping_.on_change([this] { wake(); });
  stopping_.on_cut([this] { stages_->cancel_transfers(); });
}

storage::FrontierOptions Crawl::frontier_options() {
  storage::FrontierOptions frontier;
  frontier.per_host = options_.per_host;
  frontier.delay = options_.delay;
  frontier.asks_robots = options_.obeys_robots;
  frontier.limit_per_host = options_.limit_per_host;
  frontier.max_hops = options_.max_redirect;
  frontier.depth = options_.depth;
  for (const Seed& seed : options_.seeds) {
    frontier.seed_limits.push_back(seed.limit);
    frontier.has_own_depths |= seed.depth.value_or(options_.depth) != options_.depth;
  }
  frontier.may_shorten_late =
      frontier.has_own_depths || options_.reads_robots_sitemaps || !options_.sitemaps.empty();
  frontier.on_sitemap_forbidden = [this](storage::SitemapId sitemap, std::string_view reason) {
    errands_.sitemap_forbidden(sitemap, reason);
  };
  if (options_.is_verbose)
    frontier.on_settled_unasked = [this](storage::UrlId id) { recorder_.report_settled(id); };
  frontier.may_go_on = [this] { return now() < lease_until_; };
  frontier.is_sound = [this](const Fingerprint& print, std::string_view url) {
    return parse::is_sound(print, url, checkpoints_.key());
  };
  frontier.exclusion = [this](std::string_view url) { return recorder_.exclusion(url); };
  frontier.disallowing_line = [this](storage::OriginId origin, std::string_view url) {
    return errands_.disallowing_line(origin, url);
  };
  frontier.on_line_depth = [this](storage::Results::DepthPlace line, std::uint32_t depth) {
    recorder_.lower_depth(line, depth);
  };
  return frontier;
}

// ---- the beginning and the end

void Crawl::run() {
  const Duration cpu_before = thread_cpu();
  asio::co_spawn(io_, stopping_.watch_signals(), kRethrow);
  begin();
  try {
    io_.run();
  } catch (const storage::FrontierFailure& failure) {
    stopping_.lose_frontier(failure.error);
  } catch (const std::bad_alloc&) {
    stopping_.lose_frontier({Errc::kExhausted, "out of memory"});
  }
  meter_.owner_cpu = thread_cpu() - cpu_before;
}

void Crawl::begin() {
  meter_.started = now();
  meter_.started_wall = clock_.wall_now();
  meter_.in_flight.set(0, meter_.started);
  meter_.unparsed.set(0, meter_.started);
  asio::co_spawn(io_, checkpoints_.run(), kRethrow);
  asio::co_spawn(io_, lease_all(), [this](std::exception_ptr e) {
    if (e) std::rethrow_exception(e);
    stopping_.mark_ended();
    io_.stop();  // engines and pool keep waiting for their descriptors
  });
}

bool Crawl::has_work() const {
  // The seeds themselves, when an earlier run was killed as it began.
  if (frontier_.discovered() == 0 || errands_.has_sitemaps_to_do()) return true;
  return frontier_.counts().sum(&storage::UrlStateTraits::is_open) > 0;
}

// ---- the loop

asio::awaitable<void> Crawl::lease_all() {
  for (Errands::Unparsed& errand : errands_.take_up()) {
    ++active_;
    spawn(crawl_unparsed_errand(std::move(errand.lease), errand.place));
  }
  offer_seeds();
  errands_.offer_sitemaps();
  while (true) {
    check_limits(now());
    const Wait reason = lease_what_may();
    if (is_done()) {
      if (!stopping_.is_stopping()) frontier_.forbid_unreachable();
      co_return;
    }
    start_lookups();
    co_await wait(reason);
  }
}

void Crawl::offer_seeds() {
  for (std::size_t i = 0; i < options_.seeds.size(); ++i) {
    const Seed& seed = options_.seeds[i];
    storage::Found found;
    found.url = seed.url.href();
    found.fingerprint = fingerprint(found.url, checkpoints_.key());
    found.path.left = seed.depth.value_or(options_.depth);
    found.seed = static_cast<std::uint32_t>(i);
    found.is_seed = true;
    frontier_.offer(found);
  }
}

// Why nothing more may be leased. It may also have settled URLs without a lease: the last of them
// ends the crawl.
Wait Crawl::lease_what_may() {
  lease_until_ = now() + kLongestTurn;
  while (true) {
    const TimePoint now = this->now();
    if (const auto reason = obstacle(now)) return *reason;
    if (auto unparsed = frontier_.take_unparsed()) {
      ++active_;
      spawn(crawl_unparsed(std::move(unparsed->lease), unparsed->place));
      continue;
    }
    const auto lease = frontier_.lease(now);
    if (!lease) return why_nothing_is_ready();
    start(*lease);
  }
}

void Crawl::start_lookups() {
  while (lookups_ < kMostLookups) {
    const auto host = frontier_.take_unresolved();
    if (!host) return;
    ++lookups_;
    asio::co_spawn(io_, look_up(*host), kRethrow);
  }
}

asio::awaitable<void> Crawl::look_up(storage::HostId host) {
  std::string url(frontier_.first_url(host));
  const bool is_good = co_await stages_->look_up(std::move(url));
  --lookups_;
  frontier_.host_resolved(host, now() + (is_good ? Duration(kGoodLookup) : Duration(kBadLookup)));
  wake();
}

void Crawl::start(const Lease& lease) {
  ++active_;
  ++meter_.requests;
  if (lease.kind == LeaseKind::kRobots) ++meter_.robots_requests;
  if (lease.kind == LeaseKind::kSitemap) ++meter_.sitemap_requests;
  if (options_.rate > 0) {
    const auto gap =
        std::chrono::duration_cast<Duration>(std::chrono::duration<double>(1 / options_.rate));
    next_start_by_rate_ = std::max(next_start_by_rate_, now() - gap) + gap;
  }
  meter_.in_flight.add(now());
  spawn(lease.kind == LeaseKind::kPage ? crawl_page(lease) : crawl_errand(lease));
}

void Crawl::spawn(asio::awaitable<void> way) {
  asio::co_spawn(io_, std::move(way), [this](std::exception_ptr e) {
    if (e) std::rethrow_exception(e);
    --active_;
    wake();
  });
}

// ---- the way of a page

asio::awaitable<void> Crawl::crawl_page(Lease lease) {
  Capture capture = co_await transfer(lease);
  if (capture.error == FetchError::kCancelled || shortage_.is_to_blame(capture))
    co_return frontier_.return_unasked(lease.id);

  auto archived = co_await checkpoints_.archive(lease, std::move(capture));
  if (!archived) co_return frontier_.return_unasked(lease.id);
  if (recorder_.try_again(lease, archived->outline)) co_return;
  frontier_.captured(lease.id, archived->place);
  co_await parse_page(lease, std::move(*archived));
}

// What an earlier run captured is not requested again.
asio::awaitable<void> Crawl::crawl_unparsed(Lease lease, Place place) {
  auto archived = read_archived(place);
  if (!archived) co_return frontier_.leave_captured(lease.id);
  co_await parse_page(lease, std::move(*archived));
}

asio::awaitable<void> Crawl::parse_page(const Lease& lease, Archived archived) {
  if (archived.outline.error != FetchError::kNone)
    co_return recorder_.take_failure(lease, archived);
  const parse::ParseOutcome parsed = co_await parse(archived, parse::TaskKind::kPage);
  recorder_.take_page(lease, archived, parsed);
}

// The same way for what is no page: it has no result line.
asio::awaitable<void> Crawl::crawl_errand(Lease lease) {
  Capture capture = co_await transfer(lease);
  if (capture.error == FetchError::kCancelled) co_return;
  const Url url = capture.url;
  if (shortage_.is_to_blame(capture))
    co_return frontier_.ask_again(lease, url, now(), lease.attempt);

  auto archived = co_await checkpoints_.archive(lease, std::move(capture));
  if (!archived) co_return frontier_.ask_again(lease, url, now(), lease.attempt);
  const Capture& outline = archived->outline;
  if (recorder_.try_again(lease, outline)) co_return;
  if (outline.error != FetchError::kNone) co_return errands_.miss(lease, to_string(outline.error));
  errands_.captured(lease, archived->place);
  co_await parse_errand(lease, std::move(*archived));
}

asio::awaitable<void> Crawl::crawl_unparsed_errand(Lease lease, Place place) {
  auto archived = read_archived(place);
  if (archived) co_await parse_errand(lease, std::move(*archived));
}

asio::awaitable<void> Crawl::parse_errand(const Lease& lease, Archived archived) {
  auto outcome = co_await parse(archived, Errands::task_of(lease.kind));
  errands_.take(lease, archived, std::move(outcome));
}

asio::awaitable<Capture> Crawl::transfer(const Lease& lease) {
  std::optional<std::uint64_t> most;
  if (lease.kind != LeaseKind::kPage) most = Errands::most_bytes(lease.kind);
  Capture capture = co_await stages_->transfer(lease.url, most);
  if (capture.status > 0) meter_.latency.add(capture.timing.total);
  meter_.in_flight.remove(now());
  meter_.received_bytes += capture.received_bytes;
  frontier_.release(lease);
  wake();
  co_return capture;
}

asio::awaitable<parse::ParseOutcome> Crawl::parse(Archived& archived, parse::TaskKind kind) {
  meter_.unparsed.add(now());
  auto outcome = co_await stages_->parse(archived.place, kind, std::move(archived.bytes));
  meter_.unparsed.remove(now());
  co_return outcome;
}

// Nothing: the crawl fails.
std::optional<Archived> Crawl::read_archived(Place place) {
  auto outline = stages_->read_outline(place);
  if (outline) return Archived{std::move(*outline), place, {}};
  stopping_.fail_of_machine(outline.error());
  return std::nullopt;
}

// ---- when to lease and when to wait

std::optional<Wait> Crawl::obstacle(TimePoint now) const {
  if (stopping_.is_stopping()) return Wait::kDiscovery;
  if (shortage_.is_paused()) return Wait::kRoom;
  if (meter_.in_flight.value() >= shortage_.most_in_flight()) return Wait::kSlots;
  const std::size_t most_unparsed = std::max(kLeastUnparsed, options_.workers * kUnparsedPerWorker);
  if (meter_.unparsed.value() >= most_unparsed) return Wait::kParse;
  if (stages_->is_full() || checkpoints_.is_far_ahead()) return Wait::kDisk;
  const auto& printed = recorder_.printed();
  if (printed && printed->is_full()) return Wait::kOutput;
  if (options_.rate > 0 && now < next_start_by_rate_) return Wait::kRate;
  // --limit promises the number of stored pages: never more in flight than could still be stored.
  if (options_.limit != kNoLimit &&
      frontier_.count(UrlState::kStored) + frontier_.leased() >= options_.limit)
    return Wait::kDiscovery;
  return std::nullopt;
}

Wait Crawl::why_nothing_is_ready() const {
  const std::size_t in_flight = meter_.in_flight.value();
  if (frontier_.hosts_waiting() > 0) return Wait::kPoliteness;
  if (frontier_.has_delayed()) return Wait::kBackOff;
  // robots.txt and sitemaps are on their way
  if (frontier_.leased() == 0 && in_flight > 0) return Wait::kLookup;
  if (lookups_ > 0) return Wait::kLookup;
  if (frontier_.discovered_but_not_leased() > 0) return Wait::kHostBusy;
  return in_flight == 0 && meter_.unparsed.value() > 0 ? Wait::kReading : Wait::kDiscovery;
}

bool Crawl::is_done() const {
  if (active_ > 0) return false;
  const auto& printed = recorder_.printed();
  if (printed && !printed->is_empty() && !stopping_.is_cut_short()) return false;
  return stopping_.is_stopping() ||
         (!frontier_.has_work() && lookups_ == 0 && !shortage_.is_paused());
}

void Crawl::check_limits(TimePoint now) {
  if (stopping_.is_stopping()) return;
  const std::uint64_t received = checkpoints_.before().received_bytes + meter_.received_bytes;
  if (frontier_.count(UrlState::kStored) >= options_.limit) stopping_.stop(End::kLimit);
  if (received >= options_.quota) stopping_.stop(End::kQuota);
  if (options_.max_time && now - meter_.started >= *options_.max_time) {
    stopping_.stop(End::kMaxTime);
    stopping_.cut_short_after(kMaxTimeGrace);
  }
  const auto& printed = recorder_.printed();
  if (!printed) return;
  // A reader that has seen enough (head, a closed pager) ends the crawl like a limit does.
  if (printed->is_closed()) stopping_.stop(End::kOutputClosed);
  if (printed->error()) stopping_.fail(*printed->error());
}

std::optional<TimePoint> Crawl::next_deadline(TimePoint now) const {
  std::optional<TimePoint> deadline;
  const auto earlier = [&](TimePoint t) { deadline = deadline ? std::min(*deadline, t) : t; };
  if (stopping_.is_stopping()) return std::nullopt;
  const auto reason = obstacle(now);
  if (reason == Wait::kRate) earlier(next_start_by_rate_);
  if (!reason) {
    if (const auto ready = frontier_.next_ready()) earlier(*ready);
  }
  if (options_.max_time) earlier(meter_.started + *options_.max_time);
  return deadline;
}

// Until something happens or a deadline comes. Only lease_all calls this.
asio::awaitable<void> Crawl::wait(Wait reason) {
  const TimePoint begun = now();
  is_waiting_ = true;
  co_await waker_->wait_until(next_deadline(begun).value_or(begun + kIdleTick));
  is_waiting_ = false;
  const TimePoint until = std::min(now(), stopping_.stopped_at());
  if (until > begun) meter_.waited[static_cast<std::size_t>(reason)] += until - begun;
}

void Crawl::wake() {
  if (is_waiting_) waker_->cancel();
}

}  // namespace scraper
