// Channel and Mailbox: the only two ways a value crosses from one thread to another, and the home
// of the program's only mutexes.
//
// Channel<T> is a bounded queue read by threads that block: the owner pushes, engine threads and
// the appender pop. Every waiting thread has a slot of its own into which the value is put: it
// wakes without contending with the others and the owner (with 1,000 threads on one condition
// variable a hand-over costs some 50 us). The idle slots are a stack, the one that slept last on
// top, so that the thread that is woken still has a warm stack.
//
// Mailbox<T> goes the other way: any thread posts, the owner's executor drains everything that has
// come in one turn. It never blocks the poster; what bounds it is that only work the owner handed
// out comes back.
#pragma once

#include <semaphore.h>

#include <boost/asio/any_io_executor.hpp>
#include <boost/asio/post.hpp>
#include <cassert>
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

  // False, with `value` untouched, when the channel is full or closed. Never blocks: what the owner
  // uses.
  bool try_push(T&& value) {
    Slot* idle = nullptr;
    {
      std::lock_guard lock(mutex_);
      if (closed_ || queue_.size() >= capacity_) return false;
      if (idle_ == nullptr) {
        queue_.push_back(std::move(value));
        return true;
      }
      idle = std::exchange(idle_, idle_->below);
    }
    idle->wake(std::move(value));
    return true;
  }

  // Blocks until a value is there. Nothing once the channel is closed and empty. Any number of
  // threads.
  std::optional<T> pop() {
    Slot slot;
    {
      std::lock_guard lock(mutex_);
      if (!queue_.empty()) return take();
      if (closed_) return std::nullopt;
      slot.below = std::exchange(idle_, &slot);
    }
    return slot.wait();
  }

  // Blocks for the first value, then takes up to `most` that are there. Empty once closed and
  // drained.
  std::vector<T> pop_some(std::size_t most) {
    std::vector<T> values;
    if (std::optional<T> first = pop()) values.push_back(std::move(*first));
    if (values.empty()) return values;
    std::lock_guard lock(mutex_);
    while (!queue_.empty() && values.size() < most) values.push_back(take());
    return values;
  }

  // Wakes everybody; what is queued is still popped, nothing more is taken in.
  void close() {
    Slot* idle = nullptr;
    {
      std::lock_guard lock(mutex_);
      closed_ = true;
      idle = std::exchange(idle_, nullptr);
    }
    while (idle != nullptr) std::exchange(idle, idle->below)->wake(std::nullopt);
  }

  std::size_t size() const {
    std::lock_guard lock(mutex_);
    return queue_.size();
  }

 private:
  // Of a thread that waits; on its stack. Who took it off the idle stack wakes it, once, and does
  // not touch it afterwards. A POSIX semaphore and not a condition variable, whose lock would have
  // to be held until the slot may be gone: the thread would wake only to wait for that lock (two
  // more system calls and often one more switch a value). It may be destroyed as soon as sem_wait
  // returns (glibc since 2.21).
  struct Slot {
    Slot() { sem_init(&is_woken, 0, 0); }
    Slot(const Slot&) = delete;
    Slot& operator=(const Slot&) = delete;
    ~Slot() { sem_destroy(&is_woken); }

    sem_t is_woken;
    std::optional<T> value;
    Slot* below = nullptr;

    void wake(std::optional<T> with) {
      value = std::move(with);
      sem_post(&is_woken);
    }

    std::optional<T> wait() {
      while (sem_wait(&is_woken) != 0) {  // a signal
      }
      return std::move(value);
    }
  };

  T take() {
    T value = std::move(queue_.front());
    queue_.pop_front();
    return value;
  }

  const std::size_t capacity_;
  mutable std::mutex mutex_;
  std::deque<T> queue_;  // empty while a thread is idle
  Slot* idle_ = nullptr;
  bool closed_ = false;
};

template <class T>
class Mailbox {
 public:
  // `take` is called on `executor`, once a value, in the order of posting. The executor runs on one
  // thread: the owner.
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
    State(boost::asio::any_io_executor e, std::function<void(T)> t)
        : executor(std::move(e)), take(std::move(t)) {}
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
