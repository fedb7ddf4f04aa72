#include "fetch/thread_driver.h"

#include <utility>
#include <vector>

namespace scraper::fetch {

namespace {

// Past this libcurl closes what is idle; a line never comes near it.
constexpr long kManyConnections = 1'000;

}  // namespace

ThreadDriver::ThreadDriver() : multi_(curl_multi_init()) {
  if (multi_ != nullptr) curl_multi_setopt(multi_.get(), CURLMOPT_MAXCONNECTS, kManyConnections);
}

Capture ThreadDriver::perform(Transfer& transfer, Line& line, const TransferSetup& setup) {
  const Easy easy = multi_ == nullptr ? nullptr : setup.make_easy(line);
  if (easy == nullptr)
    return transfer.finish_unbegun(
        {FetchError::kExhausted, "no memory or descriptor for a transfer"});
  curl_easy_setopt(easy.get(), CURLOPT_SHARE, line.share());
  transfer.prepare(easy.get(), line, names_to_forget(transfer.name()));
  curl_easy_setopt(easy.get(), CURLOPT_DNS_CACHE_TIMEOUT, dns_cache_timeout(++begun_));
  CURLcode code = CURLE_OUT_OF_MEMORY;
  if (curl_multi_add_handle(multi_.get(), easy.get()) == CURLM_OK) code = drive(transfer);
  curl_multi_remove_handle(multi_.get(), easy.get());
  return transfer.finish(easy.get(), code);
}

// A second at most from one look to the next, as in curl_easy_perform.
CURLcode ThreadDriver::drive(const Transfer& transfer) {
  constexpr int kLongestWait = 1'000;
  while (!transfer.is_cancelled()) {
    int running = 0;
    if (curl_multi_perform(multi_.get(), &running) != CURLM_OK) return CURLE_OUT_OF_MEMORY;
    int left = 0;
    const CURLMsg* const message =
        running > 0 ? nullptr : curl_multi_info_read(multi_.get(), &left);
    if (message != nullptr) return message->data.result;
    if (curl_multi_poll(multi_.get(), nullptr, 0, kLongestWait, nullptr) != CURLM_OK)
      return CURLE_OUT_OF_MEMORY;
  }
  return CURLE_ABORTED_BY_CALLBACK;
}

std::vector<std::string> ThreadDriver::names_to_forget(const std::string& next) {
  std::string last = std::exchange(name_, next);
  if (last.empty() || last == next) return {};
  return {std::move(last)};
}

}  // namespace scraper::fetch
