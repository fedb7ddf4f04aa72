#include "bench/frontier_ledger.h"

#include <rocksdb/cache.h>
#include <rocksdb/db.h>
#include <rocksdb/filter_policy.h>
#include <rocksdb/options.h>
#include <rocksdb/statistics.h>
#include <rocksdb/table.h>
#include <rocksdb/write_batch.h>

#include <cstddef>
#include <cstring>
#include <stdexcept>

namespace scraper::layouts {

namespace {

constexpr std::size_t kQueueKey = 14;
constexpr std::size_t kState = offsetof(RowHead, reason);  // of the second row in order-split

void check(const rocksdb::Status& status) {
  if (!status.ok()) throw std::runtime_error(status.ToString());
}

template <class N>
void append_number(std::string& out, N number) {
  for (int shift = 8 * (static_cast<int>(sizeof(N)) - 1); shift >= 0; shift -= 8)
    out += static_cast<char>(number >> shift & 0xFF);
}

template <class N>
N number_at(rocksdb::Slice from, std::size_t at) {
  N number = 0;
  for (std::size_t n = 0; n < sizeof(N); ++n)
    number = static_cast<N>(number << 8 | static_cast<unsigned char>(from[at + n]));
  return number;
}

// Values are read where they are written: as they stand in memory.
template <class T>
void append_bytes(std::string& out, const T& value) {
  out.append(reinterpret_cast<const char*>(&value), sizeof value);
}

void read_bytes(rocksdb::Slice& from, char* to, std::size_t size) {
  if (from.size() < size) throw std::runtime_error("a row is too short");
  std::memcpy(to, from.data(), size);
  from.remove_prefix(size);
}

template <class T>
void read_bytes(rocksdb::Slice& from, T& value) {
  read_bytes(from, reinterpret_cast<char*>(&value), sizeof value);
}

std::string key_of(const Fingerprint& fingerprint) {
  std::string key;
  append_number(key, fingerprint.low);
  append_number(key, fingerprint.high);
  return key;
}

std::string queue_key(std::uint32_t host, QueuePlace place) {
  std::string key;
  append_number(key, host);
  append_number(key, place.depth);
  append_number(key, place.order);
  return key;
}

rocksdb::ColumnFamilyOptions space_options(const std::shared_ptr<rocksdb::Cache>& cache,
                                           bool has_filter) {
  rocksdb::BlockBasedTableOptions table;
  table.block_cache = cache;
  table.cache_index_and_filter_blocks = true;  // so that the cache bounds them too
  table.cache_index_and_filter_blocks_with_high_priority = true;
  table.pin_l0_filter_and_index_blocks_in_cache = true;
  table.format_version = 5;
  rocksdb::ColumnFamilyOptions options;
  if (has_filter) {
    table.filter_policy.reset(rocksdb::NewBloomFilterPolicy(10));
    options.memtable_prefix_bloom_size_ratio = 0.05;
    options.memtable_whole_key_filtering = true;
  }
  options.table_factory.reset(rocksdb::NewBlockBasedTableFactory(table));
  options.compression = rocksdb::kLZ4Compression;
  options.write_buffer_size = 32 << 20;
  options.max_write_buffer_number = 3;
  options.level_compaction_dynamic_level_bytes = true;
  return options;
}

}  // namespace

Ledger::Ledger(const std::filesystem::path& folder, Layout layout, std::uint64_t cache_bytes)
    : layout_(layout) {
  open(folder, cache_bytes);
  std::string books;
  const rocksdb::Status status = db_->Get({}, spaces_[kBooks], "books", &books);
  if (status.ok()) std::memcpy(&books_, books.data(), std::min(books.size(), sizeof books_));
  if (!status.ok() && !status.IsNotFound()) check(status);
  if (!has_table()) return;
  file_ = std::make_unique<SeenFile>(folder / "fingerprints");
  file_->cut(books_.discovered);
  file_->load(table_);
}

void Ledger::open(const std::filesystem::path& folder, std::uint64_t cache_bytes) {
  cache_ = rocksdb::NewLRUCache(cache_bytes, -1, false, 0.5);
  statistics_ = rocksdb::CreateDBStatistics();
  statistics_->set_stats_level(rocksdb::StatsLevel::kExceptTimers);
  rocksdb::DBOptions options;
  options.create_if_missing = true;
  options.create_missing_column_families = true;
  options.statistics = statistics_;
  options.max_background_jobs = 2;
  options.max_total_wal_size =
      128 << 20;  // hosts fill slowly and would keep the log, which is read back after a kill
  options.bytes_per_sync = 1 << 20;
  std::vector<rocksdb::ColumnFamilyDescriptor> spaces;
  spaces.reserve(kSpaces);
  const bool is_filtered[kSpaces] = {false, layout_ == Layout::kFingerprint, false, false, true,
                                     false};
  const char* names[kSpaces] = {"default", "rows", "queue", "hosts", "index", "states"};
  for (int n = 0; n < kSpaces; ++n)
    spaces.emplace_back(names[n], space_options(cache_, is_filtered[n]));
  rocksdb::DB* db = nullptr;
  check(rocksdb::DB::Open(options, (folder / "db").string(), spaces, &spaces_, &db));
  db_.reset(db);
  batch_ = std::make_unique<rocksdb::WriteBatch>();
}

Ledger::~Ledger() {
  for (rocksdb::ColumnFamilyHandle* space : spaces_) db_->DestroyColumnFamilyHandle(space);
}

std::vector<HostRow> Ledger::load_hosts() const {
  std::vector<HostRow> hosts;
  const std::unique_ptr<rocksdb::Iterator> rows(db_->NewIterator({}, spaces_[kHosts]));
  for (rows->SeekToFirst(); rows->Valid(); rows->Next()) {
    const auto host = number_at<std::uint32_t>(rows->key(), 0);
    if (host >= hosts.size()) hosts.resize(host + 1);
    rocksdb::Slice value = rows->value();
    read_bytes(value, hosts[host]);
  }
  check(rows->status());
  return hosts;
}

bool Ledger::is_in(Space space, const Fingerprint& fingerprint) const {
  rocksdb::PinnableSlice value;
  const rocksdb::Status status = db_->Get({}, spaces_[space], key_of(fingerprint), &value);
  if (!status.IsNotFound()) check(status);
  return status.ok();
}

bool Ledger::seen(const Fingerprint& fingerprint) {
  if (has_table()) return table_.find(fingerprint).has_value();
  return young_.contains(fingerprint) || is_in(is_by_order() ? kIndex : kRows, fingerprint);
}

bool Ledger::is_confirmed(const Fingerprint& fingerprint) {
  const auto found = table_.find(fingerprint);
  return found && file_->read(*found) == fingerprint;
}

std::string Ledger::row_key(const RowName& name) const {
  if (!is_by_order()) return key_of(name.fingerprint);
  std::string key;
  append_number(key, name.order);
  return key;
}

// The part of a head that is written in a row of this layout.
std::string_view Ledger::head_of_row(const RowHead& head) const {
  const std::size_t begin = is_by_order() ? offsetof(RowHead, depth) : 0;  // the key says the order
  const std::size_t end =
      layout_ == Layout::kOrderSplit ? offsetof(RowHead, attempts) : sizeof head;
  return {reinterpret_cast<const char*>(&head) + begin, end - begin};
}

void Ledger::encode(const Row& row, std::string& value) const {
  value += head_of_row(row.head);
  is_by_order() ? append_bytes(value, row.referrer.order)
                : append_bytes(value, row.referrer.fingerprint);
  value += row.url;
}

Row Ledger::decode(std::string_view value) const {
  rocksdb::Slice left(value.data(), value.size());
  Row row;
  const std::string_view head = head_of_row(row.head);
  read_bytes(left, const_cast<char*>(head.data()), head.size());
  is_by_order() ? read_bytes(left, row.referrer.order) : read_bytes(left, row.referrer.fingerprint);
  row.url = left.ToString();
  return row;
}

void Ledger::discover(const RowName& name, const Row& row) {
  value_.clear();
  encode(row, value_);
  check(batch_->Put(spaces_[kRows], row_key(name), value_));
  if (row.head.state == State::kPending) {
    const QueuePlace place{static_cast<std::uint16_t>(row.head.depth), name.order};
    check(batch_->Put(spaces_[kQueue], queue_key(row.head.host, place),
                      is_by_order() ? "" : key_of(name.fingerprint)));
  }
  if (has_table()) {
    table_.add(name.fingerprint, static_cast<storage::UrlId>(name.order));
    file_->append(name.fingerprint, row.head.depth);
  } else {
    young_.insert(name.fingerprint);
  }
  if (layout_ == Layout::kOrderIndex)
    check(batch_->Put(spaces_[kIndex], key_of(name.fingerprint), row_key(name)));
  ++books_.discovered;
  ++books_.by_state[static_cast<int>(row.head.state)];
  ++batch_rows_;
}

void Ledger::settle(const Queued& queued, const Row& row) {
  value_.clear();
  if (layout_ == Layout::kOrderSplit) {
    value_.append(reinterpret_cast<const char*>(&row.head) + kState, sizeof row.head - kState);
    check(batch_->Put(spaces_[kStates], row_key(queued.name), value_));
  } else {
    encode(row, value_);
    check(batch_->Put(spaces_[kRows], row_key(queued.name), value_));
  }
  check(batch_->SingleDelete(spaces_[kQueue], queue_key(row.head.host, queued.place)));
  --books_.by_state[static_cast<int>(State::kPending)];
  ++books_.by_state[static_cast<int>(row.head.state)];
  ++books_.pages;
  ++batch_rows_;
}

void Ledger::put_host(std::uint32_t host, const HostRow& row) {
  std::string key;
  append_number(key, host);
  value_.clear();
  append_bytes(value_, row);
  check(batch_->Put(spaces_[kHosts], key, value_));
}

void Ledger::commit() {
  if (file_) {
    const std::uint64_t before = file_->bytes();
    file_->write();
    file_->sync();
    appended_ += file_->bytes() - before;
  }
  value_.clear();
  append_bytes(value_, books_);
  check(batch_->Put(spaces_[kBooks], "books", value_));
  given_ += batch_->GetDataSize();
  rocksdb::WriteOptions options;
  options.sync = true;
  check(db_->Write(options, batch_.get()));
  batch_->Clear();
  batch_rows_ = 0;
  young_.clear();
}

void Ledger::append_uncommitted() {
  if (!file_) return;
  for (std::uint64_t n = 0; n < 1000; ++n) file_->append({n, n}, 0);
  file_->write();
}

std::vector<Queued> Ledger::queued(std::uint32_t host, QueuePlace from, std::size_t most) {
  std::vector<Queued> found;
  const std::string end = queue_key(host + 1, {});
  const rocksdb::Slice bound(end);
  rocksdb::ReadOptions options;
  options.iterate_upper_bound = &bound;
  const std::unique_ptr<rocksdb::Iterator> rows(db_->NewIterator(options, spaces_[kQueue]));
  for (rows->Seek(queue_key(host, from)); rows->Valid() && found.size() < most; rows->Next()) {
    if (rows->key().size() != kQueueKey) throw std::runtime_error("not a key of the queue");
    Queued next;
    next.place = {number_at<std::uint16_t>(rows->key(), 4),
                  number_at<std::uint64_t>(rows->key(), 6)};
    next.name.order = next.place.order;
    if (!is_by_order())
      next.name.fingerprint = {number_at<std::uint64_t>(rows->value(), 0),
                               number_at<std::uint64_t>(rows->value(), 8)};
    found.push_back(next);
  }
  check(rows->status());
  return found;
}

Row Ledger::read(const RowName& name) const {
  rocksdb::PinnableSlice value;
  check(db_->Get({}, spaces_[kRows], row_key(name), &value));
  return decode({value.data(), value.size()});
}

std::uint64_t Ledger::scan() const {
  rocksdb::ReadOptions options;
  options.fill_cache = false;
  options.readahead_size = 2 << 20;
  std::uint64_t by_state[8] = {};
  std::uint64_t bytes = 0;
  const std::unique_ptr<rocksdb::Iterator> rows(db_->NewIterator(options, spaces_[kRows]));
  for (rows->SeekToFirst(); rows->Valid(); rows->Next()) {
    const Row row = decode({rows->value().data(), rows->value().size()});
    ++by_state[static_cast<int>(row.head.state)];
    bytes += row.url.size();
  }
  check(rows->status());
  const std::unique_ptr<rocksdb::Iterator> states(db_->NewIterator(options, spaces_[kStates]));
  for (states->SeekToFirst(); states->Valid(); states->Next()) {
    rocksdb::Slice value = states->value();
    RowHead head;
    read_bytes(value, reinterpret_cast<char*>(&head) + kState, sizeof head - kState);
    --by_state[static_cast<int>(State::kPending)];
    ++by_state[static_cast<int>(head.state)];
  }
  check(states->status());
  if (std::memcmp(by_state, books_.by_state, sizeof by_state) != 0)
    throw std::runtime_error("the books do not close");
  return bytes;
}

void Ledger::close() {
  check(db_->Flush({}, spaces_));
  check(db_->SyncWAL());
}

LedgerBytes Ledger::bytes() const {
  LedgerBytes bytes;
  bytes.given = given_ + appended_;
  bytes.written = appended_ + statistics_->getTickerCount(rocksdb::WAL_FILE_BYTES) +
                  statistics_->getTickerCount(rocksdb::FLUSH_WRITE_BYTES) +
                  statistics_->getTickerCount(rocksdb::COMPACT_WRITE_BYTES);
  bytes.stall_us = statistics_->getTickerCount(rocksdb::STALL_MICROS);
  return bytes;
}

LedgerMemory Ledger::memory() const {
  LedgerMemory memory;
  memory.cache = cache_->GetUsage();
  memory.table = has_table() ? table_.bytes() : 0;
  for (rocksdb::ColumnFamilyHandle* space : spaces_) {
    std::uint64_t bytes = 0;
    if (db_->GetIntProperty(space, rocksdb::DB::Properties::kSizeAllMemTables, &bytes))
      memory.memtables += bytes;
    rocksdb::TablePropertiesCollection files;
    check(db_->GetPropertiesOfAllTables(space, &files));
    for (const auto& [name, file] : files) {
      memory.filters += file->filter_size;
      memory.indexes += file->index_size;
    }
  }
  return memory;
}

}  // namespace scraper::layouts
