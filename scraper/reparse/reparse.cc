#include "scraper/reparse/reparse.h"

#include <fmt/format.h>
#include <unistd.h>

#include <algorithm>
#include <boost/asio/as_tuple.hpp>
#include <boost/asio/co_spawn.hpp>
#include <boost/asio/io_context.hpp>
#include <boost/asio/signal_set.hpp>
#include <boost/asio/steady_timer.hpp>
#include <boost/asio/use_awaitable.hpp>
#include <csignal>
#include <cstdio>
#include <exception>
#include <memory>
#include <optional>
#include <utility>
#include <vector>

#include "base/exit_code.h"
#include "base/output.h"
#include "base/printable.h"
#include "base/progress.h"
#include "base/rethrow.h"
#include "base/say.h"
#include "scraper/reparse/parsed_lines.h"
#include "scraper/reparse/stored_pages.h"
#include "scraper/rules/outcome.h"
#include "scraper/rules/parsing.h"
#include "scraper/rules/result_line.h"
#include "storage/ledger.h"
#include "storage/warc.h"

namespace asio = boost::asio;

namespace scraper {

using storage::Ledger;
using storage::UrlState;

namespace {

constexpr int kTries = 5;
constexpr std::size_t kInFlightPerWorker =
    64;  // enough that a page of a second's work does not starve the others
constexpr std::size_t kMostNotes = 5;

// A crawl that runs may remove a file which is just being opened; what is there then is as good.
Result<std::unique_ptr<Ledger>> open_ledger(const std::string& out) {
  auto ledger = Ledger::open(out + "/ledger", Ledger::Access::kReadOnly);
  for (int tried = 1; !ledger && ledger.error().code == Errc::kFile && tried < kTries; ++tried) {
    ledger = Ledger::open(out + "/ledger", Ledger::Access::kReadOnly);
  }
  if (!ledger || (*ledger)->is_begun()) return ledger;
  return Error{Errc::kFile,
               fmt::format("{} holds a crawl that has not begun: nothing is in its ledger yet",
                           printable(out))};
}

Error with_advice(Error error) {
  if (error.code == Errc::kInvalid)
    error.context += "; put back the file as it was, and parse again";
  return error;
}

// ---- the work

class Reparse {
 public:
  Reparse(const CrawlOptions& options, const Ledger& ledger, const storage::Books& books)
      : options_(options),
        ledger_(ledger),
        books_(books),
        signals_(io_, SIGINT, SIGTERM),
        ticker_(io_) {}

  int run(const std::string& path);

 private:
  Result<void> open(const std::string& path);
  Result<void> start_pool();
  asio::awaitable<void> parse_all();
  asio::awaitable<void> watch_signals();
  asio::awaitable<void> show_progress();
  Result<void> take(const StoredPage& page);
  Result<void> check(const StoredPage& page, std::string_view url) const;
  Result<void> check_all_there() const;
  std::uint64_t lines_of_crawl() const;
  void note_quarantined(const StoredPage& page, std::string_view url);
  void tell();

  const CrawlOptions& options_;
  const Ledger& ledger_;
  const storage::Books& books_;
  asio::io_context io_{1};
  asio::signal_set signals_;
  asio::steady_timer ticker_;
  std::optional<Progress> progress_;
  std::vector<std::string> sitemaps_;
  std::unique_ptr<ParsedLines> lines_;
  std::unique_ptr<parse::ParsePool> pool_;
  std::unique_ptr<StoredPages> pages_;
  Result<void> result_;
  parse::PoolStats pool_stats_;
  TimePoint begun_ = SteadyClock::now();
  Duration took_{};
  std::uint64_t written_ = 0;
  std::uint64_t parsed_ = 0;
  std::uint64_t quarantined_ = 0;
  std::string notes_;  // the first few of them
  storage::UrlCounts states_;
};

int Reparse::run(const std::string& path) {
  if (auto opened = open(path); !opened) return cli::complain_of_crawl(opened.error());
  progress_.emplace(options_.progress, options_.is_quiet);
  asio::co_spawn(io_, watch_signals(), kRethrow);
  asio::co_spawn(io_, show_progress(), kRethrow);
  asio::co_spawn(io_, parse_all(), kRethrow);
  io_.run();
  progress_->end();
  if (lines_->is_closed()) return kExitReaderGone;
  if (!result_) return cli::complain_of_crawl(with_advice(result_.error()));
  if (!options_.is_quiet) tell();
  return 0;
}

Result<void> Reparse::open(const std::string& path) {
  auto step =
      ledger_.each_sitemap([this](storage::SitemapId, const storage::SitemapEntryRow& entry) {
        sitemaps_.emplace_back(entry.url);
      });
  if (!step) return step;
  if (path == "-") {
    lines_ = ParsedLines::to_standard_output(io_, [this] { pages_->go_on(); });
  } else {
    auto lines = ParsedLines::to_file(path, options_.is_fresh);
    if (!lines) return lines.error();
    lines_ = std::move(*lines);
  }
  if (step = start_pool(); !step) return step;
  StoredPages::Options how;
  how.directory = options_.output;
  how.most_in_flight = std::max<std::size_t>(256, options_.workers * kInFlightPerWorker);
  how.choose = [](const StoredCapture& capture) {
    return capture.is_last() && capture.state->line.width > 0 ? StoredPages::Want::kOutcome
                                                              : StoredPages::Want::kNothing;
  };
  how.take = [this](const StoredPage& page) { return take(page); };
  how.has_room = [this] { return lines_->has_room(); };
  pages_ = std::make_unique<StoredPages>(io_.get_executor(), ledger_, *pool_, std::move(how));
  return {};
}

Result<void> Reparse::start_pool() {
  parse::PoolOptions how = stored_pool_options(options_, books_.key);
  auto pool = parse::ParsePool::start(io_.get_executor(), std::move(how));
  if (!pool) return pool.error();
  pool_ = std::move(*pool);
  return {};
}

// What keeps io_ running is taken away at the end; standard output may go on a little.
asio::awaitable<void> Reparse::parse_all() {
  result_ = co_await pages_->run();
  if (result_) result_ = check_all_there();
  if (result_) result_ = lines_->finish();
  took_ = SteadyClock::now() - begun_;
  pool_stats_ = pool_->stats();
  pool_.reset();
  signals_.cancel();
  signals_.clear();  // who does not read standard output to its end can still be left
  ticker_.cancel();
}

// Half a file is of no use to anybody. The workers end with this process.
asio::awaitable<void> Reparse::watch_signals() {
  const auto [error, number] = co_await signals_.async_wait(asio::as_tuple(asio::use_awaitable));
  if (error) co_return;
  progress_->end();
  lines_.reset();
  std::fflush(nullptr);
  _exit(exit_code_of_signal(number));
}

asio::awaitable<void> Reparse::show_progress() {
  while (progress_->is_shown()) {
    ticker_.expires_after(progress_->interval());
    const auto [error] = co_await ticker_.async_wait(asio::as_tuple(asio::use_awaitable));
    if (error) co_return;
    progress_->show(ParseFigures{seconds(SteadyClock::now() - begun_), written_, lines_of_crawl()});
  }
}

// ---- a page

Result<void> Reparse::take(const StoredPage& page) {
  std::string url;
  std::string referrer;
  storage::UrlEntry row;
  const auto found =
      ledger_.url_entry(page.capture.entry.number, [&](const storage::UrlEntry& entry) {
        row = entry;
        url = entry.url;
      });
  if (!found) return found.error();
  if (!*found || row.seed >= options_.seeds.size())
    return Error{
        Errc::kInvalid,
        "the ledger is damaged: a capture is of a URL, or a URL of a seed, that is not there"};
  if (auto checked = check(page, url); !checked) return checked;
  if (storage::is_sitemap(row.referrer)) {
    const std::size_t number = row.referrer - storage::kFirstSitemap;
    if (number >= sitemaps_.size())
      return Error{Errc::kInvalid,
                   "the ledger is damaged: a URL is of a sitemap that is not there"};
    referrer = sitemaps_[number];
  } else if (row.referrer != storage::kNoUrl) {
    auto name = ledger_.url(row.referrer);
    if (!name) return name.error();
    referrer = std::move(*name).value_or("");
  }
  const auto* parsed = page.outcome ? &*page.outcome : nullptr;
  const Outcome outcome = outcome_of(*page.outline, parsed);
  storage::ResultLine line;
  line.url = url;
  line.referrer = referrer;
  line.depth = row.depth;
  line.depth_width = page.capture.state->line.width;
  line.attempts = page.capture.entry.attempt;
  const auto rendered = storage::render(result_line(line, options_.seeds[row.seed], *page.outline,
                                                    page.capture.place, parsed, outcome, options_));
  if (auto written = lines_->append(rendered); !written) return written;
  ++written_;
  ++states_[outcome.state];
  if (parsed != nullptr) ++parsed_;
  note_quarantined(page, url);
  return {};
}

// That the bytes are those of the crawl. What was damaged then already has its line for it.
Result<void> Reparse::check(const StoredPage& page, std::string_view url) const {
  if (!page.outline) return page.outline.error();
  const Place& place = page.capture.place;
  const auto damaged = [&](std::string_view what) {
    return Error{Errc::kInvalid,
                 fmt::format("{}/warc/{} at {}: {}", printable(options_.output),
                             storage::segment_name(place.segment), place.offset, what)};
  };
  if (page.outline->url.href() != url)
    return damaged("a record of another URL than the ledger has there");
  if (!page.outcome) return {};
  if (const auto* failure = std::get_if<parse::ParseFailure>(&*page.outcome)) {
    return is_about_document(*failure) ? Result<void>()
                                       : Error{Errc::kOther, printable(failure->reason)};
  }
  const bool is_damaged = std::get<PageRecord>(*page.outcome).fault == PageFault::kBadRecord;
  if (is_damaged && page.capture.state->reason != "bad record")
    return damaged("the record's bytes are not those that were written: its checksum differs");
  return {};
}

std::uint64_t Reparse::lines_of_crawl() const {
  return books_.counts.sum(&storage::UrlStateTraits::has_line);
}

Result<void> Reparse::check_all_there() const {
  if (written_ == lines_of_crawl()) return {};
  return Error{Errc::kInvalid,
               fmt::format("the ledger of {} counts {} lines and has captures for {}",
                           printable(options_.output), lines_of_crawl(), written_)};
}

// ---- words

void Reparse::note_quarantined(const StoredPage& page, std::string_view url) {
  const auto* failure = page.outcome ? std::get_if<parse::ParseFailure>(&*page.outcome) : nullptr;
  if (failure == nullptr || ++quarantined_ > kMostNotes) return;
  notes_ += fmt::format("    {}: {}\n", printable(url), printable(failure->reason));
}

void Reparse::tell() {
  const double span = seconds(took_);
  std::string text = fmt::format("{} lines in {}: {} stored, {} failed, {} duplicates\n", written_,
                                 printable(lines_->path()), states_[UrlState::kStored],
                                 states_[UrlState::kFailed], states_[UrlState::kDuplicate]);
  text += fmt::format(
      "{} documents parsed in {:.1f} s, {:.0f} a second; workers: {:.0f} us of CPU a document, {} "
      "replaced\n",
      parsed_, span, span > 0 ? static_cast<double>(parsed_) / span : 0,
      parsed_ > 0 ? pool_stats_.cpu_seconds * 1e6 / static_cast<double>(parsed_) : 0,
      pool_stats_.replaced);
  if (quarantined_ > 0)
    text += fmt::format("no worker got through {} of them:\n{}", quarantined_, notes_);
  say(text);
}

}  // namespace

int reparse(const CrawlOptions& options, const std::string& path) {
  const auto ledger = open_ledger(options.output);
  if (!ledger) return cli::complain_of_crawl(ledger.error());
  const auto books = (*ledger)->books();
  if (!books) return cli::complain_of_crawl(books.error());
  return Reparse(options, **ledger, *books).run(path);
}

}  // namespace scraper
