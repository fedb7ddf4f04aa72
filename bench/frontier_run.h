// What the processes of frontier_layouts do, one crawl's ledger each. They print figures to
// standard output, a line each: NAME VALUE.
#pragma once

#include <cstdint>
#include <filesystem>

#include "bench/frontier_ledger.h"

namespace scraper::layouts {

struct RunOptions {
  Layout layout = Layout::kFingerprint;
  std::filesystem::path folder;
  std::uint64_t rows = 0;         // to grow to
  std::uint64_t cache_bytes = 0;  // of blocks
  unsigned known = 0;  // of a page's links to what is known, this many are looked up while it grows
};

// Goes on from what is there, measures, and kills itself in the middle of a barrier.
void grow(const RunOptions& options);

// Opens what is there, tries whether it is what was committed, reads every row once, and ends
// cleanly.
void reopen(const RunOptions& options);

}  // namespace scraper::layouts
