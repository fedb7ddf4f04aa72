// HeadReader: takes header lines as libcurl hands them over and keeps the final response's block as
// received. Interim responses (1xx) and trailers are dropped, but count against the limit, so that
// an endless row of them ends too. Pure.
#pragma once

#include <cstdint>
#include <string>
#include <string_view>

#include "base/capture.h"

namespace scraper::fetch {

class HeadReader {
 public:
  explicit HeadReader(std::uint64_t limit) : limit_(limit) {}

  // One line with its line end. False when the transfer must end: error() and fault() say why.
  bool take(std::string_view line);

  bool is_complete() const {
    return is_complete_;
  }  // the empty line after the final response's fields has come
  int status() const { return status_; }
  std::uint64_t size() const { return size_; }  // all that was taken
  std::string& head() { return head_; }

  FetchError error() const { return error_; }
  const std::string& fault() const { return fault_; }

 private:
  bool end_block();
  bool refuse(FetchError error, std::string fault);

  std::uint64_t limit_;
  std::uint64_t size_ = 0;
  std::string head_;
  int status_ = 0;
  bool is_complete_ = false;
  FetchError error_ = FetchError::kNone;
  std::string fault_;
};

}  // namespace scraper::fetch
