// BodySink: where the bytes of one body go as they arrive. They are counted, kept in memory while
// they are few and there is memory left in all (--body-memory), else in a spool file without a
// name; and cut at --max-body. One transfer's thread at a time.
#pragma once

#include <algorithm>
#include <atomic>
#include <cstdint>
#include <memory>
#include <optional>
#include <string>
#include <string_view>

#include "base/capture.h"
#include "base/error.h"
#include "fetch/fetcher.h"

namespace scraper::fetch {

// What the bodies of one engine take, from their first byte until their captures are gone. Any
// thread.
struct BodyAccounts {
  std::atomic<std::uint64_t> memory{0};
  std::atomic<std::size_t> spooled{0};
  std::atomic<std::size_t> most_spooled{0};
};

class BodySink {
 public:
  // `options` outlives the sink; `max_body` is this body's own limit.
  BodySink(const FetchOptions& options, std::uint64_t max_body,
           std::shared_ptr<BodyAccounts> accounts);
  BodySink(const BodySink&) = delete;
  BodySink& operator=(const BodySink&) = delete;

  // What the head says will come; it may be wrong. Before the first byte.
  void expect(std::uint64_t bytes) {
    memory_.reserve(static_cast<std::size_t>(std::min(bytes, kMostReserved)));
  }

  // False when nothing more can be taken: is_cut() or fault() says why.
  bool take(std::string_view bytes);

  // What waits to be written in larger pieces is written. After the last take(); false when fault()
  // says why not.
  bool flush();

  bool is_cut() const { return is_cut_; }
  const std::optional<Error>& fault() const { return fault_; }  // our own disk
  std::uint64_t size() const { return size_; }

  Body finish();  // once, after flush()

 private:
  class Hold;

  // A stranger's word is not worth more memory than this.
  static constexpr std::uint64_t kMostReserved = 256u << 10;

  // A server may send a byte at a time; a system call for each costs more than all else.
  static constexpr std::size_t kSmallestWrite = 16u << 10;

  bool keep(std::string_view bytes);
  bool begin_spooling();
  bool spool(std::string_view bytes);
  bool write_to_spool(std::string_view bytes);

  const FetchOptions& options_;
  const std::uint64_t max_body_;
  std::shared_ptr<Hold> hold_;
  std::string memory_;  // the body, or of one that is spooled what is still to be written
  Descriptor spool_;
  std::uint64_t size_ = 0;
  bool is_cut_ = false;
  std::optional<Error> fault_;
};

}  // namespace scraper::fetch
