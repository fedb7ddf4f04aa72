// What a crawl calls what it writes into OUT: by these names, and the right type, a file is ours
// and may be removed by --fresh; any other is a stranger's. Pure; any thread.
#pragma once

#include <span>
#include <string_view>

namespace scraper::storage {

// Who holds the lock, as a word to people; the lock itself is on the directory and goes with its
// process, however that ends.
inline constexpr const char* kLockFile = "crawl.lock";

inline constexpr std::string_view kOptionsFile = "crawl.toml";

// A name that people use too: it is ours only beside crawl.toml.
inline constexpr std::string_view kSeedsFile = "seeds.txt";

// In OUT/ledger, what makes OUT a crawl that can be gone on with: RocksDB writes it last when it
// makes a database.
inline constexpr const char* kLedgerFile = "CURRENT";

// A file of OUT itself.
bool is_top_file(std::string_view name);

// A directory of OUT.
struct Room {
  std::string_view name;
  bool (*is_file)(std::string_view name);  // has the name of a file of this room
};
std::span<const Room> rooms();
const Room* room_named(std::string_view name);  // null: no room of ours

}  // namespace scraper::storage
