// A place: where a WARC record lies in the archive. The hand-off passes places, not bytes.
#pragma once

#include <cstdint>

namespace scraper {

struct Place {
  std::uint32_t segment = 0;  // number of the file, warc/00000.warc being 0
  std::uint64_t offset = 0;   // of the record's first byte
  std::uint64_t length = 0;   // of the whole record: header, block and the two closing line ends
  std::uint32_t crc32c = 0;   // over exactly these bytes
  friend bool operator==(const Place&, const Place&) = default;
};

}  // namespace scraper
