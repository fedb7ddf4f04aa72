// What came of parsing one document: its record, or why there is none. A document that no worker
// gets through is no error of ours but a result, recorded like any other.
#pragma once

#include <string>
#include <variant>

#include "base/page_record.h"

namespace scraper::parse {

// `reason` begins with stable words; what follows a colon is for the person:
//   "cpu limit", "memory limit", "wall time", "crashed: signal 11", "bad answer: …"     two workers
//   ended over this document "worker does not start: …" no worker is left to read it "segment not
//   readable: …"                                                           open_segment failed
struct ParseFailure {
  std::string reason;
  unsigned attempts = 2;  // workers that tried
};

using ParseOutcome = std::variant<PageRecord, ParseFailure>;

}  // namespace scraper::parse
