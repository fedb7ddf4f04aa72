// Time that a test moves by hand: nothing waits, and a crawl of hours takes milliseconds.
#pragma once

#include <algorithm>
#include <boost/asio/io_context.hpp>
#include <boost/asio/post.hpp>
#include <cstdint>
#include <map>
#include <memory>
#include <utility>

#include "base/alarm.h"
#include "base/completion.h"

namespace scraper::test {

// Must outlive `io`, whose coroutines have alarms; clear() comes before that is destroyed.
class VirtualClock final : public Clock {
 public:
  explicit VirtualClock(boost::asio::io_context& io) : io_(io) {}

  TimePoint now() const override { return now_; }
  WallTime wall_now() const override {
    return WallTime{} +
           std::chrono::duration_cast<std::chrono::microseconds>(now_.time_since_epoch());
  }
  std::unique_ptr<Alarm> make_alarm() override { return std::make_unique<VirtualAlarm>(*this); }

  // To the earliest alarm, which goes off. False: none is set.
  bool advance() {
    if (set_.empty()) return false;
    now_ = std::max(now_, set_.begin()->first.first);
    ring(set_.begin()->first);
    return true;
  }

  // Nobody is waited for any more: the coroutines are destroyed.
  void clear() {
    while (!set_.empty()) set_.extract(set_.begin());
  }

 private:
  using Key = std::pair<TimePoint, std::uint64_t>;  // in the order of setting where times are equal

  class VirtualAlarm final : public Alarm {
   public:
    explicit VirtualAlarm(VirtualClock& clock) : clock_(clock) {}
    ~VirtualAlarm() override { clock_.set_.erase(key_); }

    boost::asio::awaitable<void> wait_until(TimePoint when) override {
      co_await suspend_for<bool>([this, when](Completion<bool> done) {
        key_ = {when, ++clock_.number_};
        clock_.set_.emplace(key_, std::move(done));
      });
    }

    void cancel() override { clock_.ring(key_); }

   private:
    VirtualClock& clock_;
    Key key_{};
  };

  // On the loop's next turn, as a timer of Asio would.
  void ring(const Key& key) {
    auto waiting = set_.extract(key);
    if (waiting.empty()) return;
    boost::asio::post(io_, [done = std::move(waiting.mapped())]() mutable { done(true); });
  }

  boost::asio::io_context& io_;
  TimePoint now_{std::chrono::hours(1)};
  std::uint64_t number_ = 0;
  std::map<Key, Completion<bool>> set_;
};

}  // namespace scraper::test
