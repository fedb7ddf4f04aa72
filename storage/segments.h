// Segments: the append-only WARC/1.1 files (ISO 28500:2017) that are archive and hand-off at once.
// One thread, the appender, alone writes; captures reach it through a bounded channel and places
// come back, in file order, after the write returned.
//
// For each answer a `response` record (the place points at it) and a `request` record; for a
// transfer without an answer a `metadata` record with the error (the place points at that). Every
// file begins with `warcinfo`. Written once, never changed; how a record looks, and what of an HTTP
// head is not as received, is in storage/warc.h. A response and its request are never parted.
//
// Files are gone on with after a kill: a SegmentEnd says how far one is known to be good, and what
// is past it is cut off before anything is written. A file is left for the next when the owner says
// so, never by itself.
//
// append() and rotate() are called on the owner's thread; everything else here says which.
#pragma once

#include <boost/asio/any_io_executor.hpp>
#include <boost/asio/awaitable.hpp>
#include <cstdint>
#include <memory>
#include <string>
#include <string_view>
#include <vector>

#include "base/capture.h"
#include "base/error.h"
#include "base/place.h"
#include "base/record_bytes.h"
#include "storage/warc.h"

namespace scraper::storage {

// When a file has passed this it is time for the next.
inline constexpr std::uint64_t kRotateAt = 1ull << 30;

// The first byte after a capture's group of records.
struct SegmentEnd {
  std::uint32_t segment = 0;
  std::uint64_t offset = 0;
  friend bool operator==(const SegmentEnd&, const SegmentEnd&) = default;
};

struct SegmentOptions {
  std::string directory;      // OUT/warc, which exists
  SegmentEnd begin;           // where to go on; offset 0: the file is begun anew, whatever it held
  std::size_t queue = 1'024;  // captures that wait for the appender
  std::uint64_t queue_bytes = 64ull << 20;  // bytes of bodies in memory that wait for it
  std::string software;                     // of warcinfo: "scraper/0.1"
  std::vector<std::pair<std::string, std::string>>
      about;  // further warcinfo fields: robots, http-header-user-agent, operator, …
};

struct SegmentStats {
  std::uint64_t records = 0;
  std::uint64_t bytes = 0;
  std::uint64_t writes = 0;  // system calls
  std::size_t queued = 0;
  std::uint64_t busy_nanos = 0;  // the appender's time outside waiting for captures
};

// Whether the bytes of the record are wanted back, so that who parses it need not read what was
// just written.
enum class Keep : bool { kNo, kYes };

struct Appended {
  Place place;
  Sha256 digest{};    // of the body; zeros where there is no answer
  RecordBytes bytes;  // moved, not copied. Empty when they were not to be kept, or when the body
                      // waited in a spool file
  SegmentEnd end;     // where the next capture goes, in this file
};

class Segments {
 public:
  // Opens the segment of `begin` and starts the appender. No link is followed, and a file not made
  // here is never removed.
  //
  // At offset 0 the file is made (0600) or emptied, and begins with its warcinfo. Past it the file
  // must be there, begin with a warcinfo record, which later records name, and be at least so long:
  // else it is damaged, and an Error kFile with its name says so before anything is touched. What
  // is longer is cut. Segments with higher numbers are for the caller to remove.
  static Result<std::unique_ptr<Segments>> open(SegmentOptions options,
                                                boost::asio::any_io_executor owner);

  // Everything queued is written first. Coroutines that still wait for their place are destroyed; a
  // coroutine that append() has just resumed must not be the one to destroy Segments.
  ~Segments();

  // The place of the response or metadata record. After an error of the disk the file ends with the
  // last capture that was whole, and every later append gets that error too; but after kExhausted,
  // no room, an append tries again. Keeps the executor's context running while it waits.
  boost::asio::awaitable<Result<Appended>> append(Capture capture, Keep keep = Keep::kNo);

  // What was append()ed before stays in its file, all that comes later goes to the next. The file
  // is made by the appender when its turn comes (O_EXCL, O_NOFOLLOW, 0600); when it cannot be, the
  // next append gets the error, and where there was no room tries again.
  void rotate();

  // True when what waits has reached `queue` or `queue_bytes`: the owner leases nothing more then.
  // append() itself never blocks, but what it is given past `queue` waits on the owner's side.
  bool is_full() const;

  // A read-only descriptor of a segment, for a worker. Owner's thread.
  Result<int> open_for_reading(std::uint32_t segment) const;

  // What the record at this place says of its transfer, as Capture::outline() was when it was
  // archived. Owner's thread; reads the disk.
  Result<Capture> read_outline(Place place) const;

  SegmentStats stats() const;

 private:
  struct State;
  explicit Segments(std::unique_ptr<State> state);
  std::unique_ptr<State> state_;
};

}  // namespace scraper::storage
