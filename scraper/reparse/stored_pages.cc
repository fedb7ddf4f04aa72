#include "scraper/reparse/stored_pages.h"

#include <fmt/format.h>

#include <algorithm>
#include <boost/asio/as_tuple.hpp>
#include <boost/asio/co_spawn.hpp>
#include <boost/asio/post.hpp>
#include <boost/asio/use_awaitable.hpp>
#include <exception>
#include <utility>

#include "base/crc32c.h"
#include "base/printable.h"
#include "base/rethrow.h"
#include "storage/warc.h"

namespace asio = boost::asio;

namespace scraper {

using storage::LeaseKind;
using storage::SegmentReader;

namespace {

constexpr std::size_t kRows = 512;  // of the ledger that are read in one go; then it is the turn of
                                    // others on the owner's thread
constexpr std::uint64_t kMostHeld = 128u << 20;  // past it nothing more is begun
constexpr std::string_view kRecordEnd = "\r\n\r\n";

parse::TaskKind task_of(LeaseKind kind) {
  switch (kind) {
    case LeaseKind::kRobots: return parse::TaskKind::kRobots;
    case LeaseKind::kSitemap: return parse::TaskKind::kSitemap;
    default: return parse::TaskKind::kPage;
  }
}

}  // namespace

StoredPages::StoredPages(asio::any_io_executor owner, const storage::Ledger& ledger,
                         parse::ParsePool& pool, Options options)
    : ledger_(ledger),
      pool_(pool),
      options_(std::move(options)),
      owner_(std::move(owner)),
      waker_(owner_) {}

asio::awaitable<Result<void>> StoredPages::run() {
  auto files = ledger_.files();
  if (!files) co_return files.error();
  files_ = std::move(*files);
  while (has_more_ && !error_) {
    auto window = read_window();
    if (!window) error_ = window.error();
    for (std::size_t n = 0; !error_ && n < window->size(); ++n) {
      while (must_wait()) co_await wait();
      if (error_) break;
      if (auto begun = begin(std::move((*window)[n])); !begun) error_ = begun.error();
    }
    co_await asio::post(owner_, asio::use_awaitable);
  }
  while (!turns_.empty()) co_await wait();
  if (error_) co_return *error_;
  co_return Result<void>();
}

Result<std::vector<std::unique_ptr<StoredPages::Turn>>> StoredPages::read_window() {
  std::vector<std::unique_ptr<Turn>> window;
  const auto count = ledger_.captures_from(
      next_segment_, next_offset_, kRows,
      [&](std::uint32_t segment, std::uint64_t offset, const storage::CaptureEntry& entry) {
        auto turn = std::make_unique<Turn>();
        StoredCapture& capture = turn->page.capture;
        turn->error = entry.error;
        capture.entry = entry;
        capture.entry.error = turn->error;
        capture.place = {segment, offset, entry.length, entry.crc32c};
        next_segment_ = segment;
        next_offset_ = offset + 1;
        window.push_back(std::move(turn));
      });
  if (!count) return count.error();
  has_more_ = *count == kRows;
  return window;
}

Result<void> StoredPages::find_state(Turn& turn) const {
  StoredCapture& capture = turn.page.capture;
  if (capture.entry.kind != LeaseKind::kPage) return {};
  const auto found =
      ledger_.state_entry(capture.entry.number, [&](const storage::StateEntry& entry) {
        turn.state = entry;
        turn.reason = entry.reason;
      });
  if (!found) return found.error();
  if (!*found) return {};
  turn.state.reason = turn.reason;
  capture.state = &turn.state;
  return {};
}

Result<void> StoredPages::begin(std::unique_ptr<Turn> turn) {
  if (auto found = find_state(*turn); !found) return found;
  StoredPage& page = turn->page;
  const Want want = options_.choose(page.capture);
  if (want == Want::kNothing) return {};
  page.outline = read_outline(page.capture.place);
  const bool is_parsed =
      want == Want::kOutcome && page.outline && page.outline->error == FetchError::kNone;
  turn->is_done = !is_parsed;
  if (is_parsed) turn->held = page.capture.place.length;
  held_ += turn->held;
  turns_.push_back(std::move(turn));
  if (is_parsed) {
    asio::co_spawn(owner_, parse(*turns_.back()), kRethrow);
  } else {
    give();
  }
  return {};
}

asio::awaitable<void> StoredPages::parse(Turn& turn) {
  const StoredCapture& capture = turn.page.capture;
  turn.page.outcome = co_await pool_.parse(capture.place, task_of(capture.entry.kind));
  turn.is_done = true;
  if (const auto* record = std::get_if<PageRecord>(&*turn.page.outcome)) {
    turn.held += record->bytes.size();
    held_ += record->bytes.size();
  }
  give();
  wake();
}

// Whatever is first and done. After an error what is still in flight is waited for and not given.
void StoredPages::give() {
  for (; !turns_.empty() && turns_.front()->is_done; turns_.pop_front()) {
    held_ -= turns_.front()->held;
    if (error_) continue;
    if (auto taken = options_.take(turns_.front()->page); !taken) error_ = taken.error();
  }
}

// ---- the archive

Result<SegmentReader*> StoredPages::reader_of(std::uint32_t segment) {
  if (reader_ != nullptr && segment_ == segment) return reader_.get();
  const std::string name = "warc/" + storage::segment_name(segment);
  const auto file =
      std::find_if(files_.begin(), files_.end(),
                   [&](const storage::FileEntry& entry) { return entry.name == name; });
  if (file == files_.end())
    return Error{Errc::kInvalid,
                 fmt::format("the ledger has captures in {} and does not know that file", name)};
  auto reader =
      SegmentReader::open(options_.directory + "/" + name, SegmentReader::Sums::kNo, file->length);
  if (!reader) return reader.error();
  reader_ = std::move(*reader);
  segment_ = segment;
  return reader_.get();
}

// A response's checksum is the worker's to compare, who reads it to its end; a metadata record is
// read whole here.
Result<Capture> StoredPages::read_outline(const Place& place) {
  const auto reader = reader_of(place.segment);
  if (!reader) return reader.error();
  const auto wrong = [&](std::string_view what) {
    return Error{Errc::kInvalid,
                 fmt::format("{}/warc/{} at {}: {}", printable(options_.directory),
                             storage::segment_name(place.segment), place.offset, what)};
  };
  (*reader)->seek(place.offset);
  const auto record = (*reader)->next();
  if (!record) return record.error();
  if (!*record) return wrong("no record, where the ledger has one");
  const storage::SegmentRecord& found = **record;
  if (found.length != place.length) {
    return wrong(fmt::format("a record of {} bytes, where the ledger has one of {}", found.length,
                             place.length));
  }
  if (found.header.type == "metadata" && crc32c(kRecordEnd, crc32c(found.begin)) != place.crc32c) {
    return wrong("the record's bytes are not those that were written: the checksum differs");
  }
  auto outline = storage::read_outline(found.begin);
  if (!outline) return wrong(outline.error().context);
  return outline;
}

// ---- waiting

bool StoredPages::must_wait() const {
  if (error_) return false;
  return turns_.size() >= options_.most_in_flight || held_ >= kMostHeld ||
         (options_.has_room && !options_.has_room());
}

// One timer, one waiter: only run() calls this.
asio::awaitable<void> StoredPages::wait() {
  waker_.expires_at(TimePoint::max());
  is_waiting_ = true;
  co_await waker_.async_wait(asio::as_tuple(asio::use_awaitable));
  is_waiting_ = false;
}

void StoredPages::wake() {
  if (is_waiting_) waker_.cancel();
}

}  // namespace scraper
