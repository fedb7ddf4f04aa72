// Channel and Mailbox: the only two ways a value crosses from one thread to another, and the home of the program's only mutexes.
//
// Channel<T> is a bounded queue read by threads that block: the owner pushes, engine threads and the appender pop. Every waiting
// thread has a wake slot of its own and the idle slots are a stack, the one that slept last on top: with 1,000 threads on one
// condition variable a hand-over costs some 50 us, with a slot each a few, and the thread that is woken still has a warm stack.
//
// Mailbox<T> goes the other way: any thread posts, the owner's executor drains everything that has come in one turn. It never
// blocks the poster; what bounds it is that only work the owner handed out comes back.
#pragma once

#include <boost/asio/any_io_executor.hpp>
#include <boost/asio/post.hpp>
#include <cassert>
#include <condition_variable>
#include <cstddef>
#include <deque>
#include <functional>
#include <memory>
#include <mutex>
#include <optional>
#include <utility>
#include <vector>

namespace scraper {

template <class T>
class Channel {
 public:
  explicit Channel(std::size_t capacity) : capacity_(capacity) {}
  Channel(const Channel&) = delete;
  Channel& operator=(const Channel&) = delete;

  // False, with `value` untouched, when the channel is full or closed. Never blocks: what the owner uses.
  bool try_push(T&& value) {
    std::unique_lock lock(mutex_);
    if (closed_ || queue_.size() >= capacity_) return false;
    queue_.push_back(std::move(value));
    wake_one(lock);
    return true;
  }

  // Blocks until a value is there. Nothing once the channel is closed and empty. Any number of threads.
  std::optional<T> pop() {
    std::unique_lock lock(mutex_);
    if (!wait_for_value(lock)) return std::nullopt;
    std::optional<T> value(std::move(queue_.front()));
    queue_.pop_front();
    return value;
  }

  // Blocks for the first value, then takes up to `most` that are there. Empty once closed and drained.
  std::vector<T> pop_some(std::size_t most) {
    std::vector<T> values;
    std::unique_lock lock(mutex_);
    if (!wait_for_value(lock)) return values;
    while (!queue_.empty() && values.size() < most) {
      values.push_back(std::move(queue_.front()));
      queue_.pop_front();
    }
    return values;
  }

  // Wakes everybody; what is queued is still popped, nothing more is taken in.
  void close() {
    std::lock_guard lock(mutex_);
    closed_ = true;
    while (idle_ != nullptr) pop_slot()->signal.notify_one();
  }

  std::size_t size() const {
    std::lock_guard lock(mutex_);
    return queue_.size();
  }

 private:
  struct Slot {
    std::condition_variable signal;
    bool woken = false;
    Slot* below = nullptr;
  };

  Slot* pop_slot() {
    Slot* slot = idle_;
    idle_ = slot->below;
    slot->woken = true;
    return slot;
  }

  // The slot lives on the waiter's stack and may be gone once the lock is released, so it is notified under the lock.
  void wake_one(std::unique_lock<std::mutex>&) {
    if (idle_ != nullptr) pop_slot()->signal.notify_one();
  }

  bool wait_for_value(std::unique_lock<std::mutex>& lock) {
    while (queue_.empty()) {
      if (closed_) return false;
      Slot slot;
      slot.below = idle_;
      idle_ = &slot;
      slot.signal.wait(lock, [&] { return slot.woken; });
    }
    return true;
  }

  const std::size_t capacity_;
  mutable std::mutex mutex_;
  std::deque<T> queue_;
  Slot* idle_ = nullptr;
  bool closed_ = false;
};

template <class T>
class Mailbox {
 public:
  // `take` is called on `executor`, once a value, in the order of posting. The executor runs on one thread: the owner.
  Mailbox(boost::asio::any_io_executor executor, std::function<void(T)> take)
      : state_(std::make_shared<State>(std::move(executor), std::move(take))) {}
  Mailbox(const Mailbox&) = delete;
  Mailbox& operator=(const Mailbox&) = delete;

  // After the destructor, on the owner's thread, nothing is delivered any more.
  ~Mailbox() { state_->take = nullptr; }

  // Any thread.
  void post(T value) {
    bool first = false;
    {
      std::lock_guard lock(state_->mutex);
      first = state_->waiting.empty();
      state_->waiting.push_back(std::move(value));
    }
    if (first) boost::asio::post(state_->executor, [state = state_] { drain(*state); });
  }

 private:
  struct State {
    State(boost::asio::any_io_executor e, std::function<void(T)> t) : executor(std::move(e)), take(std::move(t)) {}
    boost::asio::any_io_executor executor;
    std::function<void(T)> take;  // owner's thread only
    std::mutex mutex;
    std::vector<T> waiting;
  };

  static void drain(State& state) {
    std::vector<T> batch;
    {
      std::lock_guard lock(state.mutex);
      batch.swap(state.waiting);
    }
    for (T& value : batch) {
      if (state.take) state.take(std::move(value));
    }
  }

  std::shared_ptr<State> state_;
};

}  // namespace scraper
