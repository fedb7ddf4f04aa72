// The crawl's life: its start, its ends and who asks for them, what it shows meanwhile.
#include <fmt/format.h>
#include <time.h>

#include <boost/asio/as_tuple.hpp>
#include <boost/asio/co_spawn.hpp>
#include <boost/asio/use_awaitable.hpp>
#include <csignal>
#include <exception>
#include <new>
#include <utility>

#include "base/progress.h"
#include "base/rethrow.h"
#include "base/say.h"
#include "scraper/crawl/crawl.h"

namespace asio = boost::asio;

namespace scraper {

using storage::LeaseKind;
using storage::UrlState;

namespace {

constexpr auto kTermGrace = std::chrono::seconds(3);
constexpr auto kCutGrace =
    std::chrono::milliseconds(700);  // cut short it has ended within a second, the report written

Duration thread_cpu() {
  timespec t{};
  clock_gettime(CLOCK_THREAD_CPUTIME_ID, &t);
  return std::chrono::seconds(t.tv_sec) + std::chrono::nanoseconds(t.tv_nsec);
}

}  // namespace

std::string_view to_string(Crawl::End end) {
  switch (end) {
    case Crawl::End::kComplete: return "complete";
    case Crawl::End::kLimit: return "limit";
    case Crawl::End::kMaxTime: return "max-time";
    case Crawl::End::kQuota: return "quota";
    case Crawl::End::kInterrupted: return "interrupted";
    case Crawl::End::kTerminated: return "terminated";
    case Crawl::End::kOutputClosed: return "output closed";
    case Crawl::End::kBroken: return "error";
  }
  return "unknown";
}

void Crawl::run() {
  const Duration cpu_before = thread_cpu();
  meter_.started = now();
  meter_.started_wall = wall_now();
  meter_.fetching.set(0, meter_.started);
  meter_.unparsed.set(0, meter_.started);
  asio::co_spawn(io_, watch_signals(), kRethrow);
  asio::co_spawn(io_, commit_regularly(), kRethrow);
  Progress progress(options_.progress, options_.is_quiet);
  asio::co_spawn(io_, show_progress(progress), kRethrow);
  asio::co_spawn(io_, lease_all(), [this](std::exception_ptr e) {
    if (e) std::rethrow_exception(e);
    ended_ = now();
    io_.stop();  // engines and pool keep waiting for their descriptors
  });
  try {
    io_.run();
  } catch (const storage::FrontierFailure& failure) {
    lose_frontier(failure.error);
  } catch (const std::bad_alloc&) {
    lose_frontier({Errc::kExhausted, "out of memory"});
  }
  progress.end();
  owner_cpu_ = thread_cpu() - cpu_before;
  commit_last();
}

// What was done since the last barrier is half done: it is left to the next run.
void Crawl::lose_frontier(Error why) {
  is_frontier_lost_ = true;
  is_cut_short_ = true;
  fail_of_machine(std::move(why));
}

// Robots.txt files and sitemaps that an earlier run captured.
void Crawl::take_up_errands() {
  for (const auto& [name, errand] : unparsed_errands_) {
    auto lease = frontier_->take_up(errand);
    if (!lease) continue;
    ++active_;
    spawn(crawl_unparsed_errand(std::move(*lease), errand.place));
  }
}

void Crawl::offer_seeds() {
  for (std::size_t i = 0; i < options_.seeds.size(); ++i) {
    const Seed& seed = options_.seeds[i];
    storage::Found found;
    found.url = seed.url.href();
    found.fingerprint = fingerprint(found.url, key_);
    found.path.left = seed.depth.value_or(options_.depth);
    found.seed = static_cast<std::uint32_t>(i);
    found.is_seed = true;
    frontier_->offer(found);
  }
}

void Crawl::offer_sitemaps() {
  // Those that an earlier run did not get to.
  for (storage::SitemapId id = 0; id < sitemap_book_.size(); ++id) {
    if (sitemap_book_.row(id).is_done || unparsed_errands_.contains({LeaseKind::kSitemap, id}))
      continue;
    if (const auto url = Url::from_serialised(sitemap_book_.row(id).url))
      frontier_->offer_sitemap(id, *url);
  }
  for (const Url& url : options_.sitemaps) {
    if (const auto id = sitemap_book_.add(url)) frontier_->offer_sitemap(*id, url);
  }
}

void Crawl::stop(End why) {
  // An interruption of what was ending anyway is an interruption all the same.
  if (is_stopping_ && why != End::kInterrupted && why != End::kTerminated) return;
  if (end_ == End::kBroken) return;
  if (!is_stopping_) stopped_at_ = now();
  is_stopping_ = true;
  end_ = why;
  wake();
}

void Crawl::fail(Error error) {
  if (!error_) error_ = std::move(error);
  if (end_ != End::kBroken) fetcher_->cancel_all();
  if (!is_stopping_) stopped_at_ = now();
  is_stopping_ = true;
  end_ = End::kBroken;
  committed_.cancel();
  wake();
}

// The first signal finishes what is in flight, the second ends it now; a termination gives it a few
// seconds.
asio::awaitable<void> Crawl::watch_signals() {
  for (int signals = 1;; ++signals) {
    const auto [error, number] = co_await signals_.async_wait(asio::as_tuple(asio::use_awaitable));
    if (error) co_return;
    const bool is_second = signals > 1;
    stop(number == SIGTERM ? End::kTerminated : End::kInterrupted);
    if (!is_second && !options_.is_quiet) {
      fmt::print(stderr,
                 "\nscraper: finishing what is in flight ({} requests, {} to parse); once more to "
                 "stop now\n",
                 in_flight_, unparsed_);
    }
    if (is_second) {
      asio::co_spawn(io_, cut_short(), kRethrow);
    } else if (number == SIGTERM) {
      asio::co_spawn(io_, cut_short_after(kTermGrace), kRethrow);
    }
  }
}

asio::awaitable<void> Crawl::cut_short_after(Duration grace) {
  asio::steady_timer timer(io_, grace);
  co_await timer.async_wait(asio::as_tuple(asio::use_awaitable));
  co_await cut_short();
}

// What was fetched is still written and what is parsed by then recorded; a document that takes
// longer is left captured.
asio::awaitable<void> Crawl::cut_short() {
  is_cut_short_ = true;
  fetcher_->cancel_all();
  wake();
  asio::steady_timer timer(io_, kCutGrace);
  co_await timer.async_wait(asio::as_tuple(asio::use_awaitable));
  if (!ended_) io_.stop();
}

asio::awaitable<void> Crawl::show_progress(Progress& progress) {
  while (progress.is_shown()) {
    ticker_.expires_after(progress.interval());
    co_await ticker_.async_wait(asio::as_tuple(asio::use_awaitable));
    progress.show({seconds(elapsed()), frontier_->count(UrlState::kStored),
                   frontier_->count(UrlState::kFailed), frontier_->count(UrlState::kPending),
                   frontier_->discovered(), meter_.received_bytes, in_flight_, unparsed_,
                   frontier_->hosts_waiting(), room_.is_paused()});
  }
}

Busy Crawl::busy() const {
  const double span = seconds(elapsed());
  if (span <= 0) return {};
  const TimePoint end = ended_.value_or(now());
  const auto pool = pool_->stats();
  Busy busy;
  busy.owner = seconds(ended_ ? owner_cpu_ : Duration{}) / span;
  busy.fetch =
      meter_.fetching.mean(meter_.started, end) / static_cast<double>(options_.concurrency);
  busy.parse = std::chrono::duration<double>(pool.busy).count() / span /
               static_cast<double>(options_.workers);
  busy.disk = static_cast<double>(segments_->stats().busy_nanos) / 1e9 / span;
  return busy;
}

}  // namespace scraper
