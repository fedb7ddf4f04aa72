#include "fetch/thread_engine.h"

#include <atomic>
#include <cassert>
#include <unordered_map>
#include <unordered_set>
#include <utility>

#include "base/channel.h"
#include "base/completion.h"
#include "base/thread.h"
#include "fetch/line_pool.h"
#include "fetch/thread_driver.h"

namespace scraper::fetch {

namespace {

// One transfer on its way: made by the owner, run by a thread, back to the owner.
struct Job {
  Job(FetchRequest request, const TransferSetup& setup)
      : origin(request.url.origin()), transfer(std::move(request), setup) {}

  std::string origin;
  Transfer transfer;
  std::unique_ptr<Line> line;
  std::atomic<ThreadDriver*> driver{
      nullptr};  // of the thread that has taken it; stays as long as the engine
  std::vector<std::unique_ptr<Line>> evicted;  // closed by the thread, which may block
  Completion<Capture> done;
  Capture capture;
};

using JobPointer = std::unique_ptr<Job>;

class ThreadEngine final : public Fetcher {
 public:
  ThreadEngine(std::unique_ptr<TransferSetup> setup, boost::asio::any_io_executor owner)
      : setup_(std::move(setup)),
        lines_(setup_->options.idle_connections),
        work_(setup_->options.concurrency),
        answers_(std::move(owner), [this](JobPointer job) { take(std::move(job)); }) {}

  ~ThreadEngine() override {
    work_.close();
    threads_.clear();  // joins
  }

  Result<void> start_thread() {
    auto driver = std::make_unique<ThreadDriver>();
    auto thread = Thread::start("fetch", [this, raw = driver.get()] { serve(*raw); });
    if (!thread) return thread.error();
    threads_.push_back({std::move(driver), std::move(*thread)});
    return {};
  }

  boost::asio::awaitable<Capture> fetch(FetchRequest request) override {
    auto job = std::make_unique<Job>(std::move(request), *setup_);
    auto refusal = is_cancelled_ ? Outcome{FetchError::kCancelled, "cancelled"}
                                 : job->transfer.refusal().value_or(Outcome{});
    if (refusal.error != FetchError::kNone)
      co_return job->transfer.finish_unbegun(std::move(refusal));
    auto start = [this, job = std::move(job)](Completion<Capture> done) mutable {
      job->done = std::move(done);
      begin(std::move(job));
    };
    co_return co_await suspend_for<Capture>(std::move(start));
  }

  void cancel(std::uint64_t id) override {
    if (const auto job = by_id_.find(id); job != by_id_.end()) cancel(*job->second);
  }

  void cancel_all() override {
    is_cancelled_ = true;
    for (Job* job : in_flight_) cancel(*job);
  }

  FetchStats stats() const override {
    FetchStats stats = stats_;
    stats.in_flight = in_flight_.size();
    stats.threads = threads_.size();
    stats.most_spooled = setup_->accounts->most_spooled.load();
    return stats;
  }

 private:
  // The flag, then the driver; the thread looks at them the other way round: it is woken or sees
  // the flag.
  static void cancel(Job& job) {
    job.transfer.cancel();
    if (ThreadDriver* const driver = job.driver.load()) driver->wake();
  }

  // A thread that cannot be started is no failure while there are others: the transfer waits for
  // one of them.
  void begin(JobPointer job) {
    in_flight_.insert(job.get());
    if (job->transfer.id() != 0) by_id_.emplace(job->transfer.id(), job.get());
    job->line = lines_.lend(job->origin);
    job->evicted = lines_.take_evicted();
    if (in_flight_.size() > threads_.size() && threads_.size() < setup_->options.concurrency)
      (void)start_thread();
    [[maybe_unused]] const bool is_taken = work_.try_push(std::move(job));
    assert(is_taken && "more transfers than the owner was allowed");
  }

  void serve(ThreadDriver& driver) {
    while (auto popped = work_.pop()) {
      Job& job = **popped;
      job.evicted.clear();
      job.driver.store(&driver);
      job.capture = driver.perform(job.transfer, *job.line, *setup_);
      answers_.post(std::move(*popped));
    }
  }

  void take(JobPointer job) {
    in_flight_.erase(job.get());
    by_id_.erase(job->transfer.id());
    ++stats_.transfers;
    stats_.connections += job->capture.is_new_connection ? 1 : 0;
    stats_.received_bytes += job->capture.received_bytes;
    lines_.give_back(std::move(job->origin), std::move(job->line));
    Completion<Capture> done = std::move(job->done);
    Capture capture = std::move(job->capture);
    job.reset();
    done(std::move(capture));
  }

  std::unique_ptr<TransferSetup> setup_;
  LinePool lines_;
  Channel<JobPointer> work_;
  Mailbox<JobPointer> answers_;
  struct DrivenThread {
    std::unique_ptr<ThreadDriver> driver;
    Thread thread;
  };
  std::vector<DrivenThread> threads_;
  std::unordered_set<Job*> in_flight_;
  std::unordered_map<std::uint64_t, Job*> by_id_;
  FetchStats stats_;
  bool is_cancelled_ = false;
};

}  // namespace

Result<std::unique_ptr<Fetcher>> make_thread_engine(std::unique_ptr<TransferSetup> setup,
                                                    boost::asio::any_io_executor owner) {
  auto engine = std::make_unique<ThreadEngine>(std::move(setup), std::move(owner));
  if (auto started = engine->start_thread(); !started) return started.error();
  return std::unique_ptr<Fetcher>(std::move(engine));
}

}  // namespace scraper::fetch
