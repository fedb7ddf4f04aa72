#include "bench/engines/bare_handle.h"

#include "bench/engines/world.h"

namespace scraper::bench {

BareHandle::BareHandle(const CellTask& task, std::size_t index) : cell_(task.cell), index_(index) {
  CURL* easy = easy_.get();
  if (easy == nullptr) return;
  curl_easy_setopt(easy, CURLOPT_URL, task.urls[index % task.urls.size()].c_str());
  curl_easy_setopt(easy, CURLOPT_PRIVATE, this);
  curl_easy_setopt(easy, CURLOPT_NOSIGNAL, 1L);
  curl_easy_setopt(easy, CURLOPT_PROXY, "");
  curl_easy_setopt(easy, CURLOPT_TIMEOUT_MS, static_cast<long>(kMostTransferTime.count()));
  curl_easy_setopt(easy, CURLOPT_WRITEFUNCTION, count);
  curl_easy_setopt(easy, CURLOPT_WRITEDATA, this);
  if (!task.ca_file.empty()) curl_easy_setopt(easy, CURLOPT_CAINFO, task.ca_file.c_str());
  if (!cell_.is_kept) curl_easy_setopt(easy, CURLOPT_FORBID_REUSE, 1L);
  // A whole handshake each time, as a crawler has it with hosts it has not met: the engines keep no
  // sessions either.
  curl_easy_setopt(easy, CURLOPT_SSL_SESSIONID_CACHE, 0L);
}

void BareHandle::begin() {
  received_ = 0;
  begun_ = SteadyClock::now();
}

const char* BareHandle::fault(CURLcode code) const {
  if (code != CURLE_OK) return curl_easy_strerror(code);
  long status = 0;
  curl_easy_getinfo(easy_.get(), CURLINFO_RESPONSE_CODE, &status);
  if (status != 200) return "an answer that is no 200";
  return received_ == cell_.body ? nullptr : "a body of another size";
}

std::size_t BareHandle::count(char*, std::size_t size, std::size_t number, void* handle) {
  static_cast<BareHandle*>(handle)->received_ += size * number;
  return size * number;
}

}  // namespace scraper::bench
