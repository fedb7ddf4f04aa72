// What a person reads at the end of `scraper bench engines`: for each delay how far each engine
// comes, where threads fall behind, and what a request costs beside bare libcurl. Pure; any thread.
#pragma once

#include <string>

#include "bench/engines/results.h"

namespace scraper::bench {

std::string engine_table(const EngineResults& results);

}  // namespace scraper::bench
