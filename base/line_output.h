// Lines on standard output that must not hold the crawl up: what the reader does not take yet waits
// in here, and the crawl asks is_full() before it leases more. A pipe is written only when it has
// room, whether or not it was made non-blocking.
//
// Owner's thread only.
#pragma once

#include <boost/asio/io_context.hpp>
#include <boost/asio/posix/stream_descriptor.hpp>
#include <functional>
#include <optional>
#include <string>
#include <string_view>

#include "base/error.h"

namespace scraper {

class LineOutput {
 public:
  // `on_change` is called when there is room again, when all is written, and when writing has
  // failed.
  LineOutput(boost::asio::io_context& io, int descriptor, std::function<void()> on_change);

  void write(std::string_view line);  // with a line end; dropped after a failure

  bool is_full() const { return waiting_.size() > kMostWaiting; }
  bool is_empty() const { return waiting_.empty(); }
  bool is_closed() const { return is_closed_; }                 // the reader has gone
  const std::optional<Error>& error() const { return error_; }  // any other failure

 private:
  static constexpr std::size_t kMostWaiting = 1u << 20;  // bytes

  void write_some();
  void wait_for_room();
  void give_up(int number);

  boost::asio::posix::stream_descriptor
      descriptor_;  // a duplicate; never opened for a file, which always has room
  const int target_;
  const std::function<void()> on_change_;
  std::string waiting_;
  bool is_waiting_ = false;
  bool is_closed_ = false;
  std::optional<Error> error_;
};

}  // namespace scraper
