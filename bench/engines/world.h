// What every run with an engine needs: options that keep nothing from it, and requests for the load
// server's URLs.
#pragma once

#include <chrono>
#include <string>
#include <vector>

#include "bench/engines/cells.h"
#include "fetch/fetcher.h"

namespace scraper::bench {

// A transfer that takes longer has failed: no run waits for ever.
inline constexpr std::chrono::milliseconds kMostTransferTime{30'000};

// Loopback is allowed; `concurrency` transfers may stand idle, so that a kept connection is closed
// by nobody.
fetch::FetchOptions engine_options(std::size_t concurrency, const std::string& ca_file);

fetch::FetchOptions options_for(const CellTask& task);

// One a URL, with its address (the host is one).
Result<std::vector<fetch::FetchRequest>> requests_for(const std::vector<std::string>& urls);

}  // namespace scraper::bench
