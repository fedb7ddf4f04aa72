#include "bench/engines/window.h"

#include <algorithm>
#include <boost/json.hpp>

#include "base/histogram.h"
#include "bench/child.h"
#include "bench/syscall_counter.h"

namespace scraper::bench {

namespace {

constexpr std::size_t kLatencies = 65'536;  // kept in all
constexpr std::size_t kFewest = 16;         // an asker

// Connections are opened no faster than this: what is measured comes afterwards, and a burst of
// thousands would only fill the server's queue of them.
constexpr std::chrono::microseconds kConnectionGap{50};
constexpr std::chrono::microseconds kTlsConnectionGap{1'000};

}  // namespace

Window::Window(const CellTask& task)
    : cell_(task.cell),
      seconds_(task.seconds),
      is_counted_(task.is_counted),
      kept_latencies_(std::max(kFewest, kLatencies / cell_.concurrency)),
      latencies_(kept_latencies_ * cell_.concurrency),
      askers_(cell_.concurrency) {
  for (std::size_t i = 0; i < askers_.size(); ++i)
    askers_[i].latencies = latencies_.data() + i * kept_latencies_;
  memory_before_ = ProcessSize::now().resident;
}

std::chrono::microseconds Window::offset(std::size_t index) const {
  const auto even =
      std::chrono::microseconds(std::uint64_t{1'000} * cell_.delay_ms * index / cell_.concurrency);
  const auto least = (cell_.is_tls ? kTlsConnectionGap : kConnectionGap) * index;
  return std::max<std::chrono::microseconds>(even, least);
}

bool Window::ended(std::size_t index, TimePoint begun, const char* error) {
  if (is_closed()) return false;
  const TimePoint now = SteadyClock::now();
  if (error != nullptr) count_error(error);
  Asker& asker = askers_[index];
  if (!asker.is_warm) {
    asker.is_warm = true;
    if (warm_.fetch_add(1) + 1 == askers_.size()) open();
  } else if (phase_.load(std::memory_order_acquire) == Phase::kOpen) {
    if (error == nullptr) note(asker, now - begun);
    if (error == nullptr) answered_.fetch_add(1);
    if (is_counted_) mark_request(answered_.load());
    Phase open = Phase::kOpen;
    if (!is_counted_ && now >= closes_at_ && phase_.compare_exchange_strong(open, Phase::kClosing))
      close(now);
  }
  return !is_closed();  // while it is closing threads are to go on: they are being counted
}

void Window::count_error(const char* error) {
  errors_.fetch_add(1);
  const char* none = nullptr;
  first_error_.compare_exchange_strong(none, error);
}

void Window::note(Asker& asker, Duration latency) const {
  const auto beyond = latency - std::chrono::milliseconds(cell_.delay_ms);
  const auto micros = std::clamp<std::int64_t>(
      std::chrono::duration_cast<std::chrono::microseconds>(beyond).count(), 0, UINT32_MAX);
  asker.latencies[asker.count++ % kept_latencies_] = static_cast<std::uint32_t>(micros);
}

void Window::open() {
  before_ = Usage::now();
  closes_at_ =
      before_.at + std::chrono::duration_cast<Duration>(std::chrono::duration<double>(seconds_));
  if (is_counted_) say({{"warm", true}});
  phase_.store(Phase::kOpen, std::memory_order_release);
}

void Window::close(TimePoint now) {
  after_ = Usage::now();
  after_.at = now;
  size_ = ProcessSize::now();
  phase_.store(Phase::kClosed, std::memory_order_release);
}

Reading Window::reading() const {
  Histogram histogram;
  for (const Asker& asker : askers_) {
    const std::uint64_t kept = std::min<std::uint64_t>(asker.count, kept_latencies_);
    for (std::uint64_t i = 0; i < kept; ++i)
      histogram.add(std::chrono::microseconds(asker.latencies[i]));
  }
  const auto micros = [&](double p) {
    return std::chrono::duration<double, std::micro>(histogram.percentile(p)).count();
  };
  Reading reading;
  reading.seconds = seconds(after_.at - before_.at);
  reading.requests = answered_.load();
  reading.errors = errors_.load();
  if (const char* error = first_error_.load()) reading.first_error = error;
  reading.cpu_us = after_.cpu_us - before_.cpu_us;
  reading.switches_voluntary = after_.switches_voluntary - before_.switches_voluntary;
  reading.switches_involuntary = after_.switches_involuntary - before_.switches_involuntary;
  reading.memory_before = memory_before_;
  reading.memory_after = size_.resident;
  reading.peak_memory = size_.peak_resident;
  reading.threads = size_.threads;
  reading.machine_busy = machine_busy(before_, after_);
  reading.latency_p50_us = micros(50);
  reading.latency_p99_us = micros(99);
  return reading;
}

}  // namespace scraper::bench
