// The committer makes a barrier durable: what was appended to the files of OUT first, then, in one
// synced batch of the ledger, every change of state and every file's length; so whatever the ledger
// says is on the disk before it is said. A thread of its own, the syncer, does that while the owner
// goes on; one barrier at a time.
//
// Where there is no room (Errc::kExhausted) the barrier is owed: it is kept, and committed before
// any other. After a sync or any other write that failed nothing is known of what is on the disk,
// and nothing more is committed: every later barrier gets the same error. What was committed before
// is untouched.
#pragma once

#include <boost/asio/any_io_executor.hpp>
#include <boost/asio/awaitable.hpp>
#include <cstdint>
#include <memory>
#include <string>
#include <vector>

#include "base/error.h"
#include "storage/ledger.h"

namespace scraper::storage {

struct Barrier {
  LedgerBatch batch;
  std::vector<std::string> files;  // below OUT, appended to since the last barrier
  bool has_new_files = false;      // directories are synced too
  std::vector<DepthPatch>
      patches;  // of pages.jsonl: written after the batch, which has them as well
};

struct CommitStats {
  std::uint64_t barriers = 0;
  std::uint64_t rows = 0;
  std::uint64_t busy_nanos = 0;
  std::uint64_t longest_nanos = 0;  // of one barrier
};

class Committer {
 public:
  // `directory` is OUT. The ledger outlives the committer.
  static Result<std::unique_ptr<Committer>> start(const std::string& directory, Ledger& ledger,
                                                  boost::asio::any_io_executor owner);

  // What is under way is ended first.
  ~Committer();

  // Owner's thread, one at a time. Null: only what is owed is tried again.
  boost::asio::awaitable<Result<void>> commit(std::unique_ptr<Barrier> barrier);

  // The last one, on the calling thread, after what is under way or owed. Nothing is committed
  // after it.
  Result<void> finish(Barrier barrier);

  CommitStats stats() const;

 private:
  struct State;
  explicit Committer(std::unique_ptr<State> state);
  std::unique_ptr<State> state_;
};

// A barrier on the calling thread: the first of a crawl, when there is no committer yet. After
// kExhausted it can be committed again as it is, after any other error it cannot.
Result<void> commit_barrier(const std::string& directory, Ledger& ledger, Barrier& barrier);

// Writes each where it belongs in OUT/pages.jsonl; a second time changes nothing. kFile, and
// nothing written, when one does not lie within it.
Result<void> apply_patches(const std::string& directory, const std::vector<DepthPatch>& patches);

}  // namespace scraper::storage
