// Checkpoints: every second or so all that has happened is made durable together, so that a kill
// at any instant costs at most what came after the last one. Captures reach the archive through
// here, because what is appended and not yet committed has a bound: past it leases wait, and then
// captures.
//
// It owns the ledger, the committer and the lengths of segments. What else has changed is written
// by its sources (storage/change_source.h), whom it does not know. Where there is no room a
// checkpoint is owed and goes first; after any other error there is no further one.
//
// Owner's thread only.
#pragma once

#include <boost/asio/awaitable.hpp>
#include <boost/asio/io_context.hpp>
#include <boost/asio/steady_timer.hpp>
#include <cstdint>
#include <functional>
#include <map>
#include <memory>
#include <optional>
#include <string>
#include <string_view>
#include <utility>
#include <vector>

#include "base/alarm.h"
#include "base/fingerprint.h"
#include "scraper/crawl/archived.h"
#include "scraper/crawl/meter.h"
#include "scraper/crawl/shortage.h"
#include "scraper/crawl/stages.h"
#include "scraper/crawl/stopping.h"
#include "scraper/frontier/frontier.h"
#include "storage/change_source.h"
#include "storage/committer.h"
#include "storage/ledger.h"
#include "storage/recovery.h"

namespace scraper {

class Checkpoints {
 public:
  // `wake`: leases may go on. Tells `stopping` what to wake when the crawl ends.
  Checkpoints(boost::asio::io_context& io, Clock& clock, Stages& stages, Stopping& stopping,
              Shortage& shortage, Meter& meter, std::function<void()> wake);

  // In the order in which they write.
  void add(storage::ChangeSource& source) { sources_.push_back(&source); }

  // ---- the beginning, in this order

  // The ledger of an earlier run in `out`, and its files as they were at its last checkpoint.
  // False: killed before its first, it requested nothing, and the crawl begins anew.
  Result<bool> recover(const std::string& out, const std::string& ledger);
  Result<void> create(const std::string& out, const std::string& ledger);

  // Where captures go on: the last segment, at its committed end.
  storage::SegmentEnd segment() const { return segment_; }

  // The first checkpoint: from here on there is a crawl that can be resumed.
  Result<void> start();

  // The files are again what the ledger says: a lost end is settled.
  Result<void> settle_lost_end();

  // Closes what the others opened: the directory is about to be removed.
  void close();

  // ---- the crawl

  // Makes them for as long as the crawl runs.
  boost::asio::awaitable<void> run();

  // The capture in the archive. Nothing: it is not there, and the crawl pauses or ends.
  boost::asio::awaitable<std::optional<Archived>> archive(const storage::Lease& lease,
                                                          Capture capture);

  // `source` has gathered lines of so many bytes. They reach their file now where that is due.
  void note_lines(std::uint64_t bytes, storage::ChangeSource& source, bool is_due);

  // More is uncommitted than may be: nothing is leased.
  bool is_far_ahead() const;

  // The last one, which says why the crawl ends.
  void finish();

  // ---- what is known

  const storage::Ledger& ledger() const { return *ledger_; }
  const FingerprintKey& key() const { return key_; }
  const storage::Books& before() const { return before_; }                  // of an earlier run
  const std::vector<storage::FileEntry>& files() const { return files_; }   // likewise
  const std::vector<std::string>& recovered() const { return recovered_; }  // what was cut
  bool has_lost_end() const { return end_of_ledger_ == storage::LedgerEnd::kLost; }
  bool is_committing() const { return is_committing_; }
  storage::CommitStats stats() const { return committer_->stats(); }
  std::uint64_t last() const { return before_.barrier + 1 + committer_->stats().barriers; }

 private:
  std::size_t changed_rows() const;
  bool makes_checkpoints() const { return made_ < most_; }
  boost::asio::awaitable<bool> wait_for_checkpoint(std::uint64_t bytes);
  void note_capture(storage::CaptureEntry entry, const storage::Appended& appended);
  void commit_when_due();
  void commit_soon();
  storage::Books totals(std::string_view end);
  Result<storage::Barrier> cut(std::string_view end);
  void write_captures(storage::Barrier& checkpoint);
  boost::asio::awaitable<Result<void>> commit_changes();
  void rotate_when_due();
  void look_for_room(bool is_owing);

  Clock& clock_;
  Stages& stages_;
  Stopping& stopping_;
  Shortage& shortage_;
  Meter& meter_;
  const std::function<void()> wake_;
  std::vector<storage::ChangeSource*> sources_;

  std::string out_;
  FingerprintKey key_ = FingerprintKey::random();
  std::unique_ptr<storage::Ledger> ledger_;
  std::unique_ptr<storage::Committer> committer_;
  storage::Books before_;
  std::vector<storage::FileEntry> files_;
  std::vector<std::string> recovered_;
  storage::LedgerEnd end_of_ledger_ = storage::LedgerEnd::kThere;

  // What the next one says of the archive.
  std::vector<std::pair<Place, storage::CaptureEntry>> captures_;
  std::map<std::uint32_t, std::uint64_t> segment_ends_;  // of segments written to since the last
  bool has_new_files_ = true;

  storage::SegmentEnd segment_;    // where the next capture goes
  std::uint32_t rotated_ = 0;      // the segment that the appender writes to, or is about to
  std::uint64_t uncommitted_ = 0;  // bytes appended since the last one that was committed
  std::uint64_t cut_bytes_ = 0;    // of these, in the one under way or owed
  std::uint32_t cut_segment_ = 0;  // the last segment in it
  std::uint64_t appending_ = 0;    // bytes of bodies on their way to a segment
  std::size_t waiting_ = 0;        // captures that wait to be appended

  std::uint64_t made_ = 0;
  const std::uint64_t most_;         // checkpoints of a run; a test may lower it
  const std::uint64_t most_of_one_;  // bytes: what recovery takes for one
  bool is_due_ = false;
  bool is_owing_ = false;  // one for which there was no room
  bool is_committing_ = false;
  std::unique_ptr<Alarm> next_;
  boost::asio::steady_timer committed_;  // never due; cancelled after each: many wait for it
};

}  // namespace scraper
