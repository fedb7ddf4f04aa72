// Completion<T>: the other end of a co_await. An engine, the appender or the pool keeps it while it
// works and calls it once, on the owner's thread, with the answer; the coroutine that asked goes on
// there.
//
//   return suspend_for<Capture>([this, r = std::move(request)](Completion<Capture> done) mutable {
//   start(r, std::move(done)); });
//
// Move-only. A Completion destroyed without a call destroys the coroutine that waits for it.
#pragma once

#include <boost/asio/async_result.hpp>
#include <boost/asio/awaitable.hpp>
#include <boost/asio/use_awaitable.hpp>
#include <memory>
#include <utility>

namespace scraper {

template <class T>
class Completion {
 public:
  Completion() = default;

  template <class Handler>
  explicit Completion(Handler handler)
      : target_(std::make_unique<Target<Handler>>(std::move(handler))) {}

  explicit operator bool() const { return target_ != nullptr; }

  // Owner's thread, at most once. The coroutine runs inside this call until its next suspension.
  void operator()(T value) {
    auto target = std::move(target_);
    target->call(std::move(value));
  }

 private:
  struct Base {
    virtual ~Base() = default;
    virtual void call(T value) = 0;
  };

  template <class Handler>
  struct Target final : Base {
    explicit Target(Handler h) : handler(std::move(h)) {}
    void call(T value) override { std::move(handler)(std::move(value)); }
    Handler handler;
  };

  std::unique_ptr<Base> target_;
};

// Suspends the calling coroutine and runs start(Completion<T>) at once, on the same thread.
template <class T, class Start>
boost::asio::awaitable<T> suspend_for(Start start) {
  return boost::asio::async_initiate<const boost::asio::use_awaitable_t<>, void(T)>(
      [](auto handler, Start begin) { begin(Completion<T>(std::move(handler))); },
      boost::asio::use_awaitable, std::move(start));
}

}  // namespace scraper
