// The `async` engine: `loops` threads, each an Asio loop that drives one curl multi handle by curl_multi_socket_action. A host's
// transfers always go to the same loop, so its connections can be reused and HTTP/2 streams share one. See fetch/fetcher.h.
#pragma once

#include <memory>

#include "fetch/fetcher.h"
#include "fetch/transfer.h"

namespace scraper::fetch {

Result<std::unique_ptr<Fetcher>> make_async_engine(std::unique_ptr<TransferSetup> setup, boost::asio::any_io_executor owner);

}  // namespace scraper::fetch
