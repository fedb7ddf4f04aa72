// The time that a crawl lives by: what it is, and how to wait for some. The program's is the
// machine's; a test gives the loop one that it moves by hand (tests/support/virtual_time.h).
//
// Owner's thread only.
#pragma once

#include <boost/asio/any_io_executor.hpp>
#include <boost/asio/awaitable.hpp>
#include <boost/asio/steady_timer.hpp>
#include <memory>

#include "base/clock.h"

namespace scraper {

// One waiter at a time.
class Alarm {
 public:
  virtual ~Alarm() = default;

  // Resumes the caller at `when`, or at cancel().
  virtual boost::asio::awaitable<void> wait_until(TimePoint when) = 0;
  virtual void cancel() = 0;
};

class Clock {
 public:
  virtual ~Clock() = default;
  virtual TimePoint now() const = 0;
  virtual WallTime wall_now() const = 0;

  // For one who waits; the clock must outlive it.
  virtual std::unique_ptr<Alarm> make_alarm() = 0;
};

// The machine's clocks, and Asio's timers.
class SystemClock final : public Clock {
 public:
  explicit SystemClock(boost::asio::any_io_executor owner) : owner_(std::move(owner)) {}
  TimePoint now() const override { return SteadyClock::now(); }
  WallTime wall_now() const override { return scraper::wall_now(); }
  std::unique_ptr<Alarm> make_alarm() override;

 private:
  boost::asio::any_io_executor owner_;
};

}  // namespace scraper
