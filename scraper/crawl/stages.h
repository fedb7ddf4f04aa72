// The stages of a crawl: whatever happens off the owner's thread, as awaitables. Engine, resolver,
// appender and parse pool are behind it in the program (live_stages.h), simulated ones in tests of
// the loop (tests/crawl/simulated_stages.h).
//
// Owner's thread only. Every coroutine is resumed there.
#pragma once

#include <boost/asio/awaitable.hpp>
#include <cstdint>
#include <optional>
#include <string>

#include "base/capture.h"
#include "base/error.h"
#include "base/place.h"
#include "base/record_bytes.h"
#include "fetch/fetcher.h"
#include "parse/outcome.h"
#include "parse/workers/pool.h"
#include "storage/segments.h"

namespace scraper {

struct StageStats {
  fetch::FetchStats fetch;
  parse::PoolStats pool;
  storage::SegmentStats segments;
};

class Stages {
 public:
  virtual ~Stages() = default;

  // One request, its name looked up first. Ends with a Capture whatever happens. `max_body` in
  // bytes, instead of --max-body.
  virtual boost::asio::awaitable<Capture> transfer(std::string url,
                                                   std::optional<std::uint64_t> max_body) = 0;

  // Whether the host of this URL has an address. With a proxy the question is the proxy's: true.
  virtual boost::asio::awaitable<bool> look_up(std::string url) = 0;

  // The place of what was captured, once it is written; see storage::Segments::append().
  virtual boost::asio::awaitable<Result<storage::Appended>> append(Capture capture) = 0;

  // What a worker makes of the record there; `bytes` is the record where it is still in memory.
  virtual boost::asio::awaitable<parse::ParseOutcome> parse(Place place, parse::TaskKind kind,
                                                            RecordBytes bytes) = 0;

  // Of a record that an earlier run wrote: reads the disk.
  virtual Result<Capture> read_outline(Place place) = 0;

  // Captures wait to be written, as many as may.
  virtual bool is_full() const = 0;

  // What is appended from now on goes to the next segment.
  virtual void rotate() = 0;

  // Transfers in flight end within a second, as kCancelled, and so does what is asked later.
  virtual void cancel_transfers() = 0;

  virtual StageStats stats() const = 0;
};

}  // namespace scraper
