// How documents of a crawl are parsed: what its options ask of the pool. Any thread.
#pragma once

#include "base/fingerprint.h"
#include "parse/workers/pool.h"
#include "scraper/rules/options.h"

namespace scraper {

// All but where segments are opened, which is for the caller to say. `key` is the crawl's.
parse::PoolOptions pool_options(const CrawlOptions& options, const FingerprintKey& key);

// For captures that are stored: segments are opened in OUT of `options`, read-only.
parse::PoolOptions stored_pool_options(const CrawlOptions& options, const FingerprintKey& key);

}  // namespace scraper
