// SegmentDescriptors: the owner's open segments, the few used last. Most tasks are of the segment
// being written, so that a handful is plenty, and an archive of any size takes no more descriptors
// than that. Owner's thread only.
#pragma once

#include <algorithm>
#include <cstdint>
#include <deque>
#include <functional>
#include <memory>
#include <utility>

#include "base/descriptor.h"
#include "base/error.h"

namespace scraper::parse {

class SegmentDescriptors {
 public:
  using Open = std::function<Result<int>(std::uint32_t segment)>;
  explicit SegmentDescriptors(Open open) : open_(std::move(open)) {}

  // Stays open at least until the next call.
  Result<int> get(std::uint32_t segment) {
    const auto file = share(segment);
    if (!file) return file.error();
    return (*file)->get();
  }

  // Stays open as long as somebody has it, whichever thread that is.
  Result<std::shared_ptr<const Descriptor>> share(std::uint32_t segment) {
    const auto known = std::find_if(files_.begin(), files_.end(),
                                    [&](const auto& file) { return file.first == segment; });
    if (known != files_.end()) return known->second;
    const Result<int> opened = open_(segment);
    if (!opened) return opened.error();
    files_.emplace_back(segment, std::make_shared<const Descriptor>(*opened));
    if (files_.size() > kKept) files_.pop_front();
    return files_.back().second;
  }

 private:
  static constexpr std::size_t kKept = 8;

  Open open_;
  std::deque<std::pair<std::uint32_t, std::shared_ptr<const Descriptor>>> files_;
};

}  // namespace scraper::parse
