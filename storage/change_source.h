// A part of a crawl that has something to say at a checkpoint. The checkpoint does not know who
// its sources are: each writes its own rows, files and totals, so a new part is one more source.
//
// Owner's thread only; all calls of one checkpoint are made in one turn of the owner.
#pragma once

#include <cstddef>

#include "base/clock.h"
#include "base/error.h"
#include "storage/committer.h"
#include "storage/ledger.h"

namespace scraper::storage {

// The moment of a checkpoint, by both clocks.
struct Instant {
  TimePoint now{};
  WallTime wall{};
};

class ChangeSource {
 public:
  // Rows that have changed since the last write_changes(), about: 0 is exact.
  virtual std::size_t changes() const = 0;

  // Called before write_changes(): lines reach their files. After an error there is no checkpoint.
  virtual Result<void> flush() { return {}; }

  // All that has changed since the last call, as rows of this instant, and the files that were
  // appended to. It is durable at committed(), or never.
  virtual void write_changes(Barrier& checkpoint, const Instant& at) = 0;

  // Its share of the totals, which every checkpoint has.
  virtual void write_totals(Books&) const {}

  // All that was written so far is durable in `ledger`.
  virtual void committed(const Ledger&) {}

 protected:
  ~ChangeSource() = default;
};

}  // namespace scraper::storage
