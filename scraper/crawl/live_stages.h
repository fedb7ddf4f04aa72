// The stages of the program: a fetch engine, a resolver, the appender of the archive and the parse
// pool. Started one after the other, because what each needs comes to be known in between
// (open.cc).
#pragma once

#include <boost/asio/any_io_executor.hpp>
#include <memory>
#include <set>
#include <string>

#include "base/fingerprint.h"
#include "fetch/resolver.h"
#include "scraper/crawl/meter.h"
#include "scraper/crawl/stages.h"
#include "scraper/rules/options.h"

namespace scraper {

class LiveStages final : public Stages {
 public:
  LiveStages(const CrawlOptions& options, boost::asio::any_io_executor owner);

  Result<void> start_fetching();
  Result<void> start_parsing(const FingerprintKey& key);
  Result<void> start_storing(storage::SegmentOptions options);

  // Closes what start_storing() opened: the directory is about to be removed.
  void stop_storing() { segments_.reset(); }

  boost::asio::awaitable<Capture> transfer(std::string url,
                                           std::optional<std::uint64_t> max_body) override;
  boost::asio::awaitable<bool> look_up(std::string url) override;
  boost::asio::awaitable<Result<storage::Appended>> append(Capture capture) override;
  boost::asio::awaitable<parse::ParseOutcome> parse(Place place, parse::TaskKind kind,
                                                    RecordBytes bytes) override;
  Result<Capture> read_outline(Place place) override { return segments_->read_outline(place); }
  bool is_full() const override { return segments_->is_full(); }
  void rotate() override { segments_->rotate(); }
  void cancel_transfers() override { fetcher_->cancel_all(); }
  StageStats stats() const override {
    return {fetcher_->stats(), pool_->stats(), segments_->stats()};
  }

 private:
  const CrawlOptions& options_;
  boost::asio::any_io_executor owner_;
  std::set<std::string> secret_origins_;  // whom credentials given with -H are for
  // In this order, so that each ends before what it hands its work to.
  std::unique_ptr<storage::Segments> segments_;
  std::unique_ptr<parse::ParsePool> pool_;
  std::unique_ptr<fetch::Resolver> resolver_;
  std::unique_ptr<fetch::Fetcher> fetcher_;
};

}  // namespace scraper
