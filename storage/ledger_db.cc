#include "storage/ledger_db.h"

#include <fcntl.h>
#include <fmt/format.h>
#include <rocksdb/cache.h>
#include <rocksdb/env.h>
#include <rocksdb/file_system.h>
#include <rocksdb/options.h>
#include <rocksdb/table.h>
#include <unistd.h>

#include <cerrno>
#include <cstdarg>

#include "base/descriptor.h"
#include "base/file.h"
#include "base/printable.h"

namespace scraper::storage {

namespace {

constexpr std::size_t kMemtable = 32u << 20;
constexpr std::size_t kCache = 32u << 20;

// RocksDB's own log is a file that nobody reads, and the second write of it that fails, on a full
// disk, trips an assertion in Debian's build.
class NoLog : public rocksdb::Logger {
 public:
  using rocksdb::Logger::Logv;
  void Logv(const char* /*format*/, va_list /*arguments*/) override {}
};

// RocksDB 7.8 makes a MANIFEST, syncs its bytes, renames CURRENT to say its name, and only then
// syncs the directory. Where names do not reach the disk in order, which POSIX does not promise, a
// power cut can leave a CURRENT that names no file. So what was made goes before the rename.
class OrderedNames : public rocksdb::FileSystemWrapper {
 public:
  OrderedNames() : rocksdb::FileSystemWrapper(rocksdb::FileSystem::Default()) {}

  const char* Name() const override { return "OrderedNames"; }

  rocksdb::IOStatus RenameFile(const std::string& from, const std::string& to,
                               const rocksdb::IOOptions& options,
                               rocksdb::IODebugContext* debug) override {
    std::unique_ptr<rocksdb::FSDirectory> directory;
    auto done = NewDirectory(to.substr(0, to.rfind('/')), options, &directory, debug);
    if (done.ok()) done = directory->Fsync(options, debug);
    return done.ok() ? rocksdb::FileSystemWrapper::RenameFile(from, to, options, debug) : done;
  }
};

// One for the process, as RocksDB's default is: its threads may outlive a ledger.
rocksdb::Env* ordered_env() {
  static rocksdb::Env* const env =
      rocksdb::NewCompositeEnv(std::make_shared<OrderedNames>()).release();
  return env;
}

rocksdb::DBOptions db_options(bool is_new, Ledger::Access access) {
  rocksdb::DBOptions options;
  options.env = ordered_env();
  options.create_if_missing = is_new;
  options.error_if_exists = is_new;
  options.create_missing_column_families = true;
  options.paranoid_checks = true;
  // A last record that is cut short is what a kill leaves. One that is whole and wrong is what a
  // power cut may leave, or damage.
  options.wal_recovery_mode = access == Ledger::Access::kReadOnly
                                  ? rocksdb::WALRecoveryMode::kPointInTimeRecovery
                                  : rocksdb::WALRecoveryMode::kTolerateCorruptedTailRecords;
  options.max_background_jobs = 2;
  // Read-only all at once: a crawl that runs may remove them, and a file that is open stays.
  options.max_open_files = access == Ledger::Access::kReadWrite ? 64 : -1;
  options.table_cache_numshardbits =
      0;  // else 64 shards of one file each, and files are opened again and again
  options.max_total_wal_size = 4 * kMemtable;
  options.info_log = std::make_shared<NoLog>();
  return options;
}

rocksdb::ColumnFamilyOptions space_options(const std::shared_ptr<rocksdb::Cache>& cache) {
  rocksdb::BlockBasedTableOptions table;
  table.block_cache = cache;
  table.block_size = 8u << 10;
  table.format_version = 5;
  rocksdb::ColumnFamilyOptions options;
  options.table_factory.reset(rocksdb::NewBlockBasedTableFactory(table));
  options.write_buffer_size = kMemtable;
  options.compression = rocksdb::kLZ4Compression;
  return options;
}

}  // namespace

Result<std::unique_ptr<LedgerDb>> LedgerDb::open(const std::string& directory, bool is_new,
                                                 Ledger::Access access,
                                                 std::span<const char* const> spaces) {
  const std::shared_ptr<rocksdb::Cache> cache = rocksdb::NewLRUCache(kCache);
  std::vector<rocksdb::ColumnFamilyDescriptor> wanted;
  for (const char* name : spaces) wanted.emplace_back(name, space_options(cache));
  rocksdb::DBOptions options = db_options(is_new, access);
  std::unique_ptr<LedgerDb> opened(new LedgerDb);
  rocksdb::DB* db = nullptr;
  const auto try_open = [&] {
    return access == Ledger::Access::kReadWrite
               ? rocksdb::DB::Open(options, directory, wanted, &opened->spaces_, &db)
               : rocksdb::DB::OpenForReadOnly(options, directory, wanted, &opened->spaces_, &db);
  };
  auto status = try_open();
  if (status.IsCorruption() && access == Ledger::Access::kReadWrite) {
    if (auto marked = put_mark(directory); !marked)
      return marked.error();  // opening it removes what shows the damage
    options.wal_recovery_mode = rocksdb::WALRecoveryMode::kPointInTimeRecovery;
    status = try_open();
  }
  if (!status.ok()) return ledger_error(directory, status);
  opened->db_.reset(db);
  return opened;
}

LedgerDb::~LedgerDb() {
  if (!db_) return;
  for (rocksdb::ColumnFamilyHandle* space : spaces_) db_->DestroyColumnFamilyHandle(space);
  db_->Close();
}

bool has_mark(const std::string& directory) {
  return ::access((directory + "/" + kLostEndFile).c_str(), F_OK) == 0;
}

Result<void> put_mark(const std::string& directory) {
  const Descriptor mark(::open((directory + "/" + kLostEndFile).c_str(),
                               O_WRONLY | O_CREAT | O_NOFOLLOW | O_CLOEXEC, 0600));
  if (!mark) return errno_error("cannot create a file in", directory);
  return sync_directory(directory);
}

Result<void> remove_mark(const std::string& directory) {
  if (::unlink((directory + "/" + kLostEndFile).c_str()) != 0 && errno != ENOENT)
    return errno_error("cannot remove a file of", directory);
  return sync_directory(directory);
}

Error ledger_error(const std::string& directory, const rocksdb::Status& status) {
  const bool is_full = status.IsNoSpace() || status.IsMemoryLimit();
  const Errc code = is_full                 ? Errc::kExhausted
                    : status.IsCorruption() ? Errc::kInvalid
                                            : Errc::kFile;
  return {code,
          fmt::format("the ledger {}: {}", printable(directory), printable(status.ToString()))};
}

}  // namespace scraper::storage
