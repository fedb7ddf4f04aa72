#include "bench/engines/world.h"

#include <fmt/format.h>

#include <filesystem>
#include <limits>

namespace scraper::bench {

fetch::FetchOptions engine_options(std::size_t concurrency, const std::string& ca_file) {
  fetch::FetchOptions options;
  options.user_agent = "scraper-bench/1";
  options.concurrency = concurrency;
  options.idle_connections = concurrency;
  options.timeout = kMostTransferTime;
  options.max_transfer_time = kMostTransferTime;
  options.body_memory = std::numeric_limits<std::uint64_t>::max() / 2;  // no body goes to a file
  options.spool_directory = std::filesystem::temp_directory_path().string();
  options.ca_file = ca_file;
  options.guard = std::make_shared<fetch::AddressGuard>(std::vector<fetch::Cidr>{}, true);
  return options;
}

fetch::FetchOptions options_for(const CellTask& task) {
  fetch::FetchOptions options = engine_options(task.cell.concurrency, task.ca_file);
  if (!task.cell.is_kept) options.idle_connections = 0;
  return options;
}

Result<std::vector<fetch::FetchRequest>> requests_for(const std::vector<std::string>& urls) {
  std::vector<fetch::FetchRequest> requests;
  for (const std::string& text : urls) {
    auto url = Url::from_serialised(text);
    if (!url)
      return Error{Errc::kInvalid, fmt::format("'{}' is no URL of the load server's", text)};
    auto address = fetch::literal_address(url->host());
    if (!address) return Error{Errc::kInvalid, fmt::format("'{}' names no address", text)};
    fetch::FetchRequest request;
    request.url = std::move(*url);
    request.addresses = {*address};
    requests.push_back(std::move(request));
  }
  return requests;
}

}  // namespace scraper::bench
