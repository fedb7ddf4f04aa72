// Numbers of URLs in a queue, first in, first out: as differences of neighbours, which makes one to
// three bytes of each, for what stands in a queue was mostly discovered together. Not thread-safe.
#pragma once

#include <cassert>
#include <cstddef>
#include <cstdint>
#include <string>

#include "storage/url_state.h"

namespace scraper::storage {

class IdQueue {
 public:
  bool empty() const { return head_ == bytes_.size(); }

  void push_back(UrlId id) {
    const std::int64_t step = std::int64_t{id} - last_;
    auto code = static_cast<std::uint64_t>(step) << 1 ^
                static_cast<std::uint64_t>(step >> 63);  // the sign comes last
    for (; code >= 0x80; code >>= 7) bytes_.push_back(static_cast<char>(code | 0x80));
    bytes_.push_back(static_cast<char>(code));
    last_ = id;
  }

  UrlId front() const {
    std::size_t at = head_;
    return static_cast<UrlId>(first_ + step_at(at));
  }

  void pop_front() {
    first_ += step_at(head_);
    let_go();
  }

  std::size_t bytes() const { return bytes_.size() - head_; }

 private:
  // `at` is moved to the next.
  std::int64_t step_at(std::size_t& at) const {
    assert(!empty());
    std::uint64_t code = 0;
    for (unsigned shift = 0;; shift += 7) {
      const auto byte = static_cast<unsigned char>(bytes_[at++]);
      code |= std::uint64_t{byte & 0x7Fu} << shift;
      if (byte < 0x80) break;
    }
    return static_cast<std::int64_t>(code >> 1) ^ -static_cast<std::int64_t>(code & 1);
  }

  // What was read is let go when it is half of all, so that each byte is moved once at most.
  void let_go() {
    if (head_ < bytes_.size() && (head_ < 256 || head_ < bytes_.size() / 2)) return;
    bytes_.erase(0, head_);
    head_ = 0;
    if (bytes_.capacity() > 4 * bytes_.size() + 256) bytes_.shrink_to_fit();
  }

  std::string bytes_;
  std::size_t head_ = 0;
  std::int64_t first_ = 0;  // the number before the first
  std::int64_t last_ = 0;
};

}  // namespace scraper::storage
