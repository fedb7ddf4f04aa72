// WARC/1.1 records (ISO 28500:2017) read back, after a kill and for the audit. Bytes from a disk are foreign: what is read here is bounded
// and strict, and says what is wrong.
//
// What is a record is decided by parse_record_header() alone: what storage/warc.h writes, and any other valid WARC/1.1. Pure; any thread.
#pragma once

#include <cstdint>
#include <optional>
#include <string_view>
#include <vector>

#include "scraper/base/error.h"

namespace scraper::storage {

inline constexpr std::size_t kMaxRecordHeader = 1u << 20;  // bytes of a record's header, the empty line included
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

// Reads the header `bytes` begin with; what follows it is not looked at. kInvalid, saying what is wrong, when they begin with none:
// another version, a line that does not end in CR LF or is no field, control characters, a field twice that may be there once, no
// WARC-Type, WARC-Record-ID, WARC-Date or Content-Length, more than the limits above, or no end.
Result<WarcRecord> parse_record_header(std::string_view bytes);

}  // namespace scraper::storage
