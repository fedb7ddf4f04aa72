// Window: what all the runners of a cell share, whichever way they wait. Each of `concurrency`
// askers says when one of its requests has ended; the window opens when every asker has had its
// first answer (so connections are made, threads started, memory taken), closes when its extent is
// over, and tells everybody to stop.
//
// It opens and closes with an answer, so that even a few requests in a long window are counted
// without a remainder. Any thread may call it; it allocates everything it needs when it is made and
// what it took is known when it was made.
#pragma once

#include <atomic>
#include <chrono>
#include <cstdint>
#include <vector>

#include "bench/engines/cells.h"
#include "bench/process_usage.h"

namespace scraper::bench {

class Window {
 public:
  explicit Window(const CellTask& task);

  // The moment asker `index` is to ask for the first time, from the start of the run: spread over
  // one delay of the server's, so that answers come evenly and not in bursts, and connections are
  // not all opened in one moment.
  std::chrono::microseconds offset(std::size_t index) const;

  // A request of that asker, begun at `begun`, has ended; in `error`, a text that lives for ever,
  // unless that is null. False: stop asking. One call at a time for an asker.
  bool ended(std::size_t index, TimePoint begun, const char* error);

  // Nothing is measured any more: every asker is told to stop when its request ends.
  void abandon() { phase_.store(Phase::kClosed, std::memory_order_release); }

  bool is_closed() const { return phase_.load(std::memory_order_acquire) == Phase::kClosed; }

  // Once it is closed and every asker has stopped, or is on the thread that calls this.
  Reading reading() const;

 private:
  enum class Phase : std::uint8_t { kWarming, kOpening, kOpen, kClosing, kClosed };

  // The newest latencies of one asker: no lock, and a bound.
  struct Asker {
    std::uint32_t* latencies = nullptr;
    std::uint64_t count = 0;
    bool is_warm = false;
  };

  void count_error(const char* error);
  void note(Asker& asker, Duration latency) const;
  void open();
  void close(TimePoint now);

  const Cell cell_;
  const double seconds_;
  const bool is_counted_;
  const std::size_t kept_latencies_;  // an asker
  std::vector<std::uint32_t> latencies_;
  std::vector<Asker> askers_;
  std::uint64_t memory_before_;
  std::atomic<Phase> phase_{Phase::kWarming};
  std::atomic<std::size_t> warm_{0};
  std::atomic<std::uint64_t> answered_{0};
  std::atomic<std::uint64_t> errors_{0};
  std::atomic<const char*> first_error_{nullptr};
  TimePoint closes_at_{};
  Usage before_;
  Usage after_;
  ProcessSize size_;
};

}  // namespace scraper::bench
