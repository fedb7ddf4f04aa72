// The four ways of a record to whoever parses it, and of his answer back (parse/pool.h).
#pragma once

#include <cstdint>

namespace scraper::parse {

enum class Handoff : std::uint8_t {
  kFile,    // processes; the record is read from the segment, the answer lies in a shared ring
  kPipe,    // processes; both go through the socket, byte for byte
  kShm,     // processes; both lie in shared rings
  kInline,  // threads of this process, on the bytes in memory
};

}  // namespace scraper::parse
