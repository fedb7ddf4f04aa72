// An answer of the load server as bytes by position: its head, then a body cut from one block that
// all answers share. Nothing is allocated for an answer, and any part of it can be made again. One
// thread at a time.
#pragma once

#include <sys/uio.h>

#include <array>
#include <cstddef>
#include <cstdint>
#include <span>
#include <string>
#include <string_view>

namespace scraper::bench {

// The block: an HTML page of plain paragraphs without links, which goes on from its beginning in
// bodies that are longer.
inline constexpr std::size_t kLoadBlock = 256u << 10;
std::string_view load_block();

class LoadReply {
 public:
  enum class Status { kOk, kBadRequest, kNotFound, kNotAllowed };

  // An answer with `size` bytes of HTML (errors have none).
  void start(Status status, std::uint64_t size, bool is_last);
  // An answer with this JSON.
  void start_json(std::string text, bool is_last);

  // What is still to be sent, or its beginning where it is much: at most kParts parts, none empty.
  static constexpr std::size_t kParts = 5;
  std::span<const iovec> rest(std::array<iovec, kParts>& parts) const;
  void sent(std::size_t bytes) { position_ += bytes; }

  bool is_done() const { return position_ == total(); }
  std::uint64_t total() const { return head_size_ + body_; }
  bool is_last() const { return is_last_; }

 private:
  void write_head(Status status, std::string_view type);

  std::array<char, 160> head_{};
  std::size_t head_size_ = 0;
  std::uint64_t body_ = 0;
  std::uint64_t position_ = 0;  // bytes of the whole that were sent
  bool is_last_ = false;
  std::string text_;  // the body, unless it comes from the block
};

}  // namespace scraper::bench
