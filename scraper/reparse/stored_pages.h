// What a crawl has stored, read and parsed again: the rows of its captures are gone through in
// order of place, of each that is wanted the record's own word on its transfer is read from the
// archive, and a parse pool reads the document. No network, no lock, nothing is written. Beside a
// crawl that runs it is all as of the barrier at which the ledger was opened.
//
// Results are given one by one in order of place, whatever the order in which workers answer; so
// one slow document holds those behind it back, of which there are never more than
// `most_in_flight`. Nothing grows with the number of captures.
//
// Owner's thread only, on which the pool's executor runs.
#pragma once

#include <boost/asio/any_io_executor.hpp>
#include <boost/asio/awaitable.hpp>
#include <boost/asio/steady_timer.hpp>
#include <cstdint>
#include <deque>
#include <functional>
#include <memory>
#include <optional>
#include <string>
#include <vector>

#include "base/capture.h"
#include "base/error.h"
#include "base/place.h"
#include "parse/outcome.h"
#include "parse/workers/pool.h"
#include "storage/ledger.h"
#include "storage/warc_reader.h"

namespace scraper {

// A capture as the ledger has it.
struct StoredCapture {
  Place place;
  storage::CaptureEntry entry;
  const storage::StateEntry* state =
      nullptr;  // of its URL; null where it has no row, and of robots.txt and sitemaps

  // Whether what became of the URL was decided by this capture, not by a later one.
  bool is_last() const { return state != nullptr && state->place == place; }
};

struct StoredPage {
  StoredCapture capture;

  // As Capture::outline() was when it was archived. An error says what is wrong with the record:
  // file, offset, kInvalid or kFile.
  Result<Capture> outline;

  // Nothing where it was not to be parsed, there is no whole answer, or the outline is an error. A
  // record with PageFault::kBadRecord says that the bytes at the place are not those of the ledger.
  std::optional<parse::ParseOutcome> outcome;
};

class StoredPages {
 public:
  enum class Want { kNothing, kOutline, kOutcome };

  struct Options {
    std::string directory;             // OUT
    std::size_t most_in_flight = 256;  // results that are waited for or wait their turn
    std::function<Want(const StoredCapture&)> choose;  // asked of every capture
    std::function<Result<void>(const StoredPage&)>
        take;  // valid during the call; an error ends it all
    std::function<bool()>
        has_room;  // false: nothing more is begun until go_on(). Null: it always has
  };

  // Ledger and pool outlive it.
  StoredPages(boost::asio::any_io_executor owner, const storage::Ledger& ledger,
              parse::ParsePool& pool, Options options);

  // To the last capture or the first error: of the ledger, or of `take`. Once. When it returns
  // nothing is in flight.
  boost::asio::awaitable<Result<void>> run();

  void go_on() { wake(); }

 private:
  // Strings that the rows' views are of; never moved.
  struct Turn {
    StoredPage page;
    storage::StateEntry state;
    std::string error;
    std::string reason;
    std::uint64_t held = 0;  // bytes of the record, and of what came of it
    bool is_done = false;
  };

  Result<std::vector<std::unique_ptr<Turn>>> read_window();
  Result<void> find_state(Turn& turn) const;
  Result<void> begin(std::unique_ptr<Turn> turn);
  boost::asio::awaitable<void> parse(Turn& turn);
  Result<Capture> read_outline(const Place& place);
  Result<storage::SegmentReader*> reader_of(std::uint32_t segment);
  void give();
  bool must_wait() const;
  boost::asio::awaitable<void> wait();
  void wake();

  const storage::Ledger& ledger_;
  parse::ParsePool& pool_;
  const Options options_;
  std::vector<storage::FileEntry> files_;
  std::unique_ptr<storage::SegmentReader> reader_;
  std::uint32_t segment_ = 0;  // of the reader
  std::uint32_t next_segment_ = 0;
  std::uint64_t next_offset_ = 0;
  bool has_more_ = true;
  std::deque<std::unique_ptr<Turn>> turns_;  // in order of place
  std::uint64_t held_ = 0;                   // of all turns
  std::optional<Error> error_;
  boost::asio::any_io_executor owner_;
  boost::asio::steady_timer waker_;
  bool is_waiting_ = false;
};

}  // namespace scraper
