// The `async` engine: the owner's own Asio loop drives one curl multi handle by
// curl_multi_socket_action (fetch/curl_loop.h). See fetch/fetcher.h.
#pragma once

#include <memory>

#include "fetch/fetcher.h"
#include "fetch/transfer.h"

namespace scraper::fetch {

Result<std::unique_ptr<Fetcher>> make_async_engine(std::unique_ptr<TransferSetup> setup,
                                                   boost::asio::any_io_executor owner);

}  // namespace scraper::fetch
