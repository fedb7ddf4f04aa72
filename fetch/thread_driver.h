// ThreadDriver: what a thread of the threads engine blocks in. It is curl_easy_perform written out,
// on a multi handle that stays from one transfer to the next: libcurl makes and ends one inside
// every curl_easy_perform of a new handle (ten of twenty-three system calls a request), and who
// cancels could wake that one only by shutting its sockets down.
#pragma once

#include <curl/curl.h>

#include <memory>
#include <string>

#include "fetch/line.h"
#include "fetch/transfer.h"

namespace scraper::fetch {

class ThreadDriver {
 public:
  ThreadDriver();  // without memory or descriptors it fails each transfer (kExhausted)

  // Blocks until the transfer has ended, in whatever way. The thread that owns the driver.
  Capture perform(Transfer& transfer, Line& line, const TransferSetup& setup);

  // Any thread: perform() looks soon whether its transfer was cancelled. Harmless when it is not in
  // perform().
  void wake() { curl_multi_wakeup(multi_.get()); }

 private:
  struct MultiFree {
    void operator()(CURLM* multi) const { curl_multi_cleanup(multi); }
  };

  CURLcode drive(const Transfer& transfer);
  std::vector<std::string> names_to_forget(const std::string& next);

  std::unique_ptr<CURLM, MultiFree> multi_;
  std::string name_;  // known to libcurl from the last transfer; empty: none
  unsigned begun_ = 0;
};

}  // namespace scraper::fetch
