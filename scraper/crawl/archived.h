// What stays of a capture when its bytes have gone to disk: passed by the crawl from the archive to
// the worker and to the result line.
#pragma once

#include "base/capture.h"
#include "base/place.h"
#include "base/record_bytes.h"

namespace scraper {

struct Archived {
  Capture outline;    // without request and body, with the body's digest
  Place place;        // of the response or metadata record
  RecordBytes bytes;  // the record, where it is still in memory
};

}  // namespace scraper
