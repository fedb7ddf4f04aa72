// SegmentWriter: the appender's half of Segments. Blocking, for one thread at a time; nothing here
// knows of threads or coroutines.
//
// A capture's records are a group: they go into one file, whole or not at all. Groups are written
// in the order given; those with their body in memory are gathered and written together. After an
// error of the disk the file ends with the last whole group and nothing more is written: every
// later capture gets the same error. Where there was only no room (kExhausted) that holds for the
// captures of one write(): the next tries again.
#pragma once

#include <atomic>
#include <cstdint>
#include <memory>
#include <optional>
#include <string>
#include <vector>

#include "base/capture.h"
#include "base/descriptor.h"
#include "base/error.h"
#include "base/place.h"
#include "storage/warc.h"

struct iovec;

namespace scraper::storage {

struct SegmentEnd;
struct SegmentOptions;
struct Appended;
enum class Keep : bool;

// One capture on its way to the file; or, where the files part, none.
struct Entry {
  Capture capture;
  Keep keep;
  bool is_rotation = false;  // what follows goes to the next file
};

// Read by any thread while the writer works.
struct WriteCounts {
  std::atomic<std::uint64_t> records{0};
  std::atomic<std::uint64_t> bytes{0};
  std::atomic<std::uint64_t> writes{0};  // system calls
};

class SegmentWriter {
 public:
  // Begins or goes on with the file of options.begin in `directory` (a descriptor, which stays the
  // caller's), see Segments::open.
  static Result<std::unique_ptr<SegmentWriter>> open(const SegmentOptions& options, int directory);
  SegmentWriter(const SegmentWriter&) = delete;
  SegmentWriter& operator=(const SegmentWriter&) = delete;

  // Removes the file that open() made; one that was there is left.
  void discard();

  // One answer a capture, in order, and none for a rotation. What is not in an answer, to be kept,
  // is gone when this returns.
  std::vector<Result<Appended>> write(std::vector<Entry> entries);

  const WriteCounts& counts() const { return counts_; }

 private:
  struct Group {
    WarcRecords records;
    Capture capture;
    Keep keep;
    Place place;
    std::uint64_t end = 0;  // offset of the first byte after the group
  };
  using Answers = std::vector<Result<Appended>>;

  SegmentWriter(const SegmentOptions& options, int directory)
      : options_(options), directory_(directory) {}

  Result<Descriptor> open_existing(std::uint32_t number, std::uint64_t& size) const;
  Result<Descriptor> make_or_empty(std::uint32_t number, bool may_exist, bool& is_made) const;
  Result<void> begin_segment(std::uint32_t number, bool may_exist);
  Result<void> go_on_with(const SegmentEnd& begin);
  Result<void> read_warcinfo_id();
  void enter(Descriptor file, const SegmentEnd& at);
  std::string path_of(std::uint32_t segment) const;
  void rotate(Answers& answers);
  Group to_group(Entry entry);
  static Result<void> digest(Capture& capture);
  void add(Entry entry, Answers& answers);
  void flush(Answers& answers);
  void write_spooled(Group group, Answers& answers);
  Result<std::uint32_t> copy_body(int spool, std::uint64_t size, std::uint64_t offset,
                                  std::uint32_t crc);
  Result<void> write_at(std::vector<iovec>& parts, std::uint64_t& offset);
  Result<void> write_to(int file, std::uint32_t segment, std::vector<iovec>& parts,
                        std::uint64_t& offset);
  void fail(Error error);
  static Appended to_answer(Group& group);
  std::uint64_t next_offset() const { return pending_.empty() ? end_ : pending_.back().end; }

  const SegmentOptions& options_;
  const int directory_;
  Descriptor file_;
  std::uint32_t segment_ = 0;
  bool is_made_ = false;   // here; it was not there before
  std::uint64_t end_ = 0;  // of the last whole group in the file
  std::string warcinfo_id_;
  RecordIds ids_;
  std::vector<Group> pending_;    // formatted, not yet written
  std::string buffer_;            // for copying spooled bodies, made when first needed
  bool is_rotation_due_ = false;  // the next file could not be begun yet
  std::optional<Error> failure_;
  bool may_try_again_ = false;  // after it
  WriteCounts counts_;
};

}  // namespace scraper::storage
