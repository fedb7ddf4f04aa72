// Column families, their keys (big-endian, so that their order is that of the numbers) and values:
//
//   default    "books"           the format's mark, and behind it the Books
//              "patches"         depth patches to be written again after this batch
//              "unparsed errands"  robots.txt files and sitemaps that are captured and wait for a
//              worker "file/NAME"       a FileEntry
//   urls       UrlId             a UrlEntry: written when found, again when a better way is
//   states     UrlId             a StateEntry: written when something became of it
//   links      UrlId             a LinksEntry
//   captures   segment, offset   a CaptureEntry
//   places     kind, number      hosts, origins, robots.txt, sitemaps, what was admitted to the
//   scope
//
// UrlId is eight bytes there, so that a crawl may have more than four bytes of them one day. What
// is found and what became of it are two rows because the first, which is long, is written once, in
// order, and so is hardly ever rewritten by a compaction.
#include "storage/ledger.h"
#include "base/printable.h"

#include <fmt/format.h>
#include <rocksdb/db.h>
#include <rocksdb/options.h>
#include <rocksdb/slice.h>
#include <rocksdb/write_batch.h>

#include <algorithm>
#include <cassert>
#include <utility>

#include "storage/ledger_codec.h"
#include "storage/ledger_db.h"

namespace scraper::storage {

namespace {

enum Space : std::size_t { kDefault, kUrls, kStates, kLinks, kCaptures, kPlaces, kSpaces };
constexpr const char* kSpaceNames[kSpaces] = {"default", "urls",     "states",
                                              "links",   "captures", "places"};

// What stands in `places`, by the first byte of the key.
enum class Kind : char {
  kHost = 'h',
  kOrigin = 'o',
  kRobots = 'r',
  kSitemap = 's',
  kAdmitted = 'a'
};

constexpr std::string_view kBooksKey = "books";
constexpr std::string_view kPatchesKey = "patches";
constexpr std::string_view kUnparsedKey = "unparsed errands";
constexpr std::string_view kFilePrefix = "file/";

rocksdb::Slice slice(std::string_view bytes) { return {bytes.data(), bytes.size()}; }
std::string_view view(const rocksdb::Slice& bytes) { return {bytes.data(), bytes.size()}; }

template <class T>
void append_big_endian(std::string& key, T number) {
  for (std::size_t i = sizeof number; i-- > 0;) key.push_back(static_cast<char>(number >> (8 * i)));
}

std::uint64_t read_big_endian(std::string_view key) {
  std::uint64_t number = 0;
  for (const char c : key) number = number << 8 | static_cast<unsigned char>(c);
  return number;
}

std::string url_key(UrlId id) {
  std::string key;
  append_big_endian(key, std::uint64_t{id});
  return key;
}

std::string capture_key(std::uint32_t segment, std::uint64_t offset) {
  std::string key;
  append_big_endian(key, segment);
  append_big_endian(key, offset);
  return key;
}

std::string place_key(Kind kind, std::uint32_t number) {
  std::string key(1, static_cast<char>(kind));
  append_big_endian(key, number);
  return key;
}

Error missing_row(std::uint64_t id) {
  return {Errc::kInvalid,
          fmt::format("the ledger lacks the row of URL {}: scraper audit tells more", id)};
}

Error damaged_row(const std::string& directory, std::string_view what) {
  return {Errc::kInvalid,
          fmt::format("the ledger {}: a row of {} is damaged", printable(directory), what)};
}

}  // namespace

struct LedgerBatch::State {
  const std::vector<rocksdb::ColumnFamilyHandle*>* spaces = nullptr;
  rocksdb::WriteBatch batch;
  std::size_t rows = 0;
  std::string value;

  template <class Entry>
  void put(Space space, std::string_view key, const Entry& entry) {
    value.clear();
    encode(entry, RowWriter(value));
    [[maybe_unused]] const auto added = batch.Put((*spaces)[space], slice(key), slice(value));
    assert(added.ok());  // no limit on its size was set
    ++rows;
  }
};

FileEntry file_named(const std::vector<FileEntry>& files, std::string_view name) {
  const auto found = std::find_if(files.begin(), files.end(),
                                  [&](const FileEntry& file) { return file.name == name; });
  return found == files.end() ? FileEntry() : *found;
}

LedgerBatch::LedgerBatch(std::unique_ptr<State> state) : state_(std::move(state)) {}
LedgerBatch::~LedgerBatch() = default;
LedgerBatch::LedgerBatch(LedgerBatch&&) noexcept = default;
LedgerBatch& LedgerBatch::operator=(LedgerBatch&&) noexcept = default;

std::size_t LedgerBatch::rows() const { return state_->rows; }
std::size_t LedgerBatch::bytes() const { return state_->batch.GetDataSize(); }

void LedgerBatch::put(const Books& books) {
  std::string& value = state_->value;
  value.clear();
  encode(current_mark(), RowWriter(value));
  encode(books, RowWriter(value));
  state_->batch.Put((*state_->spaces)[kDefault], slice(kBooksKey), slice(value));
  ++state_->rows;
}

void LedgerBatch::put(const FileEntry& file) {
  std::string& value = state_->value;
  value.clear();
  RowWriter(value).number(file.length).number(file.lines);
  state_->batch.Put((*state_->spaces)[kDefault], slice(std::string(kFilePrefix) + file.name),
                    slice(value));
  ++state_->rows;
}

void LedgerBatch::put_url(UrlId id, const UrlEntry& entry) {
  state_->put(kUrls, url_key(id), entry);
}
void LedgerBatch::put_state(UrlId id, const StateEntry& entry) {
  state_->put(kStates, url_key(id), entry);
}
void LedgerBatch::put_links(UrlId id, const LinksEntry& entry) {
  state_->put(kLinks, url_key(id), entry);
}
void LedgerBatch::put_host(HostId id, const HostEntry& entry) {
  state_->put(kPlaces, place_key(Kind::kHost, id), entry);
}
void LedgerBatch::put_origin(OriginId id, const OriginEntry& entry) {
  state_->put(kPlaces, place_key(Kind::kOrigin, id), entry);
}
void LedgerBatch::put_robots(OriginId id, const RobotsEntry& entry) {
  state_->put(kPlaces, place_key(Kind::kRobots, id), entry);
}
void LedgerBatch::put_sitemap(SitemapId id, const SitemapEntryRow& entry) {
  state_->put(kPlaces, place_key(Kind::kSitemap, id), entry);
}
void LedgerBatch::put_admitted(std::uint32_t number, const AdmittedEntry& entry) {
  state_->put(kPlaces, place_key(Kind::kAdmitted, number), entry);
}
void LedgerBatch::put_patches(const std::vector<DepthPatch>& patches) {
  state_->put(kDefault, kPatchesKey, patches);
}
void LedgerBatch::put_unparsed(const std::vector<UnparsedErrand>& errands) {
  state_->put(kDefault, kUnparsedKey, errands);
}

void LedgerBatch::put_capture(std::uint32_t segment, std::uint64_t offset,
                              const CaptureEntry& entry) {
  state_->put(kCaptures, capture_key(segment, offset), entry);
}

// ---- the ledger

struct Ledger::State {
  State(std::string d, std::unique_ptr<LedgerDb> opened)
      : directory(std::move(d)), db(std::move(opened)), spaces(db->spaces()) {}

  const std::string directory;
  const std::unique_ptr<LedgerDb> db;
  const std::vector<rocksdb::ColumnFamilyHandle*>& spaces;
  bool is_stopped = false;  // by a write for which there was no room

  Error error(const rocksdb::Status& status) const { return ledger_error(directory, status); }

  rocksdb::Status read_books(std::string& value) const {
    return (*db)->Get(rocksdb::ReadOptions(), spaces[kDefault], slice(kBooksKey), &value);
  }

  // For reading many in order.
  std::unique_ptr<rocksdb::Iterator> rows(Space space) const {
    rocksdb::ReadOptions how;
    how.fill_cache = false;
    how.readahead_size = 1u << 20;
    return std::unique_ptr<rocksdb::Iterator>((*db)->NewIterator(how, spaces[space]));
  }

  // Every row whose key begins with `prefix`, its number being what follows.
  template <class Entry, class Take>
  Result<void> each(Space space, std::string_view prefix, std::size_t number_size,
                    const Take& take) const {
    const auto row = rows(space);
    for (row->Seek(slice(prefix)); row->Valid() && row->key().starts_with(slice(prefix));
         row->Next()) {
      const std::string_view key = view(row->key()).substr(prefix.size());
      RowReader in(view(row->value()));
      Entry entry;
      decode(in, entry);
      if (!in.is_good() || key.size() != number_size)
        return damaged_row(directory, kSpaceNames[space]);
      take(key, entry);
    }
    if (!row->status().ok()) return error(row->status());
    return {};
  }

  template <class Entry, class Take>
  Result<void> each_of_urls(Space space, const Take& take) const {
    return each<Entry>(space, "", sizeof(std::uint64_t),
                       [&](std::string_view key, const Entry& entry) {
                         take(static_cast<UrlId>(read_big_endian(key)), entry);
                       });
  }

  template <class Entry, class Take>
  Result<bool> one(Space space, std::string_view key, const Take& take) const {
    std::string value;
    const auto got = (*db)->Get(rocksdb::ReadOptions(), spaces[space], slice(key), &value);
    if (got.IsNotFound()) return false;
    if (!got.ok()) return error(got);
    RowReader in(value);
    Entry entry;
    decode(in, entry);
    if (!in.is_good()) return damaged_row(directory, kSpaceNames[space]);
    take(entry);
    return true;
  }

  template <class Entry, class Take>
  Result<void> each_of_kind(Kind kind, const Take& take) const {
    const char prefix = static_cast<char>(kind);
    return each<Entry>(kPlaces, {&prefix, 1}, sizeof(std::uint32_t),
                       [&](std::string_view key, const Entry& entry) {
                         take(static_cast<std::uint32_t>(read_big_endian(key)), entry);
                       });
  }
};

Ledger::Ledger(std::unique_ptr<State> state) : state_(std::move(state)) {}
Ledger::~Ledger() = default;

Result<std::unique_ptr<Ledger>> Ledger::create(const std::string& directory) {
  auto db = LedgerDb::open(directory, true, Access::kReadWrite, kSpaceNames);
  if (!db) return db.error();
  return std::unique_ptr<Ledger>(new Ledger(std::make_unique<State>(directory, std::move(*db))));
}

Result<std::unique_ptr<Ledger>> Ledger::open(const std::string& directory, Access access) {
  auto db = LedgerDb::open(directory, false, access, kSpaceNames);
  if (!db) return db.error();
  std::unique_ptr<Ledger> ledger(new Ledger(std::make_unique<State>(directory, std::move(*db))));
  std::string value;
  ledger->has_lost_end_ = has_mark(directory);
  ledger->is_begun_ = !ledger->state_->read_books(value).IsNotFound();
  if (!ledger->is_begun_) return ledger;
  if (auto books = ledger->books(); !books) return books.error();
  return ledger;
}

// A later format may have rows in places that are not known here, so only this one is opened.
std::optional<FormatMark> Ledger::peek_format(const std::string& directory) {
  auto db = LedgerDb::open(directory, false, Access::kReadOnly, std::span(kSpaceNames).first(1));
  if (!db) return std::nullopt;
  const auto mark = Ledger(std::make_unique<State>(directory, std::move(*db))).format();
  return mark ? std::optional(*mark) : std::nullopt;
}

Result<FormatMark> Ledger::format() const {
  std::string value;
  const auto got = state_->read_books(value);
  if (!got.ok()) return state_->error(got);
  RowReader in(value);
  FormatMark mark;
  decode(in, mark);
  if (!in.is_good_so_far()) return damaged_row(state_->directory, "the books");
  return mark;
}

Result<void> Ledger::note_lost_end() {
  has_lost_end_ = true;
  return put_mark(state_->directory);
}

Result<void> Ledger::forget_lost_end() {
  has_lost_end_ = false;
  return remove_mark(state_->directory);
}

LedgerBatch Ledger::batch() {
  auto state = std::make_unique<LedgerBatch::State>();
  state->spaces = &state_->spaces;
  return LedgerBatch(std::move(state));
}

Result<void> Ledger::check_blocks() const {
  const auto checked = (*state_->db)->VerifyChecksum();
  if (!checked.ok()) return state_->error(checked);
  return {};
}

// After a write for which there was no room RocksDB takes no other until it has been told to go on:
// then it flushes what it holds into a new file and begins a new log, so that nothing of the old
// one's torn end is believed.
Result<void> Ledger::commit(LedgerBatch& batch) {
  if (state_->is_stopped) {
    const auto resumed = (*state_->db)->Resume();
    if (resumed.IsBusy())
      return Error{Errc::kExhausted,
                   "the ledger waits for room on its disk"};  // it looks for itself
    if (!resumed.ok()) return state_->error(resumed);
    state_->is_stopped = false;
  }
  rocksdb::WriteOptions how;
  how.sync = true;
  const auto written = (*state_->db)->Write(how, &batch.state_->batch);
  state_->is_stopped = written.IsNoSpace();
  if (!written.ok()) return state_->error(written);
  return {};
}

Result<Books> Ledger::books() const {
  std::string value;
  const auto got = state_->read_books(value);
  if (!got.ok()) return state_->error(got);
  RowReader in(value);
  FormatMark mark;
  decode(in, mark);
  if (in.is_good_so_far() && !is_read(mark.number))
    return unread_format(fmt::format("the ledger {}", printable(state_->directory)), mark);
  Books books;
  decode(in, books);
  if (!in.is_good()) return damaged_row(state_->directory, "the books");
  return books;
}

Result<std::vector<FileEntry>> Ledger::files() const {
  std::vector<FileEntry> files;
  const std::unique_ptr<rocksdb::Iterator> row(
      (*state_->db)->NewIterator(rocksdb::ReadOptions(), state_->spaces[kDefault]));
  for (row->Seek(slice(kFilePrefix)); row->Valid() && row->key().starts_with(slice(kFilePrefix));
       row->Next()) {
    RowReader in(view(row->value()));
    FileEntry file;
    file.name = view(row->key()).substr(kFilePrefix.size());
    file.length = in.number();
    file.lines = in.number();
    if (!in.is_good()) return damaged_row(state_->directory, "the files");
    files.push_back(std::move(file));
  }
  if (!row->status().ok()) return state_->error(row->status());
  return files;
}

Result<std::vector<DepthPatch>> Ledger::patches() const {
  std::vector<DepthPatch> all;
  const auto read = state_->one<std::vector<DepthPatch>>(
      kDefault, kPatchesKey, [&](const auto& patches) { all = patches; });
  if (!read) return read.error();
  return all;
}

Result<std::vector<UnparsedErrand>> Ledger::unparsed() const {
  std::vector<UnparsedErrand> all;
  const auto read = state_->one<std::vector<UnparsedErrand>>(
      kDefault, kUnparsedKey, [&](const auto& errands) { all = errands; });
  if (!read) return read.error();
  return all;
}

Result<std::optional<std::string>> Ledger::url(UrlId id) const {
  std::optional<std::string> url;
  const auto found = url_entry(id, [&](const UrlEntry& entry) { url = entry.url; });
  if (!found) return found.error();
  return url;
}

Result<bool> Ledger::url_entry(UrlId id, const std::function<void(const UrlEntry&)>& take) const {
  return state_->one<UrlEntry>(kUrls, url_key(id), take);
}

Result<bool> Ledger::state_entry(UrlId id,
                                 const std::function<void(const StateEntry&)>& take) const {
  return state_->one<StateEntry>(kStates, url_key(id), take);
}

Result<bool> Ledger::links_entry(UrlId id,
                                 const std::function<void(const LinksEntry&)>& take) const {
  return state_->one<LinksEntry>(kLinks, url_key(id), take);
}

Result<void> Ledger::row(UrlId id, const TakeRow& take) const {
  Result<bool> state = false;
  const auto found = url_entry(id, [&](const UrlEntry& entry) {
    state = state_entry(id, [&](const StateEntry& what) { take(entry, &what); });
    if (state && !*state) take(entry, nullptr);
  });
  if (!found) return found.error();
  if (!*found) return missing_row(id);
  if (!state) return state.error();
  return {};
}

Result<void> Ledger::each_row(
    const std::function<void(UrlId, const UrlEntry&, const StateEntry*)>& take) const {
  const State& s = *state_;
  const auto states = s.rows(kStates);
  states->SeekToFirst();
  std::uint64_t expected = 0;
  std::optional<Error> wrong;
  StateEntry state;
  auto step = s.each<UrlEntry>(
      kUrls, "", sizeof(std::uint64_t), [&](std::string_view key, const UrlEntry& entry) {
        if (wrong) return;
        const std::uint64_t id = read_big_endian(key);
        if (id != expected || (states->Valid() && view(states->key()) < key)) {
          wrong = missing_row(std::min(id, expected));
          return;
        }
        ++expected;
        const bool has_state = states->Valid() && view(states->key()) == key;
        if (has_state) {
          RowReader in(view(states->value()));
          decode(in, state);
          if (!in.is_good()) wrong = damaged_row(s.directory, kSpaceNames[kStates]);
        }
        if (!wrong) take(static_cast<UrlId>(id), entry, has_state ? &state : nullptr);
        if (has_state) states->Next();
      });
  if (!step) return step;
  if (wrong) return *wrong;
  if (!states->status().ok()) return s.error(states->status());
  if (states->Valid()) return missing_row(expected);
  return {};
}

Result<void> Ledger::each_url(const std::function<void(UrlId, const UrlEntry&)>& take) const {
  return state_->each_of_urls<UrlEntry>(kUrls, take);
}
Result<void> Ledger::each_state(const std::function<void(UrlId, const StateEntry&)>& take) const {
  return state_->each_of_urls<StateEntry>(kStates, take);
}
Result<void> Ledger::each_links(const std::function<void(UrlId, const LinksEntry&)>& take) const {
  return state_->each_of_urls<LinksEntry>(kLinks, take);
}
Result<void> Ledger::each_host(const std::function<void(HostId, const HostEntry&)>& take) const {
  return state_->each_of_kind<HostEntry>(Kind::kHost, take);
}
Result<void> Ledger::each_origin(
    const std::function<void(OriginId, const OriginEntry&)>& take) const {
  return state_->each_of_kind<OriginEntry>(Kind::kOrigin, take);
}
Result<void> Ledger::each_robots(
    const std::function<void(OriginId, const RobotsEntry&)>& take) const {
  return state_->each_of_kind<RobotsEntry>(Kind::kRobots, take);
}
Result<void> Ledger::each_sitemap(
    const std::function<void(SitemapId, const SitemapEntryRow&)>& take) const {
  return state_->each_of_kind<SitemapEntryRow>(Kind::kSitemap, take);
}
Result<void> Ledger::each_admitted(
    const std::function<void(std::uint32_t, const AdmittedEntry&)>& take) const {
  return state_->each_of_kind<AdmittedEntry>(Kind::kAdmitted, take);
}

Result<void> Ledger::each_capture(
    const std::function<void(std::uint32_t segment, std::uint64_t offset, const CaptureEntry&)>&
        take) const {
  constexpr std::size_t kKey = sizeof(std::uint32_t) + sizeof(std::uint64_t);
  return state_->each<CaptureEntry>(
      kCaptures, "", kKey, [&](std::string_view key, const CaptureEntry& entry) {
        take(static_cast<std::uint32_t>(read_big_endian(key.substr(0, 4))),
             read_big_endian(key.substr(4)), entry);
      });
}

Result<std::size_t> Ledger::captures_from(
    std::uint32_t segment, std::uint64_t offset, std::size_t most,
    const std::function<void(std::uint32_t segment, std::uint64_t offset, const CaptureEntry&)>&
        take) const {
  const std::unique_ptr<rocksdb::Iterator> row(
      (*state_->db)->NewIterator(rocksdb::ReadOptions(), state_->spaces[kCaptures]));
  std::size_t count = 0;
  for (row->Seek(slice(capture_key(segment, offset))); count < most && row->Valid();
       row->Next(), ++count) {
    const std::string_view key = view(row->key());
    RowReader in(view(row->value()));
    CaptureEntry entry;
    decode(in, entry);
    if (!in.is_good() || key.size() != capture_key(0, 0).size())
      return damaged_row(state_->directory, kSpaceNames[kCaptures]);
    take(static_cast<std::uint32_t>(read_big_endian(key.substr(0, 4))),
         read_big_endian(key.substr(4)), entry);
  }
  if (!row->status().ok()) return state_->error(row->status());
  return count;
}

}  // namespace scraper::storage
