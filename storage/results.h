// Results: OUT/pages.jsonl, one JSON object a line for every URL that ended as stored, failed or
// duplicate. The field names are documented in docs/results.md and stable. Owner's thread only.
//
// A line that is durable says what the ledger says. So a depth that is lowered in one is kept back
// as a patch until the ledger holds it: take_patches() with all that goes into a batch,
// apply_patches() (storage/committer.h) when the batch is durable, and again after a kill, as often
// as need be.
#pragma once

#include <cstdint>
#include <map>
#include <memory>
#include <string>
#include <string_view>
#include <vector>

#include "base/capture.h"
#include "base/error.h"
#include "base/page_record.h"
#include "base/place.h"
#include "storage/line_file.h"

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
  unsigned depth_width =
      0;  // white space before the depth makes it so wide, as lower_depth() leaves it
  bool wants_links = false;
  bool wants_text = false;
};

// The line without its line end, and where in it the digits of the depth stand.
struct RenderedLine {
  std::string text;
  std::size_t depth_at = 0;
};

// The same keys in the same order, whatever the line says; `links` and `text` are there when asked
// for.
RenderedLine render(const ResultLine& line);

// What is to be written over a line's depth: its digits, right-aligned, at this place in the file.
struct DepthPatch {
  std::uint64_t offset = 0;
  std::string digits;
  friend bool operator==(const DepthPatch&, const DepthPatch&) = default;
};

class Results {
 public:
  static Result<std::unique_ptr<Results>> open(
      const std::string& path);  // of OUT/pages.jsonl, which is created

  // As LineFile::resume; nothing is committed yet.
  static Result<std::unique_ptr<Results>> resume(const std::string& path, std::uint64_t length,
                                                 std::uint64_t lines);

  // Where a line's depth stands, for lower_depth.
  struct DepthPlace {
    std::uint64_t offset = 0;
    std::uint8_t width = 0;
  };

  // `depth` is that of the line. As LineFile::append does it only buffers.
  DepthPlace append(const RenderedLine& line, unsigned depth);

  // A URL's depth is the least number of links from a seed, and a shorter way may be found after
  // its line was written. JSON allows white space before a number, so the smaller number is written
  // over the larger in place, right-aligned. Below what is committed nothing is written: a patch is
  // gathered, and likewise where the disk has no room.
  Result<void> lower_depth(DepthPlace place, unsigned depth);

  // All lines below `length` are durable or about to be: a barrier has cut there. Never called:
  // every depth is written at once.
  void committed(std::uint64_t length);

  // What has gathered, in the order of places, one for each. They are the caller's now, who applies
  // them in the order of taking.
  std::vector<DepthPatch> take_patches();

  Result<void> flush() { return file_->flush(); }
  bool is_due() const { return file_->is_due(); }

  std::uint64_t lines() const { return file_->lines(); }
  std::uint64_t bytes() const { return file_->bytes(); }

 private:
  explicit Results(std::unique_ptr<LineFile> file) : file_(std::move(file)) {}
  std::unique_ptr<LineFile> file_;
  std::uint64_t committed_ = 0;
  std::map<std::uint64_t, std::string> patches_;  // digits by place
};

}  // namespace scraper::storage
