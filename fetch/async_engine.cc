#include "fetch/async_engine.h"

#include <utility>

#include "fetch/curl_loop.h"

namespace scraper::fetch {

namespace {

class AsyncEngine final : public Fetcher {
 public:
  AsyncEngine(std::unique_ptr<TransferSetup> setup, std::shared_ptr<CurlLoop> loop)
      : setup_(std::move(setup)), loop_(std::move(loop)) {}
  ~AsyncEngine() override { loop_->close(); }

  boost::asio::awaitable<Capture> fetch(FetchRequest request) override {
    auto job = std::make_unique<AsyncJob>(std::move(request), *setup_);
    auto refusal = is_cancelled_ ? Outcome{FetchError::kCancelled, "cancelled"}
                                 : job->transfer.refusal().value_or(Outcome{});
    if (refusal.error != FetchError::kNone)
      co_return job->transfer.finish_unbegun(std::move(refusal));
    auto start = [this, job = std::move(job)](Completion<Capture> done) mutable {
      job->done = std::move(done);
      loop_->begin(std::move(job));
    };
    co_return co_await suspend_for<Capture>(std::move(start));
  }

  void cancel(std::uint64_t id) override { loop_->cancel(id); }

  void cancel_all() override {
    is_cancelled_ = true;
    loop_->cancel_all();
  }

  FetchStats stats() const override {
    FetchStats stats = loop_->stats();
    stats.most_spooled = setup_->accounts->most_spooled.load();
    return stats;
  }

 private:
  std::unique_ptr<TransferSetup> setup_;
  std::shared_ptr<CurlLoop> loop_;
  bool is_cancelled_ = false;
};

}  // namespace

Result<std::unique_ptr<Fetcher>> make_async_engine(std::unique_ptr<TransferSetup> setup,
                                                   boost::asio::any_io_executor owner) {
  auto loop = CurlLoop::make(*setup, std::move(owner));
  if (!loop) return loop.error();
  return std::unique_ptr<Fetcher>(
      std::make_unique<AsyncEngine>(std::move(setup), std::move(*loop)));
}

}  // namespace scraper::fetch
