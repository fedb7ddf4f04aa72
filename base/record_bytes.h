// The bytes of one stored WARC record while they are still in memory. The hand-off `file` needs
// none: a worker reads them from the segment. The others carry them, so that what was just written
// is not read back. Moved from the appender through the owner to whoever parses; one owner at a
// time, no locks.
#pragma once

#include <string>

#include "base/capture.h"

namespace scraper {

// The record is `head`, then the body, then CR LF CR LF. Empty: not in memory (nobody asked to keep
// it, or the body waited in a spool file); it is read from its place then.
struct RecordBytes {
  std::string head;  // WARC header and, of a response, the HTTP head
  Body body;         // in memory; keeps its share of the engine's budget until it is gone

  bool is_there() const { return !head.empty(); }
};

}  // namespace scraper
