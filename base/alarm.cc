#include "base/alarm.h"

#include <boost/asio/as_tuple.hpp>
#include <boost/asio/use_awaitable.hpp>
#include <utility>

namespace asio = boost::asio;

namespace scraper {

namespace {

class TimerAlarm final : public Alarm {
 public:
  explicit TimerAlarm(const asio::any_io_executor& owner) : timer_(owner) {}

  asio::awaitable<void> wait_until(TimePoint when) override {
    timer_.expires_at(when);
    co_await timer_.async_wait(asio::as_tuple(asio::use_awaitable));
  }

  void cancel() override { timer_.cancel(); }

 private:
  asio::steady_timer timer_;
};

}  // namespace

std::unique_ptr<Alarm> SystemClock::make_alarm() { return std::make_unique<TimerAlarm>(owner_); }

}  // namespace scraper
