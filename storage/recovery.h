// Recovery: what an earlier run left in OUT is brought back to its last barrier, before anything
// else is opened. Files that are longer than the ledger says are cut to its word; one that is
// shorter is damage, and nothing is touched then. What is too long to be what one barrier holds was
// committed once, by a ledger whose end is lost: it is moved to OUT/lost/ instead. So is all of it
// where something else tells that the ledger has lost its end. An OUT of the format before the
// newest is upgraded (storage/format.h) once no damage was found.
//
// May be killed anywhere and run again. One thread, which holds the directory's lock.
#pragma once

#include <cstdint>
#include <string>
#include <vector>

#include "base/error.h"
#include "storage/ledger.h"

namespace scraper::storage {

// What can be appended to a file from one barrier to the next: the owner leases nothing past half
// of it, and appends no body past three quarters.
inline constexpr std::uint64_t kMostOfBarrier = 512ull << 20;
std::uint64_t most_of_barrier();  // which a test may lower

struct Recovered {
  Books books;
  std::vector<FileEntry> files;
  std::vector<std::string> told;  // a line each for the user: upgraded, cut, moved
};

enum class LedgerEnd : std::uint8_t { kThere, kLost };
// A file of OUT goes to OUT/lost/ under its name and a number. Nothing where it is not there.
Result<void> move_to_lost(const std::string& directory, const std::string& name);

Result<Recovered> recover(const std::string& directory, Ledger& ledger, LedgerEnd end);

}  // namespace scraper::storage
