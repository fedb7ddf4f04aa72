// WARC/1.1 records (ISO 28500:2017) read back, after a kill and for the audit. Bytes from a disk
// are foreign: what is read here is bounded and strict, and says what is wrong.
//
// What is a record is decided by parse_record_header() alone: what storage/warc.h writes, and any
// other valid WARC/1.1. The functions are pure, for any thread; a SegmentReader is for one thread
// at a time.
#pragma once

#include <cstdint>
#include <limits>
#include <memory>
#include <optional>
#include <string>
#include <string_view>
#include <vector>

#include "base/capture.h"
#include "base/descriptor.h"
#include "base/error.h"

namespace scraper::storage {

inline constexpr std::size_t kMaxRecordHeader =
    1u << 20;  // bytes of a record's header, the empty line included
inline constexpr std::size_t kMaxRecordFields = 256;

struct WarcField {
  std::string_view name;   // as written; compared without regard to ASCII case
  std::string_view value;  // without white space at both ends; a folded one with its line ends
};

// A record's header. The views point into the bytes that were given.
struct WarcRecord {
  std::string_view version;  // "WARC/1.1"
  std::string_view type;     // "response"
  std::vector<WarcField> fields;
  std::uint64_t header_size = 0;   // with the empty line: where the block begins
  std::uint64_t block_length = 0;  // Content-Length

  // Of the whole record, the two closing line ends included: what a place covers.
  std::uint64_t length() const;

  // The first field of that name, nothing if there is none.
  std::optional<std::string_view> field(std::string_view name) const;
};

// Reads the header `bytes` begin with; what follows it is not looked at. kInvalid, saying what is
// wrong, when they begin with none: another version, a line that does not end in CR LF or is no
// field, control characters, a field twice that may be there once, no WARC-Type, WARC-Record-ID,
// WARC-Date or Content-Length, more than the limits above, or no end.
Result<WarcRecord> parse_record_header(std::string_view bytes);

// Of the HTTP head, with its empty line, that a block begins with; npos when there is no end. A
// line may end in a bare LF, as it may for a parse worker.
std::size_t http_head_size(std::string_view block);

// The capture as Capture::outline() was when the record was written: a result line and what is
// decided about the page are the same from it, byte for byte. `record` is what lies at a place, or
// its beginning: of a response all but the body must be there, of a metadata record all.
//
// The head is as received but for what cannot be told from the archive: line ends are CR LF; the
// Content-Length that was put where none had been is still there, unless a renamed field tells; the
// reason of an HTTP/2 status line is left out where it is the usual one.
//
// kInvalid, saying what is wrong: no record of a transfer, or one that storage/warc.h could not
// have written.
Result<Capture> read_outline(std::string_view record);

// One record of a file. The views hold until the reader is asked for the next.
struct SegmentRecord {
  std::uint64_t offset = 0;
  std::uint64_t length = 0;  // of the whole record, the two closing line ends included
  WarcRecord header;
  std::string_view begin;    // its first bytes: what read_outline() needs of a response or metadata
                             // record, of others the header
  std::uint32_t crc32c = 0;  // of all its bytes; 0 when not asked for
  Sha256 payload{};          // of a response's body; zeros when not asked for
};

// Reads a segment record by record, by pread through a buffer of 1 MiB; a body is never in memory
// whole. Every byte of the file belongs to a record or is an error, which names file and offset:
// kInvalid for bytes that are none, kFile when they cannot be read.
class SegmentReader {
 public:
  enum class Sums : bool { kNo, kYes };  // kNo passes over bodies without reading them

  static constexpr std::uint64_t kToEnd = std::numeric_limits<std::uint64_t>::max();

  // Reads the first `length` bytes. No link is followed. A file that is shorter is damaged: kFile,
  // with both lengths.
  static Result<std::unique_ptr<SegmentReader>> open(const std::string& path, Sums sums,
                                                     std::uint64_t length = kToEnd);

  // Nothing at the end. After an error the reader stays where it is and gives the error again;
  // seek() leads past it.
  Result<std::optional<SegmentRecord>> next();

  // Goes on at another place.
  void seek(std::uint64_t offset) { offset_ = offset; }

  std::uint64_t offset() const { return offset_; }  // of the next record
  std::uint64_t size() const { return size_; }      // of what is read of the file

 private:
  SegmentReader(Descriptor file, std::string path, std::uint64_t size, Sums sums)
      : file_(std::move(file)), path_(std::move(path)), size_(size), sums_(sums) {}

  Result<std::string_view> peek(std::uint64_t offset, std::uint64_t wanted);
  // What is known of the record at offset_ once its header has been read.
  struct Extent {
    std::uint64_t header = 0;  // bytes
    std::uint64_t block = 0;
    bool is_response = false;
    bool is_metadata = false;
    std::uint64_t length() const;
  };

  Result<Extent> read_header();
  Result<void> read_begin(const Extent& extent);
  Result<void> read_http_head(const Extent& extent);
  Result<void> check_end(const Extent& extent);
  Result<void> sum(const Extent& extent, SegmentRecord& record);
  Error wrong(std::string_view what) const;

  Descriptor file_;
  std::string path_;
  std::uint64_t size_;
  Sums sums_;
  std::uint64_t offset_ = 0;
  std::string buffer_;           // bytes of the file
  std::uint64_t buffer_at_ = 0;  // where they lie in it
  std::string begin_;            // of the record
};

}  // namespace scraper::storage
