// The ledger in each of the layouts that frontier_layouts compares, as far as its work on the disk
// goes. Numbers in keys are big-endian.
//
//   fingerprint    rows: fingerprint (16) -> row with its URL. Seen test: a look-up there, with a
//   Bloom filter of 10 bits a key
//                  queue: host (4) depth (2) row (8) -> fingerprint
//   order-index    rows: row (8) -> row with its URL; queue: the same key -> nothing
//                  index: fingerprint (16) -> row (8), with a Bloom filter. Seen test: a look-up
//                  there
//   order-table    the same rows and queue. Seen test: SeenTable in memory, made from SeenFile
//   order-split    as order-table, but a row is written once, as the URL is found; what becomes of
//   it is a second, short row (states)
//
// In all of them hosts: host (4) -> counters and how far its queue has been read; and counts and
// lengths in one row of their own. All that happened since the last barrier is one batch, written
// and synced by commit(). What is in the batch cannot be read back but for the seen test, which
// looks into a set of the young first. One thread.
#pragma once

#include <cstdint>
#include <filesystem>
#include <memory>
#include <optional>
#include <string>
#include <string_view>
#include <unordered_set>
#include <vector>

#include "base/fingerprint.h"
#include "bench/frontier_seen.h"

namespace rocksdb {
class Cache;
class ColumnFamilyHandle;
class DB;
class Iterator;
class Options;
class Statistics;
class WriteBatch;
}  // namespace rocksdb

namespace scraper::layouts {

enum class Layout { kFingerprint, kOrderIndex, kOrderTable, kOrderSplit };
inline constexpr std::string_view kLayoutNames[] = {"fingerprint", "order-index", "order-table",
                                                    "order-split"};

enum class State : std::uint8_t {
  kPending,
  kCaptured,
  kStored,
  kFailed,
  kDuplicate,
  kExcluded,
  kDisallowed,
  kOverBudget
};

// What a row has beside its URL and referrer, as it is written. In order-split a row is what stands
// before `attempts`, with the state it had first; its second row what stands from `reason` on.
struct RowHead {
  std::uint64_t order = 0;  // where the key does not say it
  std::uint32_t depth = 0;
  std::int32_t left = 0;
  std::uint32_t seed = 0;
  std::uint32_t host = 0;
  std::uint16_t hops = 0;
  std::uint16_t reason = 0;
  std::uint8_t flags = 0;
  State state = State::kPending;
  std::uint8_t attempts = 0;
  std::uint8_t line_width = 0;
  std::uint32_t line_file = 0;
  std::uint32_t detail = 0;
  std::uint64_t line_at = 0;
};
static_assert(sizeof(RowHead) == 48);

// A row by either of its names; a layout uses the one it has as key.
struct RowName {
  std::uint64_t order = 0;
  Fingerprint fingerprint;
};

struct Row {
  RowHead head;
  RowName referrer;
  std::string url;
};

// A place in a host's queue.
struct QueuePlace {
  std::uint16_t depth = 0;
  std::uint64_t order = 0;
};

struct Queued {
  QueuePlace place;
  RowName name;
};

struct HostRow {
  QueuePlace read_to;  // what stands before it is leased or done
  std::uint64_t next_start = 0;
  std::uint32_t queued = 0;  // not leased
  std::uint32_t requests = 0;
  std::uint64_t held = 0;
};

struct Books {
  std::uint64_t discovered = 0;
  std::uint64_t pages = 0;
  std::uint64_t by_state[8] = {};
};

// Of this process, so far.
struct LedgerBytes {
  std::uint64_t given = 0;  // keys and values handed over
  std::uint64_t written = 0;
  std::uint64_t stall_us = 0;
};

struct LedgerMemory {
  std::uint64_t cache = 0;  // blocks, with filters and indexes
  std::uint64_t memtables = 0;
  std::uint64_t table = 0;
  std::uint64_t filters = 0;  // of all files, whether in the cache or not
  std::uint64_t indexes = 0;
};

class Ledger {
 public:
  Ledger(const std::filesystem::path& folder, Layout layout,
         std::uint64_t cache_bytes);  // opens or makes it; throws
  ~Ledger();
  Ledger(const Ledger&) = delete;
  Ledger& operator=(const Ledger&) = delete;

  const Books& books() const { return books_; }
  std::vector<HostRow> load_hosts() const;

  bool seen(const Fingerprint& fingerprint);
  bool is_confirmed(const Fingerprint& fingerprint);  // table: all 128 bits, by a read of the file

  // Into the batch.
  void discover(const RowName& name, const Row& row);
  void settle(const Queued& queued, const Row& row);
  void put_host(std::uint32_t host, const HostRow& row);
  std::size_t batch_rows() const { return batch_rows_; }
  void commit();
  void append_uncommitted();  // what a kill in the middle of a barrier leaves behind

  std::vector<Queued> queued(std::uint32_t host, QueuePlace from, std::size_t most);
  Row read(const RowName& name) const;

  std::uint64_t scan() const;  // every row, once: how many are stored or pending
  void close();                // a clean end: nothing left in the log alone

  LedgerBytes bytes() const;
  LedgerMemory memory() const;

 private:
  enum Space { kBooks, kRows, kQueue, kHosts, kIndex, kStates, kSpaces };

  void open(const std::filesystem::path& folder, std::uint64_t cache_bytes);
  std::string_view head_of_row(const RowHead& head) const;
  bool is_by_order() const { return layout_ != Layout::kFingerprint; }
  bool has_table() const {
    return layout_ == Layout::kOrderTable || layout_ == Layout::kOrderSplit;
  }
  std::string row_key(const RowName& name) const;
  void encode(const Row& row, std::string& value) const;
  Row decode(std::string_view value) const;
  bool is_in(Space space, const Fingerprint& fingerprint) const;

  const Layout layout_;
  std::shared_ptr<rocksdb::Cache> cache_;
  std::shared_ptr<rocksdb::Statistics> statistics_;
  std::unique_ptr<rocksdb::DB> db_;
  std::vector<rocksdb::ColumnFamilyHandle*> spaces_;
  std::unique_ptr<rocksdb::WriteBatch> batch_;
  std::size_t batch_rows_ = 0;
  std::unordered_set<Fingerprint, FingerprintHash> young_;
  std::unique_ptr<SeenFile> file_;
  SeenTable table_;
  Books books_;
  std::uint64_t given_ = 0;
  std::uint64_t appended_ = 0;
  std::string value_;
};

}  // namespace scraper::layouts
