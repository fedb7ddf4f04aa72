#include "scraper/crawl/crawl.h"

#include <fmt/format.h>

#include <algorithm>
#include <boost/asio/as_tuple.hpp>
#include <boost/asio/co_spawn.hpp>
#include <boost/asio/use_awaitable.hpp>
#include <utility>

#include "base/rethrow.h"
#include "base/say.h"

namespace asio = boost::asio;

namespace scraper {

using storage::Lease;
using storage::LeaseKind;
using storage::UrlState;

namespace {

constexpr std::size_t kMostLookups = 64;
constexpr auto kGoodLookup = std::chrono::seconds(
    240);  // below the resolver's own keeping time, so that it answers from its cache
constexpr auto kBadLookup = std::chrono::seconds(30);
constexpr auto kMaxTimeGrace = std::chrono::seconds(5);

// RFC 9309 2.5: a reader may stop at 500 KiB; some room for a gzip that does not help.
constexpr std::uint64_t kMostRobots = 512u << 10;
constexpr std::uint64_t kMostSitemap = 50u << 20;  // the protocol's limit

// Settling URLs that robots.txt forbids may take long; what has come meanwhile waits no longer than
// this.
constexpr auto kLongestTurn = std::chrono::milliseconds(10);

constexpr auto kIdleTick = std::chrono::seconds(30);

}  // namespace

Crawl::ErrandName Crawl::name_of(const Lease& errand) {
  return {errand.kind, errand.kind == LeaseKind::kRobots ? errand.origin : errand.sitemap};
}

// ---- the loop

asio::awaitable<void> Crawl::lease_all() {
  take_up_errands();
  offer_seeds();
  offer_sitemaps();
  while (true) {
    check_limits(now());
    const Wait reason = lease_what_may();
    if (is_done()) {
      if (!is_stopping_) frontier_->forbid_unreachable();
      co_return;
    }
    start_lookups();
    co_await wait(reason);
  }
}

// Why nothing more may be leased. It may also have settled URLs without a lease: the last of them
// ends the crawl.
Wait Crawl::lease_what_may() {
  lease_until_ = now() + kLongestTurn;
  while (true) {
    const TimePoint now = this->now();
    if (const auto reason = obstacle(now)) return *reason;
    if (auto unparsed = frontier_->take_unparsed()) {
      start_unparsed(std::move(*unparsed));
      continue;
    }
    const auto lease = frontier_->lease(now);
    if (!lease) return why_nothing_is_ready();
    start(*lease);
  }
}

void Crawl::start_lookups() {
  while (lookups_ < kMostLookups) {
    const auto host = frontier_->take_unresolved();
    if (!host) return;
    ++lookups_;
    asio::co_spawn(io_, look_up(*host), kRethrow);
  }
}

void Crawl::start(const Lease& lease) {
  ++active_;
  ++in_flight_;
  ++meter_.requests;
  if (lease.kind == LeaseKind::kRobots) ++meter_.robots_requests;
  if (lease.kind == LeaseKind::kSitemap) ++meter_.sitemap_requests;
  if (options_.rate > 0) {
    const auto gap =
        std::chrono::duration_cast<Duration>(std::chrono::duration<double>(1 / options_.rate));
    next_start_by_rate_ = std::max(next_start_by_rate_, now() - gap) + gap;
  }
  meter_.fetching.set(in_flight_, now());
  spawn(lease.kind == LeaseKind::kPage ? crawl_page(lease) : crawl_errand(lease));
}

void Crawl::start_unparsed(storage::Frontier::Unparsed unparsed) {
  ++active_;
  spawn(crawl_unparsed(std::move(unparsed.lease), unparsed.place));
}

void Crawl::spawn(asio::awaitable<void> way) {
  asio::co_spawn(io_, std::move(way), [this](std::exception_ptr e) {
    if (e) std::rethrow_exception(e);
    --active_;
    wake();
  });
}

asio::awaitable<void> Crawl::crawl_page(Lease lease) {
  Capture capture = co_await transfer(lease.url);
  frontier_->release(lease);
  Capture outline = capture.outline();
  if (outline.error == FetchError::kCancelled || is_our_failure(outline))
    co_return frontier_->return_unasked(lease.id);

  auto archived = co_await archive(lease, std::move(capture));
  if (!archived) co_return frontier_->return_unasked(lease.id);
  const Place place = archived->place;
  outline.digest = archived->digest;
  if (try_again(lease, outline)) co_return;
  frontier_->captured(lease.id, place);
  if (outline.error != FetchError::kNone) co_return take_failure(lease, outline, place);
  co_await parse_page(lease, outline, place, std::move(archived->bytes));
}

// What an earlier run captured is not asked for again.
asio::awaitable<void> Crawl::crawl_unparsed(Lease lease, Place place) {
  const auto outline = segments_->read_outline(place);
  if (!outline) {
    fail_of_machine(outline.error());
    co_return frontier_->leave_captured(lease.id);
  }
  if (outline->error != FetchError::kNone) co_return take_failure(lease, *outline, place);
  RecordBytes none;  // with a name: g++ 12 destroys a braced temporary in a co_await twice
  co_await parse_page(lease, *outline, place, std::move(none));
}

asio::awaitable<void> Crawl::parse_page(const Lease& lease, const Capture& outline, Place place,
                                        RecordBytes bytes) {
  const parse::ParseOutcome parsed =
      co_await parse(place, parse::TaskKind::kPage, std::move(bytes));
  take_page(lease, outline, place, parsed);
}

// The same way for what is no page: captured and read by a worker like one, it has no result line.
asio::awaitable<void> Crawl::crawl_errand(Lease lease) {
  const bool is_robots = lease.kind == LeaseKind::kRobots;
  Capture capture = co_await transfer(lease.url, is_robots ? kMostRobots : kMostSitemap);
  frontier_->release(lease);
  Capture outline = capture.outline();
  if (outline.error == FetchError::kCancelled) co_return;
  if (is_our_failure(outline))
    co_return frontier_->ask_again(lease, outline.url, now(), lease.attempt);

  auto archived = co_await archive(lease, std::move(capture));
  if (!archived) co_return frontier_->ask_again(lease, outline.url, now(), lease.attempt);
  if (try_again(lease, outline)) co_return;
  if (outline.error != FetchError::kNone) co_return miss_errand(lease, to_string(outline.error));

  const Place place = archived->place;
  unparsed_errands_[name_of(lease)] = {lease.kind, name_of(lease).second, lease.url, place};
  have_errands_changed_ = true;
  co_await parse_errand(lease, outline, place, std::move(archived->bytes));
}

asio::awaitable<void> Crawl::crawl_unparsed_errand(Lease lease, Place place) {
  const auto outline = segments_->read_outline(place);
  if (!outline) co_return fail_of_machine(outline.error());
  RecordBytes none;  // with a name, as above
  co_await parse_errand(lease, *outline, place, std::move(none));
}

asio::awaitable<void> Crawl::parse_errand(const Lease& lease, const Capture& outline, Place place,
                                          RecordBytes bytes) {
  const auto kind =
      lease.kind == LeaseKind::kRobots ? parse::TaskKind::kRobots : parse::TaskKind::kSitemap;
  auto outcome = co_await parse(place, kind, std::move(bytes));
  take_errand(lease, outline, place, std::move(outcome));
}

asio::awaitable<Capture> Crawl::transfer(std::string url, std::optional<std::uint64_t> max_body) {
  fetch::FetchRequest request;
  request.max_body = max_body;
  request.url = Url::from_serialised(std::move(url)).value();
  request.sends_secrets =
      !secret_origins_.empty() && secret_origins_.contains(request.url.origin());
  Capture capture;
  if (options_.fetch.proxy.empty()) {
    auto resolution = co_await resolver_->resolve(
        fetch::endpoint_of(request.url, options_.fetch.connect_to).host);
    if (resolution.addresses.empty()) {
      capture.url = request.url;
      capture.error = resolution.is_exhausted ? FetchError::kExhausted : FetchError::kResolve;
      capture.error_text = std::move(resolution.error);
      capture.timing.started = wall_now();
    }
    request.addresses = std::move(resolution.addresses);
  }
  if (capture.error == FetchError::kNone) {
    capture = co_await fetcher_->fetch(std::move(request));
    if (capture.status > 0) meter_.latency.add(capture.timing.total);
  }
  --in_flight_;
  meter_.fetching.set(in_flight_, now());
  meter_.received_bytes += capture.received_bytes;
  wake();
  co_return capture;
}

// With the hand-off `file` the archive is the way to the workers, and the bytes are let go once
// they are on disk.
asio::awaitable<std::optional<storage::Appended>> Crawl::archive(const Lease& lease,
                                                                 Capture capture) {
  storage::CaptureEntry entry = entry_of(lease, capture);
  const auto keep =
      options_.handoff == parse::Handoff::kFile ? storage::Keep::kNo : storage::Keep::kYes;
  const std::uint64_t bytes = capture.body.size;
  ++unparsed_;
  meter_.unparsed.set(unparsed_, now());
  if (!co_await wait_for_barrier(bytes)) {
    --unparsed_;
    meter_.unparsed.set(unparsed_, now());
    co_return std::nullopt;
  }
  appending_ += bytes;
  auto appended = co_await segments_->append(std::move(capture), keep);
  appending_ -= bytes;
  --unparsed_;
  meter_.unparsed.set(unparsed_, now());
  if (appended) {
    note_capture(entry, *appended);
    co_return std::move(*appended);
  }
  committed_.cancel();  // what it did not take another capture may have
  meet(appended.error());
  co_return std::nullopt;
}

asio::awaitable<parse::ParseOutcome> Crawl::parse(Place place, parse::TaskKind kind,
                                                  RecordBytes bytes) {
  ++unparsed_;
  meter_.unparsed.set(unparsed_, now());
  auto outcome = co_await pool_->parse(place, kind, std::move(bytes));
  --unparsed_;
  meter_.unparsed.set(unparsed_, now());
  co_return outcome;
}

asio::awaitable<void> Crawl::look_up(storage::HostId host) {
  bool is_good = true;
  if (options_.fetch.proxy.empty()) {
    const auto url = Url::from_serialised(std::string(frontier_->first_url(host)));
    const auto resolution =
        co_await resolver_->resolve(fetch::endpoint_of(*url, options_.fetch.connect_to).host);
    is_good = !resolution.addresses.empty();
  }
  --lookups_;
  frontier_->host_resolved(host, now() + (is_good ? Duration(kGoodLookup) : Duration(kBadLookup)));
  wake();
}

// ---- when to lease and when to wait

std::optional<Wait> Crawl::obstacle(TimePoint now) const {
  if (is_stopping_) return Wait::kDiscovery;
  if (room_.is_paused()) return Wait::kRoom;
  if (in_flight_ >= most_in_flight_) return Wait::kSlots;
  if (unparsed_ >= most_unparsed_) return Wait::kParse;
  if (segments_->is_full() || is_far_ahead()) return Wait::kDisk;
  if (printed_ && printed_->is_full()) return Wait::kOutput;
  if (options_.rate > 0 && now < next_start_by_rate_) return Wait::kRate;
  // --limit promises the number of stored pages: never more in flight than could still be stored.
  if (options_.limit != kNoLimit &&
      frontier_->count(UrlState::kStored) + frontier_->leased() >= options_.limit)
    return Wait::kDiscovery;
  return std::nullopt;
}

Wait Crawl::why_nothing_is_ready() const {
  if (frontier_->hosts_waiting() > 0) return Wait::kPoliteness;
  if (frontier_->has_delayed()) return Wait::kBackOff;
  if (frontier_->leased() == 0 && in_flight_ > 0)
    return Wait::kLookup;  // robots.txt and sitemaps are on their way
  if (lookups_ > 0) return Wait::kLookup;
  if (frontier_->discovered_but_not_leased() > 0) return Wait::kHostBusy;
  return in_flight_ == 0 && unparsed_ > 0 ? Wait::kReading : Wait::kDiscovery;
}

bool Crawl::is_done() const {
  if (active_ > 0) return false;
  if (printed_ && !printed_->is_empty() && !is_cut_short_) return false;
  return is_stopping_ || (!frontier_->has_work() && lookups_ == 0 && !room_.is_paused());
}

void Crawl::check_limits(TimePoint now) {
  if (is_stopping_) return;
  if (frontier_->count(UrlState::kStored) >= options_.limit) stop(End::kLimit);
  if (before_.received_bytes + meter_.received_bytes >= options_.quota) stop(End::kQuota);
  if (options_.max_time && now - meter_.started >= *options_.max_time) {
    stop(End::kMaxTime);
    asio::co_spawn(io_, cut_short_after(kMaxTimeGrace), kRethrow);
  }
  if (!printed_) return;
  // A reader that has seen enough (head, a closed pager) ends the crawl like a limit does.
  if (printed_->is_closed()) stop(End::kOutputClosed);
  if (printed_->error()) fail(*printed_->error());
}

std::optional<TimePoint> Crawl::next_deadline(TimePoint now) const {
  std::optional<TimePoint> deadline;
  const auto earlier = [&](TimePoint t) { deadline = deadline ? std::min(*deadline, t) : t; };
  if (is_stopping_) return std::nullopt;
  const auto reason = obstacle(now);
  if (reason == Wait::kRate) earlier(next_start_by_rate_);
  if (!reason) {
    if (const auto ready = frontier_->next_ready()) earlier(*ready);
  }
  if (options_.max_time) earlier(meter_.started + *options_.max_time);
  return deadline;
}

// Until something happens or a deadline comes. One timer, one waiter: only lease_all calls this.
asio::awaitable<void> Crawl::wait(Wait reason) {
  const TimePoint begun = now();
  waker_.expires_at(next_deadline(begun).value_or(begun + kIdleTick));
  is_waiting_ = true;
  co_await waker_.async_wait(asio::as_tuple(asio::use_awaitable));
  is_waiting_ = false;
  const TimePoint until = std::min(now(), stopped_at_);
  if (until > begun) meter_.waited[static_cast<std::size_t>(reason)] += until - begun;
}

void Crawl::wake() {
  if (is_waiting_) waker_.cancel();
}

}  // namespace scraper
