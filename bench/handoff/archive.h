// HandoffArchive: documents written into segments by the crawl's own storage, for a measurement
// that hands them over again and again. One thread.
#pragma once

#include <boost/asio/awaitable.hpp>
#include <boost/asio/io_context.hpp>
#include <cstddef>
#include <cstdint>
#include <functional>
#include <memory>
#include <string>
#include <vector>

#include "base/error.h"
#include "base/place.h"
#include "base/record_bytes.h"

namespace scraper::storage {
class Segments;
}

namespace scraper::bench {

struct ArchiveOptions {
  std::string directory;    // which exists; whoever made it removes what is written there
  std::size_t payload = 0;  // bytes of a body
  std::size_t documents = 0;
  bool has_file_each = false;  // every document in a segment of its own
};

class HandoffArchive {
 public:
  static Result<std::unique_ptr<HandoffArchive>> write(boost::asio::io_context& io,
                                                       ArchiveOptions options);

  std::size_t size() const { return places_.size(); }
  const Place& place(std::size_t document) const { return places_[document]; }

  // A copy of what the appender had in its hands when it wrote that document.
  RecordBytes bytes(std::size_t document) const;

  // Opens the path anew each time: parse::PoolOptions::open_segment.
  Result<int> open(std::uint32_t segment) const;

 private:
  explicit HandoffArchive(ArchiveOptions options) : options_(std::move(options)) {}
  Result<void> write_all(boost::asio::io_context& io);
  boost::asio::awaitable<void> append(storage::Segments& segments, std::size_t document,
                                      Result<void>& all);

  ArchiveOptions options_;
  std::vector<std::string> bodies_;  // a few; document i has the body i modulo their number
  std::vector<std::string> heads_;
  std::vector<Place> places_;
};

// Calls `ask` for 0 … count - 1, at most `width` of them awaited at once, in order of their start,
// and runs `io` until the last has ended.
void ask_all(boost::asio::io_context& io, std::size_t count, std::size_t width,
             const std::function<boost::asio::awaitable<void>(std::size_t)>& ask);

}  // namespace scraper::bench
