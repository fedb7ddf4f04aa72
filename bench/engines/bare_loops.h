// libcurl with nothing around it, to measure the engines against: what a request costs when nobody
// makes a capture of it. Handles are reused for ever, the body is counted and dropped, nothing
// crosses a thread.
#pragma once

#include "bench/engines/cells.h"

namespace scraper::bench {

// One thread an asker, each with one easy handle in curl_easy_perform(3).
Result<Reading> run_bare_threads(const CellTask& task);

// One curl_multi on epoll(7), driven by curl_multi_socket_action(3), on the calling thread.
Result<Reading> run_bare_multi(const CellTask& task);

}  // namespace scraper::bench
