// Why a crawl ends, and how fast. A limit or the first signal lets what is in flight finish; a
// second signal, --max-time or SIGTERM's grace cut it short; an error ends it at once. The last
// word on `end` is an error's, then a signal's, then the first reason's.
//
// It calls nobody by name: who has to act registers for it. Owner's thread only.
#pragma once

#include <boost/asio/awaitable.hpp>
#include <boost/asio/io_context.hpp>
#include <boost/asio/signal_set.hpp>
#include <cstdint>
#include <functional>
#include <optional>
#include <string_view>
#include <vector>

#include "base/alarm.h"
#include "base/error.h"
#include "scraper/crawl/meter.h"

namespace scraper {

enum class End : std::uint8_t {
  kComplete,
  kLimit,
  kMaxTime,
  kQuota,
  kInterrupted,
  kTerminated,
  kOutputClosed,
  kBroken
};

// "complete", "limit", …: how report.json and the ledger say it.
std::string_view to_string(End end);

class Stopping {
 public:
  // `io` is stopped when a crawl that was cut short does not end by itself.
  Stopping(boost::asio::io_context& io, Clock& clock, const Meter& meter, bool is_quiet)
      : io_(io), clock_(clock), meter_(meter), is_quiet_(is_quiet) {}

  // `on_change`: what is waited for may never come, or no longer matter. `on_cut`: transfers end
  // now.
  void on_change(std::function<void()> act) { on_change_.push_back(std::move(act)); }
  void on_cut(std::function<void()> act) { on_cut_.push_back(std::move(act)); }

  void stop(End why);
  void fail(Error error);

  // A failure of disk or memory: whatever it was, the crawl can be resumed from its last
  // checkpoint.
  void fail_of_machine(Error error);

  // The same where the frontier cannot go on: what came after the last checkpoint is half done,
  // and is left to the next run.
  void lose_frontier(Error why);

  // Ends what is in flight after `grace`.
  void cut_short_after(Duration grace);

  // SIGINT and SIGTERM do not end the program any more; they wait for watch_signals().
  void take_signals();
  boost::asio::awaitable<void> watch_signals();

  // The loop has ended.
  void mark_ended() { ended_ = clock_.now(); }

  bool is_stopping() const { return is_stopping_; }
  bool is_broken() const { return end_ == End::kBroken; }
  bool is_cut_short() const { return is_cut_short_; }
  bool is_frontier_lost() const { return is_frontier_lost_; }
  End end() const { return end_; }
  const std::optional<Error>& error() const { return error_; }  // of kBroken, the first
  TimePoint stopped_at() const { return stopped_at_; }          // far away until then
  std::optional<TimePoint> ended() const { return ended_; }

  // Taking the crawl apart would wait for what is still under way.
  bool is_unfinished() const { return !ended_ || is_cut_short_; }

 private:
  void begin(End why);
  boost::asio::awaitable<void> cut_short(Duration grace);

  boost::asio::io_context& io_;
  Clock& clock_;
  const Meter& meter_;
  const bool is_quiet_;
  boost::asio::signal_set signals_{io_};
  std::vector<std::function<void()>> on_change_;
  std::vector<std::function<void()>> on_cut_;
  bool is_stopping_ = false;
  bool is_cut_short_ = false;
  bool is_frontier_lost_ = false;
  End end_ = End::kComplete;
  std::optional<Error> error_;
  TimePoint stopped_at_ = TimePoint::max();
  std::optional<TimePoint> ended_;
};

}  // namespace scraper
