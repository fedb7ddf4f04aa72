#include "scraper/crawl/live_stages.h"

#include <utility>

#include "scraper/rules/parsing.h"

namespace asio = boost::asio;

namespace scraper {

LiveStages::LiveStages(const CrawlOptions& options, asio::any_io_executor owner)
    : options_(options), owner_(std::move(owner)) {
  if (options_.fetch.secret_headers.empty()) return;
  for (const Seed& seed : options_.seeds) secret_origins_.insert(seed.url.origin());
}

Result<void> LiveStages::start_fetching() {
  fetch::FetchOptions fetch_options = options_.fetch;
  fetch_options.spool_directory = options_.output + "/warc";
  auto fetcher = fetch::make_fetcher(options_.engine, fetch_options, owner_);
  if (!fetcher) return fetcher.error();
  fetcher_ = std::move(*fetcher);
  resolver_ = std::make_unique<fetch::Resolver>(owner_, fetch::ResolverOptions{});
  return {};
}

Result<void> LiveStages::start_parsing(const FingerprintKey& key) {
  parse::PoolOptions pool = pool_options(options_, key);
  pool.open_segment = [this](std::uint32_t segment) {
    return segments_->open_for_reading(segment);
  };
  auto started = parse::ParsePool::start(owner_, std::move(pool));
  if (!started) return started.error();
  pool_ = std::move(*started);
  return {};
}

Result<void> LiveStages::start_storing(storage::SegmentOptions options) {
  auto segments = storage::Segments::open(std::move(options), owner_);
  if (!segments) return segments.error();
  segments_ = std::move(*segments);
  return {};
}

asio::awaitable<Capture> LiveStages::transfer(std::string url,
                                              std::optional<std::uint64_t> max_body) {
  fetch::FetchRequest request;
  request.max_body = max_body;
  request.url = Url::from_serialised(std::move(url)).value();
  request.sends_secrets =
      !secret_origins_.empty() && secret_origins_.contains(request.url.origin());
  if (options_.fetch.proxy.empty()) {
    auto resolution = co_await resolver_->resolve(
        fetch::endpoint_of(request.url, options_.fetch.connect_to).host);
    if (resolution.addresses.empty()) {
      Capture capture;
      capture.url = request.url;
      capture.error = resolution.is_exhausted ? FetchError::kExhausted : FetchError::kResolve;
      capture.error_text = std::move(resolution.error);
      capture.timing.started = wall_now();
      co_return capture;
    }
    request.addresses = std::move(resolution.addresses);
  }
  co_return co_await fetcher_->fetch(std::move(request));
}

asio::awaitable<bool> LiveStages::look_up(std::string url) {
  if (!options_.fetch.proxy.empty()) co_return true;
  const auto parsed = Url::from_serialised(std::move(url));
  const auto resolution =
      co_await resolver_->resolve(fetch::endpoint_of(*parsed, options_.fetch.connect_to).host);
  co_return !resolution.addresses.empty();
}

// With the hand-off `file` the archive is the way to the workers, and the bytes are let go once
// they are on disk.
asio::awaitable<Result<storage::Appended>> LiveStages::append(Capture capture) {
  const auto keep =
      options_.handoff == parse::Handoff::kFile ? storage::Keep::kNo : storage::Keep::kYes;
  return segments_->append(std::move(capture), keep);
}

asio::awaitable<parse::ParseOutcome> LiveStages::parse(Place place, parse::TaskKind kind,
                                                       RecordBytes bytes) {
  return pool_->parse(place, kind, std::move(bytes));
}

}  // namespace scraper
