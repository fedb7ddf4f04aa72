#include "fetch/async_engine.h"

#include <algorithm>
#include <functional>
#include <utility>

#include "fetch/curl_loop.h"

namespace scraper::fetch {

namespace {

class AsyncEngine final : public Fetcher {
 public:
  AsyncEngine(std::unique_ptr<TransferSetup> setup, boost::asio::any_io_executor owner)
      : setup_(std::move(setup)),
        owner_(owner),
        answers_(std::move(owner), [this](AsyncJobPointer job) { take(std::move(job)); }) {}

  Result<void> start_loops() {
    const std::size_t count = std::max<std::size_t>(1, setup_->options.loops);
    const std::size_t most_idle = (setup_->options.idle_connections + count - 1) / count;
    for (std::size_t i = 0; i < count; ++i) {
      auto loop = CurlLoop::start(*setup_, most_idle, owner_, answers_);
      if (!loop) return loop.error();
      loops_.push_back(std::move(*loop));
    }
    return {};
  }

  boost::asio::awaitable<Capture> fetch(FetchRequest request) override {
    CurlLoop& loop = *loops_[std::hash<std::string_view>{}(request.url.host()) % loops_.size()];
    auto job = std::make_unique<AsyncJob>(std::move(request), *setup_);
    auto refusal = is_cancelled_ ? Outcome{FetchError::kCancelled, "cancelled"} : job->transfer.refusal().value_or(Outcome{});
    if (refusal.error != FetchError::kNone) co_return job->transfer.finish_unbegun(std::move(refusal));
    ++in_flight_;
    auto start = [&loop, job = std::move(job)](Completion<Capture> done) mutable {
      job->done = std::move(done);
      loop.post(std::move(job));
    };
    co_return co_await suspend_for<Capture>(std::move(start));
  }

  void cancel(std::uint64_t id) override {
    for (auto& loop : loops_) loop->cancel(id);
  }

  void cancel_all() override {
    is_cancelled_ = true;
    for (auto& loop : loops_) loop->cancel_all();
  }

  FetchStats stats() const override {
    FetchStats stats = stats_;
    stats.in_flight = in_flight_;
    stats.threads = loops_.size();
    stats.most_spooled = setup_->accounts->most_spooled.load();
    return stats;
  }

 private:
  void take(AsyncJobPointer job) {
    --in_flight_;
    ++stats_.transfers;
    stats_.connections += job->capture.is_new_connection ? 1 : 0;
    stats_.received_bytes += job->capture.received_bytes;
    Completion<Capture> done = std::move(job->done);
    Capture capture = std::move(job->capture);
    job.reset();
    done(std::move(capture));
  }

  std::unique_ptr<TransferSetup> setup_;
  const boost::asio::any_io_executor owner_;
  std::size_t in_flight_ = 0;
  FetchStats stats_;
  bool is_cancelled_ = false;
  Mailbox<AsyncJobPointer> answers_;
  std::vector<std::unique_ptr<CurlLoop>> loops_;  // first to go: they post answers
};

}  // namespace

Result<std::unique_ptr<Fetcher>> make_async_engine(std::unique_ptr<TransferSetup> setup, boost::asio::any_io_executor owner) {
  auto engine = std::make_unique<AsyncEngine>(std::move(setup), std::move(owner));
  if (auto started = engine->start_loops(); !started) return started.error();
  return std::unique_ptr<Fetcher>(std::move(engine));
}

}  // namespace scraper::fetch
