#include "fetch/body_sink.h"

#include <fcntl.h>
#include <unistd.h>

#include <cerrno>
#include <cstdlib>

#include "base/file.h"

namespace scraper::fetch {

// Travels with the body, so that what it takes is counted until it has been written down.
class BodySink::Hold {
 public:
  explicit Hold(std::shared_ptr<BodyAccounts> accounts) : accounts_(std::move(accounts)) {}
  Hold(const Hold&) = delete;
  Hold& operator=(const Hold&) = delete;
  ~Hold() {
    release_memory();
    if (is_spooled_) accounts_->spooled.fetch_sub(1, std::memory_order_relaxed);
  }

  bool take_memory(std::uint64_t bytes, std::uint64_t limit) {
    const std::uint64_t before = accounts_->memory.fetch_add(bytes, std::memory_order_relaxed);
    memory_ += bytes;
    if (before + bytes <= limit) return true;
    accounts_->memory.fetch_sub(bytes, std::memory_order_relaxed);
    memory_ -= bytes;
    return false;
  }

  void release_memory() {
    accounts_->memory.fetch_sub(memory_, std::memory_order_relaxed);
    memory_ = 0;
  }

  void count_spool() {
    is_spooled_ = true;
    const std::size_t now = accounts_->spooled.fetch_add(1, std::memory_order_relaxed) + 1;
    std::size_t most = accounts_->most_spooled.load(std::memory_order_relaxed);
    while (now > most &&
           !accounts_->most_spooled.compare_exchange_weak(most, now, std::memory_order_relaxed)) {
    }
  }

 private:
  std::shared_ptr<BodyAccounts> accounts_;
  std::uint64_t memory_ = 0;
  bool is_spooled_ = false;
};

namespace {

// A file that has no name. Where the file system knows no O_TMPFILE, one whose name is gone at
// once.
Descriptor open_nameless(const std::string& directory) {
  Descriptor nameless(::open(directory.c_str(), O_TMPFILE | O_RDWR | O_CLOEXEC, 0600));
  if (nameless || (errno != EOPNOTSUPP && errno != EISDIR)) return nameless;
  std::string path = directory + "/spool-XXXXXX";
  Descriptor named(::mkostemp(path.data(), O_CLOEXEC));
  if (named) ::unlink(path.c_str());
  return named;
}

}  // namespace

BodySink::BodySink(const FetchOptions& options, std::uint64_t max_body,
                   std::shared_ptr<BodyAccounts> accounts)
    : options_(options), max_body_(max_body), hold_(std::make_shared<Hold>(std::move(accounts))) {}

bool BodySink::take(std::string_view bytes) {
  const std::uint64_t room = max_body_ - size_;
  if (bytes.size() > room) {
    is_cut_ = true;
    bytes = bytes.substr(0, room);
  }
  size_ += bytes.size();
  return keep(bytes) && !is_cut_;
}

bool BodySink::keep(std::string_view bytes) {
  if (!spool_ && size_ <= options_.spool_past &&
      hold_->take_memory(bytes.size(), options_.body_memory)) {
    memory_.append(bytes);
    return true;
  }
  if (!spool_ && !begin_spooling()) return false;
  return spool(bytes);
}

bool BodySink::spool(std::string_view bytes) {
  if (memory_.size() + bytes.size() < kSmallestWrite) {
    memory_.append(bytes);
    return true;
  }
  return flush() && write_to_spool(bytes);
}

bool BodySink::flush() {
  if (!spool_ || memory_.empty()) return true;
  const bool is_written = write_to_spool(memory_);
  memory_.clear();
  return is_written;
}

bool BodySink::begin_spooling() {
  spool_ = open_nameless(options_.spool_directory);
  if (!spool_) {
    fault_ = errno_error("cannot make a spool file in", options_.spool_directory);
    return false;
  }
  hold_->count_spool();
  if (!write_to_spool(memory_)) return false;
  std::string().swap(memory_);
  hold_->release_memory();
  return true;
}

bool BodySink::write_to_spool(std::string_view bytes) {
  if (write_all(spool_.get(), bytes)) return true;
  fault_ = errno_error("cannot write a spool file in", options_.spool_directory);
  return false;
}

Body BodySink::finish() {
  Body body;
  if (!spool_) body.memory = std::move(memory_);
  body.spool = std::move(spool_);
  body.size = size_;
  body.hold = std::move(hold_);
  return body;
}

}  // namespace scraper::fetch
