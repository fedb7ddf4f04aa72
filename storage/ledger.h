// The ledger: OUT/ledger/, the crawl's books on disk (RocksDB). A row for every URL ever
// discovered, in exactly one state with its reason; hosts, origins and what their robots.txt said;
// every capture by its place; the committed length of every file.
//
// All that happens between two barriers is one LedgerBatch, committed and synced as a whole
// (storage/committer.h), so the books are always those of one instant. What is committed is in the
// newest format (storage/format.h): an older ledger is upgraded before anything else goes into it.
//
// open() and reading: one thread. commit(): any one thread at a time, beside readers. Errors name
// the directory; bytes on disk that are not as they were written are Errc::kInvalid.
#pragma once

#include <cstddef>
#include <cstdint>
#include <functional>
#include <memory>
#include <optional>
#include <string>
#include <string_view>
#include <vector>

#include "base/error.h"
#include "storage/format.h"
#include "storage/ledger_rows.h"

namespace scraper::storage {

// What changed, to be committed as a whole. Made by Ledger::batch(), which it must not outlive; one
// thread at a time.
class LedgerBatch {
 public:
  ~LedgerBatch();
  LedgerBatch(LedgerBatch&&) noexcept;
  LedgerBatch& operator=(LedgerBatch&&) noexcept;

  void put(const Books& books);
  void put(const FileEntry& file);
  void put_url(UrlId id, const UrlEntry& entry);
  void put_state(UrlId id, const StateEntry& entry);
  void put_links(UrlId id, const LinksEntry& entry);
  void put_host(HostId id, const HostEntry& entry);
  void put_origin(OriginId id, const OriginEntry& entry);
  void put_robots(OriginId id, const RobotsEntry& entry);
  void put_capture(std::uint32_t segment, std::uint64_t offset, const CaptureEntry& entry);
  void put_sitemap(SitemapId id, const SitemapEntryRow& entry);
  void put_admitted(std::uint32_t number, const AdmittedEntry& entry);
  void put_patches(const std::vector<DepthPatch>&
                       patches);  // to be written once this is committed; replaces the last batch's
  void put_unparsed(const std::vector<UnparsedErrand>& errands);  // replaces the last batch's

  std::size_t rows() const;
  std::size_t bytes() const;

 private:
  friend class Ledger;
  struct State;
  explicit LedgerBatch(std::unique_ptr<State> state);
  std::unique_ptr<State> state_;
};

class Ledger {
 public:
  enum class Access { kReadWrite, kReadOnly, kAudit };

  // Makes one in `directory`, which exists and is empty; or opens the one that is there. kReadOnly
  // writes nothing and asks for no lock: beside a crawl that runs it shows the books as of its last
  // barrier. A format that is not read is refused with unread_format(). Where that crawl removes a
  // file which is just being opened open() fails with kFile,
  // and another attempt does not. kAudit is the same and takes a damaged log for damage, where
  // kReadOnly takes its end for what a power cut left.
  static Result<std::unique_ptr<Ledger>> create(const std::string& directory);
  static Result<std::unique_ptr<Ledger>> open(const std::string& directory,
                                              Access access = Access::kReadWrite);
  ~Ledger();
  Ledger(const Ledger&) = delete;
  Ledger& operator=(const Ledger&) = delete;

  // What the ledger there says of its format, whichever that is; nothing where it says nothing or
  // cannot be opened. Reads one row, as kReadOnly does.
  static std::optional<FormatMark> peek_format(const std::string& directory);

  Result<FormatMark> format() const;

  // False: made, and killed before anything was committed.
  bool is_begun() const { return is_begun_; }

  // Opened for writing, its log was damaged: what came after that place in it is not there any
  // more. As a power cut may leave its last batch, which was not acknowledged; or worse, and then
  // what files have behind their lengths had been committed. It is remembered on the disk until it
  // is told to forget, as is what else tells of it.
  bool has_lost_end() const { return has_lost_end_; }
  Result<void> note_lost_end();
  Result<void> forget_lost_end();

  LedgerBatch batch();

  // Reads every block of every file and compares its checksum.
  Result<void> check_blocks() const;

  // Synced when it returns, all of it or nothing. After kExhausted, no room, the batch can be
  // committed again.
  Result<void> commit(LedgerBatch& batch);

  Result<Books> books() const;
  Result<std::vector<FileEntry>> files() const;
  Result<std::vector<DepthPatch>> patches() const;
  Result<std::vector<UnparsedErrand>> unparsed() const;
  Result<std::optional<std::string>> url(UrlId id) const;

  // One row; false, and nothing is called, where there is none.
  Result<bool> url_entry(UrlId id, const std::function<void(const UrlEntry&)>& take) const;
  Result<bool> state_entry(UrlId id, const std::function<void(const StateEntry&)>& take) const;
  Result<bool> links_entry(UrlId id, const std::function<void(const LinksEntry&)>& take) const;

  // Both parts of a URL's row, the second null where there is none; kInvalid where there is no such
  // URL.
  using TakeRow = std::function<void(const UrlEntry&, const StateEntry*)>;
  Result<void> row(UrlId id, const TakeRow& take) const;

  // Every URL, in order; kInvalid at the first that is missing between others, or of which there is
  // the second part only.
  Result<void> each_row(
      const std::function<void(UrlId, const UrlEntry&, const StateEntry*)>& take) const;

  // Every row of a kind, in order of its number or place.
  Result<void> each_url(const std::function<void(UrlId, const UrlEntry&)>& take) const;
  Result<void> each_state(const std::function<void(UrlId, const StateEntry&)>& take) const;
  Result<void> each_links(const std::function<void(UrlId, const LinksEntry&)>& take) const;
  Result<void> each_host(const std::function<void(HostId, const HostEntry&)>& take) const;
  Result<void> each_origin(const std::function<void(OriginId, const OriginEntry&)>& take) const;
  Result<void> each_robots(const std::function<void(OriginId, const RobotsEntry&)>& take) const;
  Result<void> each_capture(const std::function<void(std::uint32_t segment, std::uint64_t offset,
                                                     const CaptureEntry&)>& take) const;

  // The same from this place on, `most` rows at most; how many there were. Fewer than `most`: no
  // more.
  Result<std::size_t> captures_from(
      std::uint32_t segment, std::uint64_t offset, std::size_t most,
      const std::function<void(std::uint32_t segment, std::uint64_t offset, const CaptureEntry&)>&
          take) const;
  Result<void> each_sitemap(
      const std::function<void(SitemapId, const SitemapEntryRow&)>& take) const;
  Result<void> each_admitted(
      const std::function<void(std::uint32_t, const AdmittedEntry&)>& take) const;

 private:
  struct State;
  explicit Ledger(std::unique_ptr<State> state);
  std::unique_ptr<State> state_;
  bool is_begun_ = true;
  bool has_lost_end_ = false;
};

}  // namespace scraper::storage
