// The crawl: start reading here. One thread, the owner, holds all state; one coroutine per leased
// URL goes from top to bottom through
//
//     lease -> fetch -> release the host -> archive -> parse -> record -> add links
//
// as in the picture of docs/architecture.md. The loop leases what may be leased and waits; its
// parts do the rest, each in a file of its own:
//
//     frontier     which URLs there are, and which may be requested now
//     stages       transfer, look up, append, parse: whatever happens off the owner's thread
//     checkpoints  what has happened becomes durable, every second or so
//     errands      robots.txt and sitemaps
//     recorder     outcome -> result line -> state -> links
//     shortage     no disk, descriptors or memory: pause, go on, give up
//     stopping     why the crawl ends, and how fast
//
// Owner's thread only. It is put together by open_crawl() (open.h); a test gives it simulated
// stages and a clock of its own.
#pragma once

#include <boost/asio/awaitable.hpp>
#include <boost/asio/io_context.hpp>
#include <memory>
#include <optional>

#include "base/alarm.h"
#include "scraper/crawl/checkpoints.h"
#include "scraper/crawl/errands.h"
#include "scraper/crawl/meter.h"
#include "scraper/crawl/quarantined.h"
#include "scraper/crawl/recorder.h"
#include "scraper/crawl/shortage.h"
#include "scraper/crawl/stages.h"
#include "scraper/crawl/stopping.h"
#include "scraper/frontier/frontier.h"
#include "scraper/rules/options.h"
#include "scraper/rules/scope.h"

namespace scraper {

class Crawl {
 public:
  // `options`, `io` and `clock` outlive it. Nothing runs yet.
  Crawl(const CrawlOptions& options, ScopeRules scope, boost::asio::io_context& io, Clock& clock,
        std::unique_ptr<Stages> stages);

  // Runs `io` until nothing is left to do, a limit is reached, or a signal asks to stop.
  void run();

  // Only starts, for one who runs `io` himself: stopping().ended() says when the loop has ended.
  void begin();

  // After that: the last checkpoint.
  void finish() { checkpoints_.finish(); }

  // True when the crawl may go on: when it has been opened, or has ended short of complete.
  bool has_work() const;

  TimePoint now() const { return clock_.now(); }
  Duration elapsed() const { return stopping_.ended().value_or(now()) - meter_.started; }

  const CrawlOptions& options() const { return options_; }
  const Meter& meter() const { return meter_; }
  Stopping& stopping() { return stopping_; }
  const Stopping& stopping() const { return stopping_; }
  bool is_paused() const { return shortage_.is_paused(); }
  storage::Frontier& frontier() { return frontier_; }
  const storage::Frontier& frontier() const { return frontier_; }
  Checkpoints& checkpoints() { return checkpoints_; }
  const Checkpoints& checkpoints() const { return checkpoints_; }
  Quarantined& quarantined() { return quarantined_; }
  const Quarantined& quarantined() const { return quarantined_; }
  Errands& errands() { return errands_; }
  const Errands& errands() const { return errands_; }
  Recorder& recorder() { return recorder_; }
  const Stages& stages() const { return *stages_; }

 private:
  storage::FrontierOptions frontier_options();

  // The loop.
  boost::asio::awaitable<void> lease_all();
  void offer_seeds();
  Wait lease_what_may();
  void start_lookups();
  boost::asio::awaitable<void> look_up(storage::HostId host);
  void start(const storage::Lease& lease);
  void spawn(boost::asio::awaitable<void> way);

  // The way of a page, and of an errand: from its lease, or from what an earlier run captured.
  boost::asio::awaitable<void> crawl_page(storage::Lease lease);
  boost::asio::awaitable<void> crawl_unparsed(storage::Lease lease, Place place);
  boost::asio::awaitable<void> parse_page(const storage::Lease& lease, Archived archived);
  boost::asio::awaitable<void> crawl_errand(storage::Lease lease);
  boost::asio::awaitable<void> crawl_unparsed_errand(storage::Lease lease, Place place);
  boost::asio::awaitable<void> parse_errand(const storage::Lease& lease, Archived archived);
  boost::asio::awaitable<Capture> transfer(const storage::Lease& lease);
  boost::asio::awaitable<parse::ParseOutcome> parse(Archived& archived, parse::TaskKind kind);
  std::optional<Archived> read_archived(Place place);

  // When to lease and when to wait.
  std::optional<Wait> obstacle(TimePoint now) const;
  Wait why_nothing_is_ready() const;
  bool is_done() const;
  void check_limits(TimePoint now);
  std::optional<TimePoint> next_deadline(TimePoint now) const;
  boost::asio::awaitable<void> wait(Wait reason);
  void wake();

  const CrawlOptions& options_;
  boost::asio::io_context& io_;
  Clock& clock_;
  Meter meter_;
  std::unique_ptr<Alarm> waker_;
  bool is_waiting_ = false;
  Stopping stopping_;
  Shortage shortage_;
  storage::Frontier frontier_;
  Checkpoints checkpoints_;
  Quarantined quarantined_;
  Errands errands_;
  Recorder recorder_;
  std::size_t active_ = 0;  // coroutines of leases
  std::size_t lookups_ = 0;
  TimePoint next_start_by_rate_{};
  TimePoint lease_until_{};         // of this turn of the owner
  std::unique_ptr<Stages> stages_;  // the last, so that they end first
};

}  // namespace scraper
