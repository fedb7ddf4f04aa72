#include "parse/worker.h"

#include <sys/mman.h>
#include <sys/prctl.h>
#include <sys/resource.h>
#include <sys/time.h>
#include <unistd.h>

#include <algorithm>
#include <csignal>
#include <cstdio>
#include <ctime>
#include <deque>
#include <memory>
#include <new>
#include <optional>
#include <string>
#include <string_view>
#include <utility>

#include "parse/descriptor.h"
#include "parse/handoff.h"
#include "parse/page.h"
#include "parse/ring_space.h"
#include "scraper/base/crc32c.h"

namespace scraper::parse {

namespace {

#if defined(__SANITIZE_ADDRESS__) || defined(__SANITIZE_THREAD__)
#define SCRAPER_IS_SANITIZED 1
#elif defined(__has_feature)
#if __has_feature(address_sanitizer) || __has_feature(thread_sanitizer)
#define SCRAPER_IS_SANITIZED 1
#endif
#endif
#ifdef SCRAPER_IS_SANITIZED
constexpr bool kIsSanitized = true;
#else
constexpr bool kIsSanitized = false;
#endif

constexpr std::size_t kKeptBuffer = 4u << 20;  // a larger one is given back after its document

[[noreturn]] void out_of_memory() { ::_exit(kExitOutOfMemory); }

bool set_limit(int resource, rlim_t wanted) {
  rlimit limit{};
  if (::getrlimit(static_cast<__rlimit_resource>(resource), &limit) != 0) return false;
  limit.rlim_cur = std::min(wanted, limit.rlim_max);
  return ::setrlimit(static_cast<__rlimit_resource>(resource), &limit) == 0;
}

std::optional<rlim_t> address_space() {
  const std::unique_ptr<std::FILE, int (*)(std::FILE*)> file(std::fopen("/proc/self/statm", "re"), &std::fclose);
  unsigned long pages = 0;
  if (!file || std::fscanf(file.get(), "%lu", &pages) != 1) return std::nullopt;
  return static_cast<rlim_t>(pages) * static_cast<rlim_t>(::sysconf(_SC_PAGESIZE));
}

// The sanitizers reserve terabytes of address space for their shadows and ask for more of it at any time.
bool limit_memory(std::uint64_t beyond_start) {
  std::set_new_handler(out_of_memory);
  if (kIsSanitized) return true;
  const std::optional<rlim_t> now = address_space();
  return now && set_limit(RLIMIT_AS, *now + beyond_start);
}

// An owner that was gone before the death signal was asked for has left a closed socket, which ends this worker just as well.
void bind_to_owner() {
  ::prctl(PR_SET_PDEATHSIG, SIGKILL);
  ::prctl(PR_SET_NO_NEW_PRIVS, 1, 0, 0, 0);
  // RLIMIT_CORE does not stop a core handler that is a pipe (core(5)); and nobody attaches to a process that reads hostile bytes.
  if (!kIsSanitized) ::prctl(PR_SET_DUMPABLE, 0);
}

void set_cpu_timer(std::uint64_t micros) {
  itimerval timer{};
  timer.it_value.tv_sec = static_cast<time_t>(micros / 1'000'000);
  timer.it_value.tv_usec = static_cast<suseconds_t>(micros % 1'000'000);
  ::setitimer(ITIMER_PROF, &timer, nullptr);
}

// Of the only thread: while an interval timer runs, the process's own clock stands still between ticks of the kernel.
std::uint64_t cpu_micros() {
  timespec now{};
  ::clock_gettime(CLOCK_THREAD_CPUTIME_ID, &now);
  return static_cast<std::uint64_t>(now.tv_sec) * 1'000'000 + static_cast<std::uint64_t>(now.tv_nsec) / 1'000;
}

// The descriptors of the segments last sent, the oldest first. The owner keeps the same list (parse/worker_link.h).
class SegmentFiles {
 public:
  void add(std::uint32_t segment, Descriptor file) {
    files_.emplace_back(segment, std::move(file));
    if (files_.size() > kKeptSegments) files_.pop_front();
  }

  int find(std::uint32_t segment) const {
    for (const auto& [number, file] : files_) {
      if (number == segment) return file.get();
    }
    return -1;
  }

 private:
  std::deque<std::pair<std::uint32_t, Descriptor>> files_;
};

class RecordReader {
 public:
  // The record's bytes, good until the next call; nothing when they are not there or not the ones that were written.
  std::optional<std::string_view> read(int file, const TaskMessage& task) {
    if (file < 0 || task.length == 0 || task.length > kMaxDocument) return std::nullopt;
    reserve(task.length);
    for (std::uint64_t done = 0; done < task.length;) {
      const ssize_t got = ::pread(file, buffer_.get() + done, task.length - done, static_cast<off_t>(task.offset + done));
      if (got < 0 && errno == EINTR) continue;
      if (got <= 0) return std::nullopt;
      done += static_cast<std::uint64_t>(got);
    }
    const std::string_view record(buffer_.get(), task.length);
    if (crc32c(record) != task.crc32c) return std::nullopt;
    return record;
  }

  void trim() {
    if (capacity_ > kKeptBuffer) capacity_ = 0, buffer_.reset();
  }

 private:
  void reserve(std::size_t size) {
    if (size <= capacity_) return;
    buffer_.reset();  // first, so that the old and the new do not stand side by side
    capacity_ = std::max<std::size_t>(size, 256u << 10);
    buffer_ = std::make_unique_for_overwrite<char[]>(capacity_);
  }

  std::unique_ptr<char[]> buffer_;
  std::size_t capacity_ = 0;
};

class Worker {
 public:
  Worker(int socket, const Hello& hello, char* ring)
      : socket_(socket),
        max_cpu_micros_(hello.max_cpu_micros),
        ring_(ring),
        space_(hello.ring_bytes),
        parser_(page_options(hello), out_of_memory) {
    PageRecord bad;
    bad.fault = PageFault::kBadRecord;
    encode(bad, bad_record_);
  }

  int run() {
    if (!send_message(socket_, Ready{}, Wait::kYes)) return kExitDone;
    for (;;) {
      while (batches_.empty()) {
        if (!receive()) return ending_;
      }
      Pending pending = std::move(batches_.front());
      batches_.pop_front();
      if (!work(pending)) return ending_;
    }
  }

 private:
  struct Pending {
    Batch batch;
    Descriptor file;
  };

  // Takes in one message, waiting for it. False when it is time to end.
  bool receive() {
    if (receive_message(socket_, incoming_, Wait::kYes, true) != Receipt::kMessage) return false;
    Pending pending;
    pending.file.reset(incoming_.descriptor);
    Consumed consumed;
    if (incoming_.read(consumed)) {
      space_.give_back_until(consumed.consumed);
      return true;
    }
    if (!incoming_.read(pending.batch)) {
      ending_ = kExitProtocol;
      return false;
    }
    space_.give_back_until(pending.batch.consumed);
    batches_.push_back(std::move(pending));
    return true;
  }

  bool work(Pending& pending) {
    const Batch& batch = pending.batch;
    if (pending.file) files_.add(batch.segment, std::move(pending.file));
    const int file = files_.find(batch.segment);
    for (std::uint32_t i = 0; i < batch.count; ++i) {
      if (!work(file, batch.tasks[i])) return false;
    }
    return true;
  }

  bool work(int file, const TaskMessage& task) {
    set_cpu_timer(max_cpu_micros_);
    const std::uint64_t before = cpu_micros();
    const std::optional<std::string_view> record = reader_.read(file, task);
    const std::string_view answer = record ? parser_.parse(*record, static_cast<TaskKind>(task.kind)) : bad_record_;
    const std::uint64_t spent = cpu_micros() - before;
    set_cpu_timer(0);
    reader_.trim();
    return reply(task.id, answer, static_cast<std::uint32_t>(std::min<std::uint64_t>(spent, UINT32_MAX)));
  }

  bool reply(std::uint64_t id, std::string_view record, std::uint32_t spent) {
    const std::optional<std::size_t> at = room_for(record.size());
    if (!at) return false;
    std::copy(record.begin(), record.end(), ring_ + *at);
    Answer answer;
    answer.cpu_micros = spent;
    answer.id = id;
    answer.offset = *at;
    answer.length = record.size();
    return send_message(socket_, answer, Wait::kYes);
  }

  // Asks once and then waits: when the owner reads the question it has copied out every answer before it.
  std::optional<std::size_t> room_for(std::size_t size) {
    std::optional<std::size_t> at = space_.take(size);
    if (!at && !send_message(socket_, NeedRoom{}, Wait::kYes)) return std::nullopt;
    while (!at) {
      if (!receive()) return std::nullopt;
      at = space_.take(size);
    }
    return at;
  }

  const int socket_;
  const std::uint64_t max_cpu_micros_;
  char* const ring_;
  RingSpace space_;
  PageParser parser_;
  RecordReader reader_;
  SegmentFiles files_;
  std::deque<Pending> batches_;  // bounded by what the owner leaves outstanding
  std::string bad_record_;
  Incoming incoming_;
  int ending_ = kExitDone;
};

}  // namespace

int run_worker(int socket, int ring) {
  bind_to_owner();
  Incoming message;
  if (receive_message(socket, message, Wait::kYes, false) != Receipt::kMessage) return kExitDone;
  Hello hello;
  if (!message.read(hello) || hello.version != kHandoffVersion) return kExitProtocol;
  void* const map = ::mmap(nullptr, hello.ring_bytes, PROT_READ | PROT_WRITE, MAP_SHARED, ring, 0);
  ::close(ring);
  if (map == MAP_FAILED) return kExitSetUp;
  if (!set_limit(RLIMIT_CORE, 0) || !limit_memory(hello.max_memory)) return kExitSetUp;
  try {
    return Worker(socket, hello, static_cast<char*>(map)).run();
  } catch (const std::bad_alloc&) {
    out_of_memory();
  }
}

}  // namespace scraper::parse
