#include <sys/mman.h>
#include <sys/stat.h>
#include <unistd.h>

#include "parse/workers/worker_feed.h"
#include "tests/catch.h"

namespace scraper::parse {
namespace {

constexpr std::size_t kMega = 1u << 20;

// An inbox in shared memory, and how much of it takes memory.
class SharedInbox {
 public:
  SharedInbox() {
    REQUIRE(file_ >= 0);
    REQUIRE(::ftruncate(file_, static_cast<off_t>(kInbox)) == 0);
    void* const memory = ::mmap(nullptr, kInbox, PROT_READ | PROT_WRITE, MAP_SHARED, file_, 0);
    REQUIRE(memory != MAP_FAILED);
    memory_ = static_cast<char*>(memory);
  }
  SharedInbox(const SharedInbox&) = delete;
  SharedInbox& operator=(const SharedInbox&) = delete;
  ~SharedInbox() {
    ::munmap(memory_, kInbox);
    ::close(file_);
  }

  // A record of that size, put and answered.
  void pass(std::size_t size) {
    auto bytes = std::make_unique<RecordBytes>();
    bytes->head = std::string(size, 'x');
    REQUIRE(inbox().put(std::move(bytes)).has_value());
    inbox().free_until(++passed_);
  }

  std::size_t resident() const {
    struct stat status {};
    REQUIRE(::fstat(file_, &status) == 0);
    return static_cast<std::size_t>(status.st_blocks) * 512;
  }

 private:
  Inbox& inbox() {
    if (!inbox_) inbox_.emplace(memory_, kInbox);
    return *inbox_;
  }

  int file_ = ::memfd_create("inbox", MFD_CLOEXEC);
  char* memory_ = nullptr;
  std::optional<Inbox> inbox_;
  std::uint64_t passed_ = 0;
};

TEST_CASE("large documents in a row keep their memory, one alone gives it back") {
  SharedInbox inbox;
  inbox.pass(12 * kMega);
  CHECK(inbox.resident() >= 12 * kMega);
  inbox.pass(14 * kMega + 1);
  CHECK(inbox.resident() >= 14 * kMega);
  inbox.pass(10 * kMega);
  CHECK(inbox.resident() <= 11 * kMega);
  inbox.pass(1000);
  CHECK(inbox.resident() <= 8 * kMega);
  inbox.pass(9 * kMega);  // and what was given back can be used again
  CHECK(inbox.resident() >= 9 * kMega);
}

}  // namespace
}  // namespace scraper::parse
