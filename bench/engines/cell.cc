#include "bench/engines/cell.h"

#include <unistd.h>

#include <boost/asio/co_spawn.hpp>
#include <boost/asio/io_context.hpp>
#include <boost/asio/steady_timer.hpp>
#include <boost/asio/use_awaitable.hpp>
#include <boost/json.hpp>
#include <memory>
#include <utility>

#include "base/rethrow.h"
#include "bench/child.h"
#include "bench/engines/bare_loops.h"
#include "bench/engines/window.h"
#include "bench/engines/world.h"
#include "fetch/fetcher.h"

namespace scraper::bench {

namespace asio = boost::asio;

namespace {

constexpr unsigned kMostCountedSeconds =
    60;  // of a run whose system calls are counted: whoever counts has no time-out

// A static text, or null when the capture is what was asked for.
const char* fault_of(const Capture& capture, const Cell& cell) {
  if (capture.error != FetchError::kNone) return to_string(capture.error).data();
  if (capture.status != 200) return "an answer that is no 200";
  return capture.body.size == cell.body ? nullptr : "a body of another size";
}

class EngineRun {
 public:
  EngineRun(const CellTask& task, std::vector<fetch::FetchRequest> requests)
      : task_(task), requests_(std::move(requests)), window_(task) {}

  Result<Reading> run() {
    const auto engine =
        task_.cell.runner == Runner::kThreads ? fetch::Engine::kThreads : fetch::Engine::kAsync;
    auto made = fetch::make_fetcher(engine, options_for(task_), io_.get_executor());
    if (!made) return made.error();
    fetcher_ = std::move(*made);
    asio::co_spawn(io_, start_all(), kRethrow);
    io_.run();
    return window_.reading();
  }

 private:
  // All that are due at once: under load the timer has its turn only when everything else had one.
  asio::awaitable<void> start_all() {
    asio::steady_timer timer(io_);
    const TimePoint start = SteadyClock::now();
    for (std::size_t i = 0; i < task_.cell.concurrency;) {
      timer.expires_at(start + window_.offset(i));
      co_await timer.async_wait(asio::use_awaitable);
      const TimePoint now = SteadyClock::now();
      for (; i < task_.cell.concurrency && start + window_.offset(i) <= now; ++i)
        asio::co_spawn(io_, ask(i), kRethrow);
    }
  }

  asio::awaitable<void> ask(std::size_t index) {
    const fetch::FetchRequest& request = requests_[index % requests_.size()];
    for (bool is_wanted = true; is_wanted;) {
      const TimePoint begun = SteadyClock::now();
      const Capture capture = co_await fetcher_->fetch(request);
      is_wanted = window_.ended(index, begun, fault_of(capture, task_.cell));
    }
    if (!std::exchange(is_ending_, true))
      fetcher_->cancel_all();  // what is in flight would only wait for its answer
  }

  const CellTask& task_;
  const std::vector<fetch::FetchRequest> requests_;
  asio::io_context io_{1};
  std::unique_ptr<fetch::Fetcher> fetcher_;
  Window window_;
  bool is_ending_ = false;
};

Result<Reading> run_engine(const CellTask& task) {
  auto requests = requests_for(task.urls);
  if (!requests) return requests.error();
  return EngineRun(task, std::move(*requests)).run();
}

}  // namespace

Result<Reading> run_cell(const CellTask& task) {
  switch (task.cell.runner) {
    case Runner::kBareThreads: return run_bare_threads(task);
    case Runner::kBareMulti: return run_bare_multi(task);
    default: return run_engine(task);
  }
}

int run_engine_cell(const boost::json::object& object) {
  auto task = cell_task_from(object);
  if (task && task->is_counted) ::alarm(kMostCountedSeconds);
  auto reading = task ? run_cell(*task) : Result<Reading>(task.error());
  if (!reading) {
    say({{"error", reading.error().context}});
    return 1;
  }
  return say(to_json(*reading)) ? 0 : 1;
}

}  // namespace scraper::bench
