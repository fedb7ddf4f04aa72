// One worker's start, or its end by SIGKILL, to the next answer.
#include <signal.h>

#include <algorithm>
#include <boost/asio/co_spawn.hpp>
#include <boost/asio/io_context.hpp>
#include <exception>
#include <memory>
#include <utility>
#include <variant>

#include "base/clock.h"
#include "base/rethrow.h"
#include "bench/handoff/archive.h"
#include "bench/handoff/cell.h"
#include "bench/handoff/memory.h"
#include "parse/workers/pool.h"

namespace scraper::bench {

namespace asio = boost::asio;

namespace {

constexpr std::size_t kPage = 1'024;

class EventRun {
 public:
  EventRun(const WorkerEvent& event, asio::io_context& io, const HandoffArchive& archive)
      : event_(event), io_(io), archive_(archive) {}

  Result<EventFigures> measure() {
    const std::uint64_t own_before = memory_of(0).now;
    TimePoint begun = SteadyClock::now();
    if (auto started = start(); !started) return started.error();
    ask();
    await_answer();
    if (event_.what != WorkerEvent::What::kSpawn) begun = kill_worker();
    EventFigures figures;
    figures.milliseconds = seconds(SteadyClock::now() - begun) * 1e3;
    figures.memory = worker_memory(own_before);
    pool_.reset();
    if (!failure_.empty()) return Error{Errc::kOther, failure_};
    return figures;
  }

 private:
  Result<void> start() {
    parse::PoolOptions options;
    options.handoff = event_.handoff;
    options.page.key = FingerprintKey::random();
    options.page.robots_agent = "scraper";
    options.open_segment = [this](std::uint32_t segment) { return archive_.open(segment); };
    auto pool = parse::ParsePool::start(io_.get_executor(), std::move(options));
    if (!pool) return pool.error();
    pool_ = std::move(*pool);
    return {};
  }

  void ask() {
    ++unanswered_;
    asio::co_spawn(io_, follow(), [this](const std::exception_ptr& fault) {
      kRethrow(fault);
      --unanswered_;
    });
  }

  asio::awaitable<void> follow() {
    RecordBytes bytes = archive_.bytes(0);
    const parse::ParseOutcome outcome =
        co_await pool_->parse(archive_.place(0), parse::TaskKind::kPage, std::move(bytes));
    if (const auto* failure = std::get_if<parse::ParseFailure>(&outcome))
      failure_ = failure->reason;
  }

  void await_answer() {
    if (io_.stopped()) io_.restart();
    while (unanswered_ > 0) io_.run_one();
  }

  // The time of the kill; when this returns the answer is there. A worker that is to hold a
  // document is stopped first, or it would have answered before anybody could kill it.
  TimePoint kill_worker() {
    const pid_t worker = pool_->worker_pids().front();
    if (event_.what == WorkerEvent::What::kCrashHeld) {
      ::kill(worker, SIGSTOP);
      ask();
      while (pool_->stats().outstanding == 0) io_.run_one();
    }
    const TimePoint killed = SteadyClock::now();
    ::kill(worker, SIGKILL);
    if (event_.what == WorkerEvent::What::kCrashNext) ask();
    await_answer();
    return killed;
  }

  std::uint64_t worker_memory(std::uint64_t own_before) const {
    const std::vector<pid_t> workers = pool_->worker_pids();
    if (!workers.empty()) return memory_of(workers.front()).now;
    const std::uint64_t own = memory_of(0).now;
    return own - std::min(own, own_before);
  }

  const WorkerEvent event_;
  asio::io_context& io_;
  const HandoffArchive& archive_;
  std::unique_ptr<parse::ParsePool> pool_;
  std::size_t unanswered_ = 0;
  std::string failure_;
};

}  // namespace

Result<EventFigures> measure_event(const WorkerEvent& event, const std::string& directory) {
  asio::io_context io(1);
  auto archive = HandoffArchive::write(io, {directory, kPage, 1, false});
  if (!archive) return archive.error();
  return EventRun(event, io, **archive).measure();
}

}  // namespace scraper::bench
