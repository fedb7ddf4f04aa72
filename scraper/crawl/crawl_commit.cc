// The books: what a crawl begins with, the barrier every second or so, and the last one. What a
// barrier holds is taken in one turn of the owner, so that it is the crawl of one instant: no line
// without its state, no state without its capture, no child without its parent.
#include <fmt/format.h>

#include <boost/asio/as_tuple.hpp>
#include <boost/asio/use_awaitable.hpp>
#include <utility>

#include "base/kill_point.h"
#include "base/say.h"
#include "scraper/crawl/crawl.h"
#include "storage/recovery.h"
#include "storage/told_barrier.h"

namespace asio = boost::asio;

namespace scraper {

using storage::FileEntry;
using storage::LeaseKind;

namespace {

constexpr std::uint64_t kMillisecondsBetweenBarriers = 1'000;
constexpr std::uint64_t kBytesOfBarrier = 64ull << 20;
constexpr std::size_t kRowsOfBarrier = 50'000;
// Leases wait when the disk is this far behind; and what they bring all the same waits for a
// barrier before it is appended, so that it stays below what recovery takes for one. (The rest is
// for heads and lines.)
constexpr std::uint64_t most_ahead(std::uint64_t most_of_barrier) { return most_of_barrier / 2; }
constexpr std::uint64_t most_appended(std::uint64_t most_of_barrier) {
  return most_of_barrier / 4 * 3;
}
constexpr std::size_t kMostRowsAhead = 10 * kRowsOfBarrier;

const std::string kPages = "pages.jsonl";
const std::string kSitemaps = "sitemaps.jsonl";

std::string segment_file(std::uint32_t segment) { return "warc/" + storage::segment_name(segment); }

std::uint64_t lines_of(const std::vector<FileEntry>& files, const std::string& name,
                       std::uint64_t& length) {
  for (const FileEntry& file : files) {
    if (file.name != name) continue;
    length = file.length;
    return file.lines;
  }
  return 0;
}

}  // namespace

// ---- the beginning

// An earlier run's ledger. Killed before its first barrier that run asked for nothing, and the
// crawl begins anew.
Result<void> Crawl::open_ledger() {
  auto ledger = storage::Ledger::open(directory_->ledger());
  if (!ledger) return ledger.error();
  ledger_ = std::move(*ledger);
  if (ledger_->is_begun()) return {};
  ledger_.reset();
  return directory_->start_over();
}

Result<void> Crawl::recover_books() {
  using storage::LedgerEnd;
  if (ledger_->has_lost_end()) {
    end_of_ledger_ = LedgerEnd::kLost;
    recovered_.push_back(
        "ledger/: it has lost its end, be it to a power cut or to damage; it goes on from the last "
        "barrier that is whole");
  }
  const auto books = ledger_->books();
  if (!books) return books.error();
  if (const auto told = told_barrier(directory_->path()); told && *told > books->barrier) {
    if (auto noted = ledger_->note_lost_end(); !noted) return noted;
    end_of_ledger_ = LedgerEnd::kLost;
    recovered_.push_back(
        fmt::format("ledger/: its last barrier is number {}, and report.json tells of number {}: "
                    "it has lost its end",
                    books->barrier, *told));
  }
  auto recovered = storage::recover(directory_->path(), *ledger_, end_of_ledger_);
  if (!recovered) return recovered.error();
  before_ = std::move(recovered->books);
  set_aside_told_ = before_.set_aside;
  files_ = std::move(recovered->files);
  recovered_.insert(recovered_.end(), recovered->told.begin(), recovered->told.end());
  key_ = before_.key;
  return {};
}

// From here on the books are what files say again: what told that they were not would only be
// believed once more.
Result<void> Crawl::settle_lost_end() {
  if (end_of_ledger_ == storage::LedgerEnd::kThere) return {};
  if (auto kept = storage::move_to_lost(directory_->path(), "report.json"); !kept) return kept;
  return ledger_->forget_lost_end();
}

Result<void> Crawl::load_books() {
  auto step = ledger_->each_admitted([this](std::uint32_t, const storage::AdmittedEntry& entry) {
    ++admitted_told_;
    const auto url = Url::from_serialised(std::string(entry.url));
    if (url) scope_.admit(*url, static_cast<Scope>(entry.scope));
  });
  if (!step) return step;
  using LastRun = storage::Frontier::LastRun;
  const LastRun last_run = before_.end.empty() ? LastRun::kKilled : LastRun::kEnded;
  if (step = frontier_->load(*ledger_, key_, last_run, now(), wall_now()); !step) return step;
  step = ledger_->each_sitemap([this](storage::SitemapId, const storage::SitemapEntryRow& entry) {
    sitemap_book_.restore(entry.url, entry.level, entry.is_done);
  });
  if (!step) return step;
  sitemap_book_.restore_counts(before_.sitemap_counts[0], before_.sitemap_counts[1],
                               before_.sitemap_counts[2]);
  auto errands = ledger_->unparsed();
  if (!errands) return errands.error();
  for (storage::UnparsedErrand& errand : *errands) {
    if (errand.kind == LeaseKind::kPage ||
        (errand.kind == LeaseKind::kSitemap && errand.number >= sitemap_book_.size()))
      continue;
    unparsed_errands_.emplace(ErrandName(errand.kind, errand.number), std::move(errand));
  }
  std::optional<Error> bad;
  step = ledger_->each_robots([&](storage::OriginId origin, const storage::RobotsEntry& entry) {
    auto restored = robots_.restore(origin, {entry.record, entry.has_copy, entry.missed});
    if (!restored) bad = restored.error();
  });
  if (step && bad) return *bad;
  return step;
}

Result<void> Crawl::open_lines() {
  std::uint64_t length = 0;
  std::uint64_t lines = lines_of(files_, kPages, length);
  auto results = storage::Results::resume(directory_->path() + "/" + kPages, length, lines);
  if (!results) return results.error();
  results_ = std::move(*results);
  results_->committed(length);
  if (!options_.reads_robots_sitemaps && options_.sitemaps.empty()) return {};
  length = 0;
  lines = lines_of(files_, kSitemaps, length);
  auto file = storage::LineFile::resume(directory_->path() + "/" + kSitemaps, length, lines);
  if (!file) return file.error();
  sitemap_lines_ = std::move(*file);
  return {};
}

// Where captures go on: the last segment, at its committed end.
storage::SegmentEnd Crawl::first_segment() const {
  storage::SegmentEnd end;
  for (std::uint32_t n = 0;; ++n) {
    const auto it = std::find_if(files_.begin(), files_.end(), [&](const FileEntry& file) {
      return file.name == segment_file(n);
    });
    if (it == files_.end()) return end;
    end = {n, it->length};
  }
}

// The first barrier: from here on there is a crawl that can be gone on with.
Result<void> Crawl::commit_first() {
  storage::Barrier barrier{ledger_->batch(), {kPages, segment_file(segment_.segment)}, true, {}};
  if (sitemap_lines_ != nullptr) barrier.files.push_back(kSitemaps);
  if (!resumed_) {
    for (const std::string& name : barrier.files) barrier.batch.put(FileEntry{name, 0, 0});
  }
  frontier_->write_changes(barrier.batch, now(),
                           wall_now());  // what a larger depth or limit offers again
  barrier.batch.put(books(""));
  kill_point("barrier.first");
  auto committed = storage::commit_barrier(directory_->path(), *ledger_, barrier);
  kill_point("barrier.first_committed");
  if (committed) frontier_->committed(*ledger_);
  return committed;
}

bool Crawl::has_work() const {
  if (frontier_->discovered() == 0)
    return true;  // the seeds themselves, when an earlier run was killed as it began
  for (storage::SitemapId id = 0; id < sitemap_book_.size(); ++id) {
    if (!sitemap_book_.row(id).is_done) return true;
  }
  return frontier_->count(storage::UrlState::kPending) +
             frontier_->count(storage::UrlState::kCaptured) >
         0;
}

// ---- a barrier

storage::Books Crawl::books(std::string_view end) {
  storage::Books books;
  books.key = key_;
  books.barrier = before_.barrier + ++barriers_;
  books.written = wall_now();
  for (std::size_t i = 0; i < storage::kUrlStates; ++i)
    books.counts[i] = frontier_->count(static_cast<storage::UrlState>(i));
  books.received_bytes = before_.received_bytes + meter_.received_bytes;
  books.set_aside = quarantine_->count();
  const SitemapBook::Counts& counts = sitemap_book_.counts();
  books.sitemap_counts[0] = counts.failed;
  books.sitemap_counts[1] = counts.left_out;
  books.sitemap_counts[2] = counts.entries;
  books.end = end;
  return books;
}

// Of one transfer that is about to be archived.
storage::CaptureEntry Crawl::entry_of(const storage::Lease& lease, const Capture& capture) {
  storage::CaptureEntry entry;
  entry.kind = lease.kind;
  entry.number = lease.kind == LeaseKind::kPage     ? lease.id
                 : lease.kind == LeaseKind::kRobots ? lease.origin
                                                    : lease.sitemap;
  entry.attempt = lease.attempt;
  entry.started = capture.timing.started;
  entry.status = static_cast<std::uint16_t>(capture.status);
  if (capture.error != FetchError::kNone) entry.error = to_string(capture.error);
  return entry;
}

void Crawl::note_capture(storage::CaptureEntry entry, const storage::Appended& appended) {
  entry.length = appended.place.length;
  entry.crc32c = appended.place.crc32c;
  captures_.emplace_back(appended.place, entry);
  room_.found();
  const std::uint64_t begun = segment_.segment == appended.end.segment ? segment_.offset : 0;
  uncommitted_ += appended.end.offset - begun;
  has_new_files_ |= segment_.segment != appended.end.segment;
  segment_ = appended.end;
  segment_ends_[segment_.segment] = segment_.offset;
  commit_when_due();
}

// Lines count as well: with --text they are as long as pages.
void Crawl::note_line(std::uint64_t bytes) {
  uncommitted_ += bytes;
  commit_when_due();
}

void Crawl::commit_when_due() {
  const bool is_large =
      uncommitted_ >= kBytesOfBarrier || frontier_->changed_rows() >= kRowsOfBarrier;
  if (is_large || waiting_to_append_ > 0) commit_soon();
}

// False: the crawl has failed, makes no barrier any more and writes nothing. One without barriers
// has nothing to wait for.
asio::awaitable<bool> Crawl::wait_for_barrier(std::uint64_t bytes) {
  const auto has_no_place = [&] {
    const std::uint64_t ahead = uncommitted_ + appending_;
    return ahead > 0 && ahead + bytes > most_appended(most_of_barrier_);
  };
  while (has_no_place() && end_ != End::kBroken && makes_barriers()) {
    commit_soon();
    ++waiting_to_append_;
    co_await committed_.async_wait(asio::as_tuple(asio::use_awaitable));
    --waiting_to_append_;
  }
  co_return end_ != End::kBroken;
}

void Crawl::commit_soon() {
  if (std::exchange(is_commit_due_, true)) return;
  committing_.cancel();
}

bool Crawl::is_far_ahead() const {
  if (!makes_barriers()) return false;
  return uncommitted_ > most_ahead(most_of_barrier_) || frontier_->changed_rows() >= kMostRowsAhead;
}

// All that has happened since the last one, or, after an error, nothing. Lines reach their files
// first; a line that cannot be written is in no barrier.
Result<storage::Barrier> Crawl::cut(std::string_view end) {
  kill_point("barrier.begin");
  if (auto flushed = flush_lines(); !flushed) return flushed.error();
  kill_point("barrier.flushed");
  storage::Barrier barrier{
      ledger_->batch(), {kPages}, std::exchange(has_new_files_, false), results_->take_patches()};
  storage::LedgerBatch& batch = barrier.batch;
  batch.put(FileEntry{kPages, results_->bytes(), results_->lines()});
  batch.put_patches(barrier.patches);
  results_->committed(results_->bytes());
  if (sitemap_lines_ != nullptr) {
    batch.put(FileEntry{kSitemaps, sitemap_lines_->bytes(), sitemap_lines_->lines()});
    barrier.files.push_back(kSitemaps);
  }
  for (; set_aside_told_ < quarantine_->count(); ++set_aside_told_) {
    barrier.files.push_back(fmt::format("quarantine/{:05}.json", set_aside_told_));
    barrier.has_new_files = true;
  }
  for (const auto& [segment, length] : std::exchange(segment_ends_, {})) {
    batch.put(FileEntry{segment_file(segment), length, 0});
    barrier.files.push_back(segment_file(segment));
  }
  for (const auto& [place, entry] : std::exchange(captures_, {}))
    batch.put_capture(place.segment, place.offset, entry);
  for (const storage::OriginId origin : std::exchange(robots_changed_, {})) {
    const RobotsBook::Kept kept = robots_.kept(origin);
    batch.put_robots(origin, {kept.record, kept.has_copy, kept.missed});
  }
  if (std::exchange(have_errands_changed_, false)) {
    std::vector<storage::UnparsedErrand> errands;
    for (const auto& [name, errand] : unparsed_errands_) errands.push_back(errand);
    batch.put_unparsed(errands);
  }
  for (const storage::SitemapId id : sitemap_book_.take_changed()) {
    const SitemapBook::Row& row = sitemap_book_.row(id);
    batch.put_sitemap(id, {row.url, row.level, row.is_done});
  }
  for (const Admitted& admitted : std::exchange(admitted_, {})) {
    batch.put_admitted(admitted_told_++, {admitted.url, static_cast<std::uint8_t>(admitted.scope)});
  }
  frontier_->write_changes(batch, now(), wall_now());
  batch.put(books(end));
  kill_point("barrier.cut");
  return barrier;
}

asio::awaitable<void> Crawl::commit_regularly() {
  const std::chrono::milliseconds between(
      test_limit("SCRAPER_BARRIER_MS", kMillisecondsBetweenBarriers));
  look_for_room(false);
  while (makes_barriers()) {
    if (!is_commit_due_ || room_.is_paused()) {
      committing_.expires_after(between);
      co_await committing_.async_wait(asio::as_tuple(asio::use_awaitable));
    }
    is_commit_due_ = false;
    const Result<void> done = co_await commit_changes();
    if (!done) meet(done.error());
    if (end_ == End::kBroken) co_return;
    look_for_room(!done);
  }
}

bool Crawl::has_changes() const {
  return !captures_.empty() || frontier_->changed_rows() > 0 || !robots_changed_.empty() ||
         have_errands_changed_;
}

// What there was no room for is owed, and goes first.
asio::awaitable<Result<void>> Crawl::commit_changes() {
  std::unique_ptr<storage::Barrier> next;
  if (!is_owing_) {
    if (!has_changes()) co_return Result<void>();
    auto barrier = cut("");
    if (!barrier) co_return barrier.error();
    next = std::make_unique<storage::Barrier>(std::move(*barrier));
    cut_bytes_ = uncommitted_;
    cut_segment_ = segment_.segment;
  }
  Result<void> committed = co_await committer_->commit(std::move(next));
  is_owing_ = !committed;
  if (is_owing_) co_return committed;
  kill_point("barrier.done");
  uncommitted_ -= cut_bytes_;
  frontier_->committed(*ledger_);
  committed_.cancel();
  const std::uint64_t rotate_at = test_limit("SCRAPER_ROTATE_AT", storage::kRotateAt);
  const bool is_durable =
      cut_segment_ ==
      segment_.segment;  // one begun and not committed at a time, which recovery looks for
  if (segment_.offset >= rotate_at && segment_.segment == rotated_ && is_durable) {
    ++rotated_;
    kill_point("rotate.told");
    segments_->rotate();
  }
  wake();
  co_return committed;
}

Result<void> Crawl::flush_lines() {
  if (auto flushed = results_->flush(); !flushed || sitemap_lines_ == nullptr) return flushed;
  return sitemap_lines_->flush();
}

// While leases pause the next barrier tries.
void Crawl::write_lines() {
  const bool is_due = results_->is_due() || (sitemap_lines_ != nullptr && sitemap_lines_->is_due());
  if (!is_due || room_.is_paused()) return;
  if (auto flushed = flush_lines(); !flushed) meet(flushed.error());
}

void Crawl::commit_last() {
  if (is_frontier_lost_ || !makes_barriers()) return;
  kill_point("end.begin");
  auto barrier = cut(to_string(end_));
  Result<void> done =
      barrier ? committer_->finish(std::move(*barrier)) : Result<void>(barrier.error());
  if (!done && !error_) fail_of_machine(done.error());
  kill_point("end.committed");
}

}  // namespace scraper
