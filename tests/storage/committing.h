// A batch that has to reach the ledger.
#pragma once

#include <utility>

#include "storage/ledger.h"
#include "tests/catch.h"
#include "tests/support/printing.h"

namespace scraper::storage {

inline void commit(Ledger& ledger, LedgerBatch batch) {
  const auto committed = ledger.commit(batch);
  REQUIRE(committed);
}

}  // namespace scraper::storage
