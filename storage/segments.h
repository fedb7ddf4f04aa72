// Segments: the append-only WARC/1.1 files (ISO 28500:2017) that are archive and hand-off at once. One thread, the appender, alone
// writes; captures reach it through a bounded channel and places come back, in file order, after the write returned.
//
// For each answer a `response` record (the place points at it) and a `request` record; for a transfer without an answer a
// `metadata` record with the error (the place points at that). Every file begins with `warcinfo`. Written once, never changed: an
// HTTP/1.x head stays as received except that Transfer-Encoding becomes X-Archive-Orig-Transfer-Encoding and Content-Length is set
// to what was kept; HTTP/2 is written as HTTP/1.1 with `WARC-Protocol: h2`; a body cut at --max-body has `WARC-Truncated: length`.
//
// append() is called on the owner's thread; everything else here says which.
#pragma once

#include <boost/asio/any_io_executor.hpp>
#include <boost/asio/awaitable.hpp>
#include <cstdint>
#include <memory>
#include <string>
#include <string_view>
#include <vector>

#include "scraper/base/capture.h"
#include "scraper/base/error.h"
#include "scraper/base/place.h"

namespace scraper::storage {

struct SegmentOptions {
  std::string directory;                                   // OUT/warc, which exists
  std::uint64_t rotate_at = 1ull << 30;                    // a file that has passed this is followed by the next
  std::size_t queue = 1'024;                               // captures that wait for the appender
  std::string software;                                    // of warcinfo: "scraper/0.1"
  std::vector<std::pair<std::string, std::string>> about;  // further warcinfo fields: robots, http-header-user-agent, operator, …
};

struct SegmentStats {
  std::uint64_t records = 0;
  std::uint64_t bytes = 0;
  std::uint64_t writes = 0;  // system calls
  std::size_t queued = 0;
  std::uint64_t busy_nanos = 0;  // the appender's time outside waiting
};

class Segments {
 public:
  // Creates 00000.warc (O_EXCL, O_NOFOLLOW, 0600), writes its warcinfo and starts the appender.
  static Result<std::unique_ptr<Segments>> open(SegmentOptions options, boost::asio::any_io_executor owner);
  ~Segments();  // everything queued is written first

  // The place of the response or metadata record. After an error of the disk every later append gets that error too.
  boost::asio::awaitable<Result<Place>> append(Capture capture);

  // True when append() would have to wait for room: the owner leases nothing more then.
  bool is_full() const;

  // A read-only descriptor of a segment, for a worker. Owner's thread.
  Result<int> open_for_reading(std::uint32_t segment) const;

  SegmentStats stats() const;

 private:
  struct State;
  explicit Segments(std::unique_ptr<State> state);
  std::unique_ptr<State> state_;
};

// The records of one capture as bytes, without a body that is in a spool file: pure, for the appender and the tests.
// `response_length` is the length of the first record (what the place covers).
struct WarcRecords {
  std::string before_body;  // header of the first record and the HTTP head
  std::string after_body;   // its end, then the request record
  std::uint64_t first_length = 0;
};
WarcRecords to_warc(const Capture& capture, std::string_view warcinfo_id);

// "00000.warc" for 0.
std::string segment_name(std::uint32_t segment);

}  // namespace scraper::storage
