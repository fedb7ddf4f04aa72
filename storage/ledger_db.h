// RocksDB as the ledger wants it: which files it keeps open, how much memory it takes, what it
// makes of an end that a power cut tore, and in which order its names reach the disk. What is in it
// is none of this file's business. Any thread.
#pragma once

#include <rocksdb/db.h>

#include <memory>
#include <span>
#include <string>
#include <vector>

#include "base/error.h"
#include "storage/ledger.h"

namespace scraper::storage {

// An open one with its column families, closed with its owner.
class LedgerDb {
 public:
  // `spaces`: the names of the column families, "default" first. kFile where it cannot be opened,
  // kInvalid where it is damaged, kExhausted where there is no room.
  static Result<std::unique_ptr<LedgerDb>> open(const std::string& directory, bool is_new,
                                                Ledger::Access access,
                                                std::span<const char* const> spaces);
  ~LedgerDb();
  LedgerDb(const LedgerDb&) = delete;
  LedgerDb& operator=(const LedgerDb&) = delete;

  rocksdb::DB& operator*() const { return *db_; }
  rocksdb::DB* operator->() const { return db_.get(); }
  const std::vector<rocksdb::ColumnFamilyHandle*>& spaces() const { return spaces_; }

 private:
  LedgerDb() = default;

  std::unique_ptr<rocksdb::DB> db_;
  std::vector<rocksdb::ColumnFamilyHandle*> spaces_;
};

// A file beside the database that says: it has lost its end (see Ledger). It is durable when the
// function returns.
inline constexpr const char* kLostEndFile = "LOST-END";
bool has_mark(const std::string& directory);
Result<void> put_mark(const std::string& directory);
Result<void> remove_mark(const std::string& directory);

Error ledger_error(const std::string& directory, const rocksdb::Status& status);

}  // namespace scraper::storage
