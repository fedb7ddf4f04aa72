// Results: OUT/pages.jsonl, one JSON object a line for every URL that ended as stored, failed or duplicate. The field names are
// documented in docs/results.md and stable. Owner's thread only; lines gather in a buffer and are written whole: whatever happens
// to the disk, the file ends with a line end.
#pragma once

#include <cstdint>
#include <memory>
#include <string>
#include <string_view>

#include "scraper/base/capture.h"
#include "scraper/base/error.h"
#include "scraper/base/page_record.h"
#include "scraper/base/place.h"

namespace scraper::storage {

// All that a line says; the views are only read during the call.
struct ResultLine {
  std::string_view url;
  std::string_view state;              // "stored", "failed", "duplicate"
  const Capture* capture = nullptr;    // its body may be gone; never null
  const PageRecord* record = nullptr;  // null when no worker got through it, or there was no answer
  Place place;
  unsigned depth = 0;
  std::string_view referrer;  // empty for a seed
  std::string_view seed;
  std::string_view tag;           // empty: null
  std::string_view error;         // empty: null
  std::string_view duplicate_of;  // empty: null
  unsigned attempts = 1;
  bool wants_links = false;
  bool wants_text = false;
};

// The line without its line end, and where in it the digits of the depth stand.
struct RenderedLine {
  std::string text;
  std::size_t depth_at = 0;
};

// The same keys in the same order, whatever the line says; `links` and `text` are there when asked for.
RenderedLine render(const ResultLine& line);

class Results {
 public:
  static constexpr std::size_t kBuffer = 256u << 10;  // bytes that gather before they are written

  // Creates OUT/pages.jsonl (O_EXCL, O_NOFOLLOW, 0600).
  static Result<std::unique_ptr<Results>> open(const std::string& path);
  ~Results();  // flushes; whoever must know whether that worked calls flush() before

  // Where a line's depth stands, for lower_depth.
  struct DepthPlace {
    std::uint64_t offset = 0;
    std::uint8_t width = 0;
  };

  // `depth` is that of the line. Fails when the buffer is full and cannot be written; the line has not been taken then.
  Result<DepthPlace> append(const RenderedLine& line, unsigned depth);

  // A URL's depth is the least number of links from a seed, and a shorter way may be found after its line was written. JSON allows
  // white space before a number, so the smaller number is written over the larger in place, right-aligned.
  Result<void> lower_depth(DepthPlace place, unsigned depth);

  // What is buffered reaches the file. After an error what could not be written is still there and the next flush tries again.
  Result<void> flush();

  std::uint64_t lines() const;
  std::uint64_t bytes() const;  // of the lines, buffered or written

 private:
  struct State;
  explicit Results(std::unique_ptr<State> state);
  std::unique_ptr<State> state_;
};

}  // namespace scraper::storage
