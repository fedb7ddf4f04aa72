#include "scraper/crawl/checkpoints.h"

#include <fmt/format.h>

#include <algorithm>
#include <boost/asio/as_tuple.hpp>
#include <boost/asio/use_awaitable.hpp>

#include "base/file.h"
#include "base/kill_point.h"
#include "storage/told_barrier.h"
#include "storage/warc.h"

namespace asio = boost::asio;

namespace scraper {

using storage::FileEntry;
using storage::LeaseKind;

namespace {

constexpr std::uint64_t kMillisecondsBetween = 1'000;
constexpr std::uint64_t kBytesOfOne = 64ull << 20;
constexpr std::size_t kRowsOfOne = 50'000;
// Leases wait when the disk is this far behind; and what they bring all the same waits for a
// checkpoint before it is appended, so that it stays below what recovery takes for one. (The rest
// is for heads and lines.)
constexpr std::uint64_t most_ahead(std::uint64_t most_of_one) { return most_of_one / 2; }
constexpr std::uint64_t most_appended(std::uint64_t most_of_one) { return most_of_one / 4 * 3; }
constexpr std::size_t kMostRowsAhead = 10 * kRowsOfOne;

std::string segment_file(std::uint32_t segment) { return "warc/" + storage::segment_name(segment); }

storage::SegmentEnd last_segment(const std::vector<FileEntry>& files) {
  storage::SegmentEnd end;
  for (std::uint32_t n = 0;; ++n) {
    const auto it = std::find_if(files.begin(), files.end(), [&](const FileEntry& file) {
      return file.name == segment_file(n);
    });
    if (it == files.end()) return end;
    end = {n, it->length};
  }
}

// Of one transfer that is about to be archived.
storage::CaptureEntry entry_of(const storage::Lease& lease, const Capture& capture) {
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

}  // namespace

Checkpoints::Checkpoints(asio::io_context& io, Clock& clock, Stages& stages, Stopping& stopping,
                         Shortage& shortage, Meter& meter, std::function<void()> wake)
    : clock_(clock),
      stages_(stages),
      stopping_(stopping),
      shortage_(shortage),
      meter_(meter),
      wake_(std::move(wake)),
      most_(test_limit("SCRAPER_MOST_BARRIERS", ~0ull)),
      most_of_one_(storage::most_of_barrier()),
      next_(clock.make_alarm()),
      committed_(io, TimePoint::max()) {
  stopping_.on_change([this] { committed_.cancel(); });
}

// ---- the beginning

Result<bool> Checkpoints::recover(const std::string& out, const std::string& ledger) {
  out_ = out;
  auto opened = storage::Ledger::open(ledger);
  if (!opened) return opened.error();
  if (!(*opened)->is_begun()) return false;
  ledger_ = std::move(*opened);
  if (ledger_->has_lost_end()) {
    end_of_ledger_ = storage::LedgerEnd::kLost;
    recovered_.push_back(
        "ledger/: it has lost its end, be it to a power cut or to damage; it goes on from the last "
        "barrier that is whole");
  }
  const auto books = ledger_->books();
  if (!books) return books.error();
  if (const auto told = told_barrier(out); told && *told > books->barrier) {
    if (auto noted = ledger_->note_lost_end(); !noted) return noted.error();
    end_of_ledger_ = storage::LedgerEnd::kLost;
    recovered_.push_back(
        fmt::format("ledger/: its last barrier is number {}, and report.json tells of number {}: "
                    "it has lost its end",
                    books->barrier, *told));
  }
  auto recovered = storage::recover(out, *ledger_, end_of_ledger_);
  if (!recovered) return recovered.error();
  before_ = std::move(recovered->books);
  files_ = std::move(recovered->files);
  recovered_.insert(recovered_.end(), recovered->told.begin(), recovered->told.end());
  key_ = before_.key;
  segment_ = last_segment(files_);
  rotated_ = segment_.segment;
  return true;
}

Result<void> Checkpoints::create(const std::string& out, const std::string& ledger) {
  out_ = out;
  auto created = storage::Ledger::create(ledger);
  if (!created) return created.error();
  ledger_ = std::move(*created);
  kill_point("ledger.made");
  return {};
}

Result<void> Checkpoints::start() {
  const std::string file = segment_file(segment_.segment);
  storage::Barrier first{ledger_->batch(), {file}, true, {}};
  if (storage::file_named(files_, file).name.empty()) first.batch.put(FileEntry{file, 0, 0});
  // What a larger depth or limit offers again.
  const storage::Instant at{clock_.now(), clock_.wall_now()};
  for (storage::ChangeSource* source : sources_) source->write_changes(first, at);
  first.batch.put(totals(""));
  kill_point("barrier.first");
  auto committed = storage::commit_barrier(out_, *ledger_, first);
  kill_point("barrier.first_committed");
  if (!committed) return committed;
  for (storage::ChangeSource* source : sources_) source->committed(*ledger_);
  auto committer = storage::Committer::start(out_, *ledger_, committed_.get_executor());
  if (!committer) return committer.error();
  committer_ = std::move(*committer);
  return {};
}

// From here on the books are what files say again: what reported that they were not would only be
// believed once more.
Result<void> Checkpoints::settle_lost_end() {
  if (!has_lost_end()) return {};
  if (auto kept = storage::move_to_lost(out_, "report.json"); !kept) return kept;
  return ledger_->forget_lost_end();
}

void Checkpoints::close() {
  committer_.reset();
  ledger_.reset();
}

// ---- captures and lines

// With the hand-off `file` the archive is the way to the workers.
asio::awaitable<std::optional<Archived>> Checkpoints::archive(const storage::Lease& lease,
                                                              Capture capture) {
  const storage::CaptureEntry entry = entry_of(lease, capture);
  const std::uint64_t bytes = capture.body.size;
  Archived archived;
  archived.outline = capture.outline();
  meter_.unparsed.add(clock_.now());
  if (!co_await wait_for_checkpoint(bytes)) {
    meter_.unparsed.remove(clock_.now());
    co_return std::nullopt;
  }
  appending_ += bytes;
  auto appended = co_await stages_.append(std::move(capture));
  appending_ -= bytes;
  meter_.unparsed.remove(clock_.now());
  if (!appended) {
    committed_.cancel();  // what it did not take another capture may have
    shortage_.on_error(appended.error());
    co_return std::nullopt;
  }
  note_capture(entry, *appended);
  archived.outline.digest = appended->digest;
  archived.place = appended->place;
  archived.bytes = std::move(appended->bytes);
  co_return archived;
}

// False: the crawl has failed, makes no checkpoint any more and writes nothing. One without
// checkpoints has nothing to wait for.
asio::awaitable<bool> Checkpoints::wait_for_checkpoint(std::uint64_t bytes) {
  const auto has_no_place = [&] {
    const std::uint64_t ahead = uncommitted_ + appending_;
    return ahead > 0 && ahead + bytes > most_appended(most_of_one_);
  };
  while (has_no_place() && !stopping_.is_broken() && makes_checkpoints()) {
    commit_soon();
    ++waiting_;
    co_await committed_.async_wait(asio::as_tuple(asio::use_awaitable));
    --waiting_;
  }
  co_return !stopping_.is_broken();
}

void Checkpoints::note_capture(storage::CaptureEntry entry, const storage::Appended& appended) {
  entry.length = appended.place.length;
  entry.crc32c = appended.place.crc32c;
  captures_.emplace_back(appended.place, entry);
  shortage_.found();
  const std::uint64_t begun = segment_.segment == appended.end.segment ? segment_.offset : 0;
  uncommitted_ += appended.end.offset - begun;
  has_new_files_ |= segment_.segment != appended.end.segment;
  segment_ = appended.end;
  segment_ends_[segment_.segment] = segment_.offset;
  commit_when_due();
}

// Lines count as well: with --text they are as long as pages. While leases pause the next
// checkpoint tries.
void Checkpoints::note_lines(std::uint64_t bytes, storage::ChangeSource& source, bool is_due) {
  uncommitted_ += bytes;
  commit_when_due();
  if (!is_due || shortage_.is_paused()) return;
  if (auto flushed = source.flush(); !flushed) shortage_.on_error(flushed.error());
}

std::size_t Checkpoints::changed_rows() const {
  std::size_t rows = 0;
  for (const storage::ChangeSource* source : sources_) rows += source->changes();
  return rows;
}

void Checkpoints::commit_when_due() {
  const bool is_large = uncommitted_ >= kBytesOfOne || changed_rows() >= kRowsOfOne;
  if (is_large || waiting_ > 0) commit_soon();
}

void Checkpoints::commit_soon() {
  if (std::exchange(is_due_, true)) return;
  next_->cancel();
}

bool Checkpoints::is_far_ahead() const {
  if (!makes_checkpoints()) return false;
  return uncommitted_ > most_ahead(most_of_one_) || changed_rows() >= kMostRowsAhead;
}

// ---- a checkpoint

storage::Books Checkpoints::totals(std::string_view end) {
  storage::Books books;
  books.key = key_;
  books.barrier = before_.barrier + ++made_;
  books.written = clock_.wall_now();
  books.received_bytes = before_.received_bytes + meter_.received_bytes;
  books.end = end;
  for (const storage::ChangeSource* source : sources_) source->write_totals(books);
  return books;
}

// All that has happened since the last one, or, after an error, nothing. Lines reach their files
// first; a line that cannot be written is in no checkpoint.
Result<storage::Barrier> Checkpoints::cut(std::string_view end) {
  kill_point("barrier.begin");
  for (storage::ChangeSource* source : sources_) {
    if (auto flushed = source->flush(); !flushed) return flushed.error();
  }
  kill_point("barrier.flushed");
  storage::Barrier checkpoint{ledger_->batch(), {}, std::exchange(has_new_files_, false), {}};
  write_captures(checkpoint);
  const storage::Instant at{clock_.now(), clock_.wall_now()};
  for (storage::ChangeSource* source : sources_) source->write_changes(checkpoint, at);
  checkpoint.batch.put(totals(end));
  kill_point("barrier.cut");
  return checkpoint;
}

void Checkpoints::write_captures(storage::Barrier& checkpoint) {
  for (const auto& [segment, length] : std::exchange(segment_ends_, {})) {
    checkpoint.batch.put(FileEntry{segment_file(segment), length, 0});
    checkpoint.files.push_back(segment_file(segment));
  }
  for (const auto& [place, entry] : std::exchange(captures_, {}))
    checkpoint.batch.put_capture(place.segment, place.offset, entry);
}

asio::awaitable<void> Checkpoints::run() {
  const std::chrono::milliseconds between(test_limit("SCRAPER_BARRIER_MS", kMillisecondsBetween));
  look_for_room(false);
  while (makes_checkpoints()) {
    if (!is_due_ || shortage_.is_paused()) co_await next_->wait_until(clock_.now() + between);
    is_due_ = false;
    const Result<void> done = co_await commit_changes();
    if (!done) shortage_.on_error(done.error());
    if (stopping_.is_broken()) co_return;
    look_for_room(!done);
  }
}

// What there was no room for is owed, and goes first.
asio::awaitable<Result<void>> Checkpoints::commit_changes() {
  std::unique_ptr<storage::Barrier> next;
  if (!is_owing_) {
    if (captures_.empty() && changed_rows() == 0) co_return Result<void>();
    auto checkpoint = cut("");
    if (!checkpoint) co_return checkpoint.error();
    next = std::make_unique<storage::Barrier>(std::move(*checkpoint));
    cut_bytes_ = uncommitted_;
    cut_segment_ = segment_.segment;
  }
  is_committing_ = true;
  Result<void> committed = co_await committer_->commit(std::move(next));
  is_committing_ = false;
  is_owing_ = !committed;
  if (is_owing_) co_return committed;
  kill_point("barrier.done");
  uncommitted_ -= cut_bytes_;
  for (storage::ChangeSource* source : sources_) source->committed(*ledger_);
  committed_.cancel();
  rotate_when_due();
  wake_();
  co_return committed;
}

void Checkpoints::rotate_when_due() {
  const std::uint64_t rotate_at = test_limit("SCRAPER_ROTATE_AT", storage::kRotateAt);
  // One begun and not committed at a time, which recovery looks for.
  const bool is_durable = cut_segment_ == segment_.segment;
  if (segment_.offset < rotate_at || segment_.segment != rotated_ || !is_durable) return;
  ++rotated_;
  kill_point("rotate.told");
  stages_.rotate();
}

void Checkpoints::look_for_room(bool is_owing) {
  if (shortage_.look(free_space(out_), is_owing)) wake_();
}

void Checkpoints::finish() {
  if (stopping_.is_frontier_lost() || !makes_checkpoints()) return;
  kill_point("end.begin");
  auto last = cut(to_string(stopping_.end()));
  Result<void> done = last ? committer_->finish(std::move(*last)) : Result<void>(last.error());
  if (!done && !stopping_.error()) stopping_.fail_of_machine(done.error());
  kill_point("end.committed");
}

}  // namespace scraper
