// Time that a test moves by hand: nothing waits, and a crawl of hours takes milliseconds.
#pragma once

#include <boost/asio/io_context.hpp>
#include <boost/asio/post.hpp>
#include <cstdint>
#include <map>
#include <memory>
#include <utility>

#include "base/alarm.h"
#include "base/completion.h"

namespace scraper::test {

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
    const auto first = set_.begin();
    now_ = std::max(now_, first->first.first);
    first->second->ring();
    return true;
  }

 private:
  class VirtualAlarm;
  using Key = std::pair<TimePoint, std::uint64_t>;  // in the order of setting where times are equal

  class VirtualAlarm final : public Alarm {
   public:
    explicit VirtualAlarm(VirtualClock& clock) : clock_(clock) {}
    ~VirtualAlarm() override { clock_.set_.erase(key_); }

    boost::asio::awaitable<void> wait_until(TimePoint when) override {
      co_await suspend_for<bool>([this, when](Completion<bool> done) {
        done_ = std::move(done);
        key_ = {when, ++clock_.number_};
        clock_.set_.emplace(key_, this);
      });
    }

    void cancel() override {
      if (done_) ring();
    }

    void ring() {
      clock_.set_.erase(key_);
      boost::asio::post(clock_.io_, [done = std::move(done_)]() mutable { done(true); });
    }

   private:
    VirtualClock& clock_;
    Key key_{};
    Completion<bool> done_;
  };

  boost::asio::io_context& io_;
  TimePoint now_{std::chrono::hours(1)};
  std::uint64_t number_ = 0;
  std::map<Key, VirtualAlarm*> set_;
};

}  // namespace scraper::test
