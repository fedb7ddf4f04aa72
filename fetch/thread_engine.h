// The `threads` engine: up to `concurrency` threads, each blocking in one transfer
// (fetch/thread_driver.h). See fetch/fetcher.h for what it does; what becomes of connections is
// told in fetch/line_pool.h.
#pragma once

#include <memory>

#include "fetch/fetcher.h"
#include "fetch/transfer.h"

namespace scraper::fetch {

Result<std::unique_ptr<Fetcher>> make_thread_engine(std::unique_ptr<TransferSetup> setup,
                                                    boost::asio::any_io_executor owner);

}  // namespace scraper::fetch
