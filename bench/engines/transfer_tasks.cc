#include "bench/engines/transfer_tasks.h"

#include <fmt/format.h>
#include <unistd.h>

#include <algorithm>
#include <boost/asio/co_spawn.hpp>
#include <boost/asio/io_context.hpp>
#include <boost/asio/steady_timer.hpp>
#include <boost/asio/use_awaitable.hpp>
#include <chrono>
#include <functional>
#include <memory>
#include <optional>
#include <utility>

#include "base/rethrow.h"
#include "bench/engines/world.h"
#include "bench/process_usage.h"

namespace scraper::bench {

namespace asio = boost::asio;

namespace {

using std::chrono::milliseconds;

constexpr milliseconds kPatience{30'000};

double micros(Duration duration) {
  return std::chrono::duration<double, std::micro>(duration).count();
}

double median_of(std::vector<double> values) {
  if (values.empty()) return 0;
  const auto middle = values.begin() + static_cast<std::ptrdiff_t>(values.size() / 2);
  std::nth_element(values.begin(), middle, values.end());
  return *middle;
}

// An engine with the transfers that a measurement has given it.
class Bench {
 public:
  struct Transfer {
    TimePoint begun{};
    TimePoint ended{};
    Capture capture;  // without its body
    bool is_begun = false;
    bool is_done = false;
  };

  static Result<std::unique_ptr<Bench>> make(const TaskWork& work, std::size_t concurrency,
                                             milliseconds max_transfer_time = 2 * kPatience) {
    std::unique_ptr<Bench> bench(new Bench(work.site));
    fetch::FetchOptions options = engine_options(concurrency, "");
    options.timeout = 2 * kPatience;
    options.max_transfer_time = max_transfer_time;
    auto fetcher = fetch::make_fetcher(work.engine, options, bench->io_.get_executor());
    if (!fetcher) return fetcher.error();
    bench->fetcher_ = std::move(*fetcher);
    return bench;
  }

  fetch::Fetcher& fetcher() { return *fetcher_; }
  const Transfer& transfer(std::size_t index) const { return *transfers_[index]; }
  std::size_t begun() const { return begun_; }
  std::size_t done() const { return done_; }

  // Forgets what has ended and begins `count` transfers with ids from 1 on once the loop runs, one
  // every `pace`.
  Result<void> begin(std::size_t count, const std::function<std::string(std::size_t)>& url,
                     milliseconds pace = milliseconds(0)) {
    transfers_.clear();
    begun_ = done_ = 0;
    const TimePoint start = SteadyClock::now();
    for (std::size_t i = 0; i < count; ++i) {
      auto requests = requests_for({url(i)});
      if (!requests) return requests.error();
      requests->front().id = i + 1;
      transfers_.push_back(std::make_unique<Transfer>());
      const std::optional<TimePoint> at =
          pace.count() > 0 ? std::optional(start + pace * i) : std::nullopt;
      asio::co_spawn(io_, run(std::move(requests->front()), transfers_.back().get(), at), kRethrow);
    }
    return {};
  }

  // Runs the loop until `is_there`; false when that takes too long.
  bool run_until(const std::function<bool()>& is_there, milliseconds patience = kPatience) {
    io_.restart();
    const TimePoint deadline = SteadyClock::now() + patience;
    while (!is_there()) {
      if (io_.run_one_until(deadline) == 0) return is_there();
    }
    return true;
  }

  bool run_until_done() {
    return run_until([this] { return done_ == transfers_.size(); });
  }

  // One step of what is ready.
  void poll_one() {
    io_.restart();
    io_.poll_one();
  }

 private:
  explicit Bench(const LoadSite& site) : site_(site) {}

  asio::awaitable<void> run(fetch::FetchRequest request, Transfer* transfer,
                            std::optional<TimePoint> at) {
    if (at) {
      asio::steady_timer timer(io_, *at);
      co_await timer.async_wait(asio::use_awaitable);
    }
    transfer->is_begun = true;
    ++begun_;
    transfer->begun = SteadyClock::now();
    const Capture capture = co_await fetcher_->fetch(std::move(request));
    transfer->ended = SteadyClock::now();
    transfer->capture = capture.outline();
    transfer->is_done = true;
    ++done_;
  }

  const LoadSite& site_;
  asio::io_context io_{1};
  std::unique_ptr<fetch::Fetcher> fetcher_;
  std::vector<std::unique_ptr<Transfer>> transfers_;
  std::size_t begun_ = 0;
  std::size_t done_ = 0;
};

Error too_long(std::string_view what) {
  return {Errc::kOther, fmt::format("{} took longer than {} s", what, kPatience.count() / 1000)};
}

// From `start` to the first byte, as the owner learns of it: when the capture came, less the time
// its body took.
double first_byte_us(const Bench::Transfer& transfer, TimePoint start) {
  const Timing& timing = transfer.capture.timing;
  return micros(transfer.ended - start - (timing.total - timing.first_byte));
}

// Begins one transfer and waits for its good end.
Result<void> one(Bench& bench, const std::string& url) {
  if (auto begun = bench.begin(1, [&](std::size_t) { return url; }); !begun) return begun;
  if (!bench.run_until_done()) return too_long("one transfer");
  if (bench.transfer(0).capture.status == 200) return {};
  return Error{Errc::kOther, "a transfer failed: " + bench.transfer(0).capture.error_text};
}

std::string hang_url(const LoadSite& site, std::size_t which) {
  return fmt::format("http://{}:{}/hang", site.addresses[which % site.addresses.size()], site.port);
}

// Until the server has all the connections: only then is a transfer one that waits for its answer.
Result<void> wait_for_connections(Bench& bench, const LoadSite& site, std::size_t count) {
  if (!bench.run_until([&] { return bench.begun() == count; }))
    return too_long("starting transfers");
  const TimePoint deadline = SteadyClock::now() + kPatience;
  while (SteadyClock::now() < deadline) {
    auto stats = site.stats();
    if (!stats) return stats.error();
    if (stats->open > count) return {};  // with the one that asks
    if (bench.done() != 0) return Error{Errc::kOther, "a transfer that is never answered ended"};
    bench.run_until([] { return false; }, milliseconds(20));
  }
  return too_long("connecting");
}

struct Cancelled {
  double one_us = 0;  // median
  double worst_us = 0;
  double all_ms = 0;
};

constexpr std::size_t kCancelledByOne = 50;

Result<void> cancel_some(Bench& bench, std::size_t count, Cancelled& cancelled) {
  std::vector<double> latencies;
  for (std::size_t i = 0; i < kCancelledByOne; ++i) {
    const std::size_t which = i * (count / kCancelledByOne);
    const TimePoint start = SteadyClock::now();
    bench.fetcher().cancel(which + 1);
    if (!bench.run_until([&] { return bench.transfer(which).is_done; }))
      return too_long("cancelling one transfer");
    latencies.push_back(micros(bench.transfer(which).ended - start));
    if (bench.transfer(which).capture.error != FetchError::kCancelled || bench.done() != i + 1) {
      return Error{Errc::kOther, "cancelling one transfer ended others"};
    }
  }
  cancelled.worst_us = *std::max_element(latencies.begin(), latencies.end());
  cancelled.one_us = median_of(std::move(latencies));
  return {};
}

Result<void> cancel_rest(Bench& bench, Cancelled& cancelled) {
  const TimePoint start = SteadyClock::now();
  bench.fetcher().cancel_all();
  if (!bench.run_until_done()) return too_long("cancelling all transfers");
  cancelled.all_ms = micros(SteadyClock::now() - start) / 1e3;
  return {};
}

}  // namespace

Result<std::vector<TaskValue>> measure_first_byte(const TaskWork& work) {
  LoadPage page;
  page.is_new_connection = true;
  const TimePoint start = SteadyClock::now();
  auto bench = Bench::make(work, 64);
  if (!bench) return bench.error();
  if (auto got = one(**bench, work.site.url(page)); !got) return got.error();
  const double cold = first_byte_us((*bench)->transfer(0), start);
  std::vector<double> warm;
  for (std::size_t i = 0; i < 200; ++i) {
    if (auto got = one(**bench, work.site.url(page, i)); !got) return got.error();
    warm.push_back(first_byte_us((*bench)->transfer(0), (*bench)->transfer(0).begun));
  }
  return std::vector<TaskValue>{
      {"first byte",
       "us",
       "from make_fetcher() to the first byte of its first answer, libcurl's and OpenSSL's start "
       "with it",
       cold,
       {}},
      {"first byte, engine running",
       "us",
       "from fetch() to the first byte over a new connection, one at a time, median of 200",
       median_of(std::move(warm)),
       {}}};
}

Result<std::vector<TaskValue>> measure_cancelling(const TaskWork& work) {
  auto bench = Bench::make(work, work.count);
  if (!bench) return bench.error();
  if (auto begun =
          (*bench)->begin(work.count, [&](std::size_t i) { return hang_url(work.site, i); });
      !begun)
    return begun.error();
  Cancelled cancelled;
  Result<void> done = wait_for_connections(**bench, work.site, work.count);
  if (done) done = cancel_some(**bench, work.count, cancelled);
  if (done) done = cancel_rest(**bench, cancelled);
  if (!done) return done.error();
  const std::string count = fmt::format("{} transfers that wait for their answer", work.count);
  return std::vector<TaskValue>{{"cancel one of 10000",
                                 "us",
                                 fmt::format("from cancel(id) to the capture, one of {}, which go "
                                             "on; median of {}, the worst {:.0f} us",
                                             count, kCancelledByOne, cancelled.worst_us),
                                 cancelled.one_us,
                                 {}},
                                {"cancel 10000",
                                 "ms",
                                 fmt::format("from cancel_all() to the last capture of {}", count),
                                 cancelled.all_ms,
                                 {}}};
}

Result<std::vector<TaskValue>> measure_deadlines(const TaskWork& work) {
  constexpr milliseconds kDeadline{1'000};
  const std::size_t count = std::min<std::size_t>(work.count, 1'000);
  auto bench = Bench::make(work, count, kDeadline);
  if (!bench) return bench.error();
  // Not all in one moment: then the last one's lateness would be the work of ending those before
  // it.
  const auto url = [&](std::size_t i) { return hang_url(work.site, i); };
  if (auto begun = (*bench)->begin(count, url, milliseconds(1)); !begun) return begun.error();
  if (!(*bench)->run_until_done()) return too_long("waiting for deadlines");
  std::vector<double> lateness;
  for (std::size_t i = 0; i < count; ++i) {
    const Bench::Transfer& transfer = (*bench)->transfer(i);
    if (transfer.capture.error != FetchError::kTimeout)
      return Error{Errc::kOther, "a transfer did not end at its deadline"};
    lateness.push_back(micros(transfer.ended - transfer.begun - kDeadline));
  }
  std::sort(lateness.begin(), lateness.end());
  return std::vector<TaskValue>{
      {"deadline lateness p99",
       "us",
       fmt::format(
           "of {} transfers that are never answered, a millisecond apart, beyond their {} ms",
           count, kDeadline.count()),
       lateness[count * 99 / 100],
       {}}};
}

Result<std::vector<TaskValue>> measure_owner(const TaskWork& work) {
  const std::size_t count = std::min<std::size_t>(work.count, 1'000);
  auto bench = Bench::make(work, count);
  if (!bench) return bench.error();
  LoadPage page;
  page.body = 1'024;
  page.delay = milliseconds(500);
  std::vector<double> calls;
  std::vector<double> all;
  for (int batch = 0; batch < 12; ++batch) {
    if (batch == 1)
      page.delay =
          milliseconds(0);  // the first one has started all threads and made all connections
    const auto url = [&](std::size_t i) { return work.site.url(page, i); };
    if (auto begun = (*bench)->begin(count, url); !begun) return begun.error();
    const double start = thread_cpu_us();
    while ((*bench)->begun() < count) (*bench)->poll_one();
    const double handed = thread_cpu_us();
    if (!(*bench)->run_until_done()) return too_long("a batch of transfers");
    if (batch == 0) continue;
    calls.push_back((handed - start) / static_cast<double>(count));
    all.push_back((thread_cpu_us() - start) / static_cast<double>(count));
  }
  const std::string about = fmt::format(
      "CPU of the owner's thread, {} transfers of 1 KB handed over at once and answered at once "
      "({})",
      count,
      work.engine == fetch::Engine::kThreads
          ? "the transfers themselves are on other threads"
          : "the transfers themselves are on this thread, and counted");
  return std::vector<TaskValue>{{"hand over a URL",
                                 "us",
                                 about + ": until the last call of fetch() has returned, a URL",
                                 median_of(std::move(calls)),
                                 {}},
                                {"hand over a URL and take its capture",
                                 "us",
                                 about + ": until the last capture is there, a URL",
                                 median_of(std::move(all)),
                                 {}}};
}

}  // namespace scraper::bench
