// The crawl: start reading here. One thread, the owner, holds all state; one coroutine per leased
// URL goes from top to bottom through
//
//     lease -> fetch -> release the host -> parse -> record -> add links
//
// as in the picture of docs/design.md. Engines, appender and workers hide behind awaitables. What
// is decided about a URL is in outcome.h (pure), what may be asked when in storage/frontier.h, what
// a record turns into in crawl_intake.cc, and what robots.txt and sitemaps do in crawl_errands.cc.
#pragma once

#include <sys/resource.h>

#include <array>
#include <boost/asio/awaitable.hpp>
#include <boost/asio/io_context.hpp>
#include <boost/asio/signal_set.hpp>
#include <boost/asio/steady_timer.hpp>
#include <map>
#include <memory>
#include <optional>
#include <random>
#include <set>
#include <string>

#include "base/error.h"
#include "base/fingerprint.h"
#include "base/line_output.h"
#include "fetch/fetcher.h"
#include "fetch/resolver.h"
#include "parse/workers/pool.h"
#include "scraper/config/resume.h"
#include "scraper/crawl/meter.h"
#include "scraper/frontier/frontier.h"
#include "scraper/rules/options.h"
#include "scraper/rules/outcome.h"
#include "scraper/rules/robots_book.h"
#include "scraper/rules/room.h"
#include "scraper/rules/scope.h"
#include "scraper/rules/sitemap_book.h"
#include "storage/committer.h"
#include "storage/ledger.h"
#include "storage/line_file.h"
#include "storage/output_directory.h"
#include "storage/quarantine.h"
#include "storage/recovery.h"
#include "storage/results.h"
#include "storage/segments.h"

namespace scraper {

// Runs `options` to its end and returns the exit code of the program. `effective` is the text of
// OUT/crawl.toml.
int run_crawl(const CrawlOptions& options, const std::string& effective);

class Progress;

class Crawl {
 public:
  // Starts engine and workers, then makes the output directory, or takes the crawl in it where that
  // may be gone on with, and starts the appender. Nothing is left behind when it fails; an earlier
  // crawl is removed (--fresh) only when all but its own directory is known to work, and one that
  // was to be gone on with is as it was.
  static Result<std::unique_ptr<Crawl>> open(const CrawlOptions& options,
                                             const std::string& effective);
  ~Crawl();

  // Until nothing is left to do, a limit is reached, or a signal asks to stop.
  void run();

  // True when the crawl may go on: when it has been opened, or has ended short of complete.
  bool has_work() const;
  bool is_idle() const;

  // True when it was cut short: taking it apart would wait for leases and look-ups still under way.
  bool is_unfinished() const { return !ended_ || is_cut_short_; }

  // Ends the program at once. Coroutines still hang on engines and workers, and the kernel ends
  // both better than we could.
  [[noreturn]] void leave(int code);

  // Why it ended.
  enum class End : std::uint8_t {
    kComplete,
    kLimit,
    kMaxTime,
    kQuota,
    kInterrupted,
    kTerminated,
    kOutputClosed,
    kBroken
  };

  End end() const { return end_; }
  const std::optional<Error>& error() const { return error_; }  // of kBroken
  const CrawlOptions& options() const { return options_; }
  const std::optional<cli::ResumeChanges>& resumed() const {
    return resumed_;
  }  // nothing: a new crawl
  const std::vector<std::string>& recovered() const {
    return recovered_;
  }  // what was cut of an earlier run's files
  const storage::Frontier& frontier() const { return *frontier_; }
  const Meter& meter() const { return meter_; }
  Busy busy() const;
  fetch::FetchStats fetch_stats() const { return fetcher_->stats(); }
  parse::PoolStats pool_stats() const { return pool_->stats(); }
  storage::SegmentStats segment_stats() const { return segments_->stats(); }
  storage::CommitStats commit_stats() const { return committer_->stats(); }
  std::uint64_t last_barrier() const {
    return before_.barrier + 1 + committer_->stats().barriers;
  }  // that is durable
  std::uint64_t stored_before() const {
    return before_.counts[static_cast<std::size_t>(storage::UrlState::kStored)];
  }  // this run
  std::size_t quarantined() const { return quarantine_->count(); }
  const SitemapBook& sitemaps() const { return sitemap_book_; }

  // The first few documents that were set aside, for the report.
  struct SetAsideNote {
    std::string url;
    std::string reason;
    std::string reproduce;  // the command line
  };
  const std::vector<SetAsideNote>& set_aside_notes() const { return set_aside_notes_; }

  TimePoint now() const { return SteadyClock::now(); }
  Duration elapsed() const { return ended_.value_or(now()) - meter_.started; }

 private:
  using ErrandName = std::pair<storage::LeaseKind, std::uint32_t>;

  Crawl(const CrawlOptions& options, ScopeRules scope);
  Result<void> start(const std::string& effective);
  Result<void> prepare_directory(const std::string& effective);
  Result<void> start_fetching();
  Result<void> start_parsing();
  Result<void> open_books();
  Result<void> start_storing();
  storage::FrontierOptions frontier_options();
  void lose_frontier(Error why);
  void take_up_errands();
  void offer_seeds();
  void offer_sitemaps();

  // The loop: leases what may be asked for, waits, ends. One coroutine for each lease.
  boost::asio::awaitable<void> lease_all();
  Wait lease_what_may();
  void start_lookups();
  void start(const storage::Lease& lease);
  boost::asio::awaitable<void> crawl_page(storage::Lease lease);
  boost::asio::awaitable<void> crawl_errand(storage::Lease lease);
  void start_unparsed(storage::Frontier::Unparsed unparsed);
  boost::asio::awaitable<void> crawl_unparsed(storage::Lease lease, Place place);
  boost::asio::awaitable<void> crawl_unparsed_errand(storage::Lease lease, Place place);
  boost::asio::awaitable<void> parse_errand(const storage::Lease& lease, const Capture& outline,
                                            Place place, RecordBytes bytes);
  boost::asio::awaitable<void> parse_page(const storage::Lease& lease, const Capture& outline,
                                          Place place, RecordBytes bytes);
  void spawn(boost::asio::awaitable<void> way);
  boost::asio::awaitable<Capture> transfer(std::string url,
                                           std::optional<std::uint64_t> max_body = std::nullopt);
  boost::asio::awaitable<std::optional<storage::Appended>> archive(const storage::Lease& lease,
                                                                   Capture capture);
  boost::asio::awaitable<parse::ParseOutcome> parse(Place place, parse::TaskKind kind,
                                                    RecordBytes bytes);
  boost::asio::awaitable<void> look_up(storage::HostId host);

  // Why nothing may be leased now, or nothing.
  std::optional<Wait> obstacle(TimePoint now) const;
  Wait why_nothing_is_ready() const;
  bool is_done() const;
  void check_limits(TimePoint now);
  std::optional<TimePoint> next_deadline(TimePoint now) const;
  boost::asio::awaitable<void> wait(Wait reason);
  void wake();

  // The books (crawl_commit.cc): every second or so all that has happened is made durable together.
  Result<void> begin_or_compare(const std::string& effective);
  Result<void> open_ledger();
  Result<void> recover_books();
  Result<void> settle_lost_end();
  Result<void> load_books();
  Result<void> open_lines();
  storage::SegmentEnd first_segment() const;
  Result<void> commit_first();
  storage::Books books(std::string_view end);
  Result<storage::Barrier> cut(std::string_view end);
  boost::asio::awaitable<void> commit_regularly();
  boost::asio::awaitable<Result<void>> commit_changes();
  bool has_changes() const;
  Result<void> flush_lines();
  void write_lines();
  void commit_last();
  bool makes_barriers() const { return barriers_ < most_barriers_; }
  boost::asio::awaitable<bool> wait_for_barrier(std::uint64_t bytes);
  bool is_far_ahead() const;
  void commit_soon();
  static storage::CaptureEntry entry_of(const storage::Lease& lease, const Capture& capture);
  void note_line(std::uint64_t bytes);
  void commit_when_due();
  void note_capture(storage::CaptureEntry entry, const storage::Appended& appended);

  // What came back (crawl_intake.cc). No await inside: what came is taken in one turn.
  bool is_our_failure(const Capture& capture);
  bool try_again(const storage::Lease& lease, const Capture& capture);
  void take_page(const storage::Lease& lease, const Capture& capture, Place place,
                 const parse::ParseOutcome& parsed);
  void take_failure(const storage::Lease& lease, const Capture& capture, Place place);
  bool set_aside(const std::string& url, Place place, const parse::ParseFailure& failure);
  void finish(const storage::Lease& lease, const Outcome& outcome, const Capture& capture,
              Place place, const parse::ParseOutcome* parsed);
  void follow_links(const storage::Lease& lease, const PageRecord& record, bool is_redirect);
  void widen_scope(storage::UrlId page, std::string_view target);
  void print(const storage::RenderedLine& line, const storage::Lease& lease,
             const Outcome& outcome);
  void tell_of(storage::UrlId id) const;

  // What came of an errand: a robots.txt or a sitemap (crawl_errands.cc). No await inside, as
  // above.
  static ErrandName name_of(const storage::Lease& errand);
  void take_errand(const storage::Lease& lease, const Capture& capture, Place place,
                   parse::ParseOutcome outcome);
  void miss_errand(const storage::Lease& lease, std::string_view reason);
  void take_robots(const storage::Lease& lease, const Capture& capture, PageRecord record);
  void miss_robots(storage::OriginId origin, std::string_view reason);
  void take_robots_sitemaps(const Url& robots, const PageRecord& record);
  void take_sitemap(const storage::Lease& lease, const Capture& capture, const PageRecord& record);
  void take_listed(const storage::Lease& lease, const PageRecord& record);
  bool follow_redirect(const storage::Lease& lease, const Capture& capture,
                       const PageRecord& record);

  // Its start and its ends (crawl_life.cc).
  boost::asio::awaitable<void> watch_signals();
  boost::asio::awaitable<void> cut_short_after(Duration grace);
  boost::asio::awaitable<void> cut_short();
  boost::asio::awaitable<void> show_progress(Progress& progress);
  void stop(End why);
  void fail(Error error);

  // When the machine fails (crawl_room.cc).
  void meet(Error error);             // pauses where there was no room, else ends
  void fail_of_machine(Error error);  // ends, so that it can be gone on with
  void ask_fewer(const Capture& capture);
  void look_for_room(bool is_owing);
  void give_up();
  void tell_of_pause() const;

  const CrawlOptions options_;
  boost::asio::io_context io_{1};
  FingerprintKey key_ = FingerprintKey::random();
  std::minstd_rand random_{static_cast<std::minstd_rand::result_type>(key_.k0 | 1)};
  RetryPolicy retry_policy_;
  ScopeRules scope_;
  RobotsBook robots_;
  SitemapBook sitemap_book_;
  std::set<std::string>
      secret_origins_;  // whom credentials given with -H are for; none where there are none
  Meter meter_;

  std::unique_ptr<storage::OutputDirectory> directory_;
  std::unique_ptr<storage::Ledger> ledger_;
  std::unique_ptr<storage::Committer> committer_;
  std::optional<cli::ResumeChanges> resumed_;
  std::unique_ptr<storage::Frontier> frontier_;
  std::unique_ptr<storage::Results> results_;
  std::unique_ptr<storage::LineFile> sitemap_lines_;  // null where no sitemaps are read
  std::unique_ptr<storage::Quarantine> quarantine_;
  std::unique_ptr<storage::Segments> segments_;
  std::unique_ptr<fetch::Fetcher> fetcher_;
  std::unique_ptr<fetch::Resolver> resolver_;
  std::unique_ptr<parse::ParsePool> pool_;

  // What the next barrier says beside the frontier's changes.
  struct Admitted {
    std::string url;
    Scope scope;
  };
  std::vector<std::pair<Place, storage::CaptureEntry>> captures_;
  std::map<std::uint32_t, std::uint64_t>
      segment_ends_;  // of segments written to since the last barrier
  std::set<storage::OriginId> robots_changed_;
  std::map<ErrandName, storage::UnparsedErrand> unparsed_errands_;  // captured, and at a worker
  bool have_errands_changed_ = false;
  std::vector<Admitted> admitted_;
  std::uint32_t admitted_told_ = 0;  // rows that the ledger has
  storage::SegmentEnd segment_;      // where the next capture goes
  std::uint32_t rotated_ = 0;        // the segment that the appender writes to, or has been told to
  std::uint64_t uncommitted_ = 0;    // bytes appended since the last barrier that was committed
  storage::Books before_;            // of an earlier run
  std::vector<storage::FileEntry> files_;  // of an earlier run
  std::vector<std::string> recovered_;     // what was cut of them, for the person
  std::uint64_t set_aside_told_ = 0;       // documents whose files are durable
  std::uint64_t barriers_ = 0;
  const std::uint64_t most_barriers_;
  const std::uint64_t most_of_barrier_ = storage::most_of_barrier();  // bytes
  bool has_new_files_ = true;
  bool is_commit_due_ = false;
  storage::LedgerEnd end_of_ledger_ = storage::LedgerEnd::kThere;
  bool is_frontier_lost_ =
      false;               // it cannot go on, and what was done since the last barrier is half done
  bool is_owing_ = false;  // a barrier for which there was no room
  std::uint64_t cut_bytes_ = 0;    // of uncommitted_, in the barrier under way or owed
  std::uint32_t cut_segment_ = 0;  // the last one in it
  std::uint64_t appending_ = 0;    // bytes of bodies on their way to a segment
  std::size_t waiting_to_append_ = 0;

  Room room_;
  std::size_t most_in_flight_;  // --concurrency, or less where descriptors ran out
  std::size_t in_flight_ = 0;   // transfers
  std::size_t unparsed_ = 0;    // captures without a record
  std::size_t active_ = 0;      // coroutines of leases
  std::size_t lookups_ = 0;
  std::size_t most_unparsed_ = 0;
  TimePoint next_start_by_rate_{};
  TimePoint lease_until_{};  // of this turn of the owner
  boost::asio::steady_timer waker_{io_};
  boost::asio::steady_timer ticker_{io_};
  boost::asio::steady_timer committing_{io_};
  boost::asio::steady_timer committed_{
      io_, TimePoint::max()};  // cancelled after each barrier: many wait for it
  boost::asio::signal_set signals_{io_};
  std::optional<LineOutput> printed_;  // --print
  bool is_waiting_ = false;
  bool is_stopping_ = false;
  bool is_cut_short_ = false;
  End end_ = End::kComplete;
  std::optional<Error> error_;
  std::vector<SetAsideNote> set_aside_notes_;
  std::optional<TimePoint> ended_;
  TimePoint stopped_at_ = TimePoint::max();
  Duration owner_cpu_{};
};

// "complete", "limit", …: how report.json and the ledger say it.
std::string_view to_string(Crawl::End end);

}  // namespace scraper
