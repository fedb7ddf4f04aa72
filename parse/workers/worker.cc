#include "parse/workers/worker.h"

#include <sys/mman.h>
#include <sys/prctl.h>
#include <sys/resource.h>
#include <sys/time.h>
#include <unistd.h>

#include <algorithm>
#include <array>
#include <csignal>
#include <cstdio>
#include <deque>
#include <memory>
#include <new>
#include <optional>
#include <string>
#include <string_view>
#include <utility>

#include "base/clock.h"
#include "base/descriptor.h"
#include "base/sanitized.h"
#include "parse/page.h"
#include "parse/workers/handoff.h"
#include "parse/workers/ring_space.h"
#include "parse/workers/worker_records.h"

namespace scraper::parse {

namespace {

[[noreturn]] void out_of_memory() { ::_exit(kExitOutOfMemory); }

bool set_limit(int resource, rlim_t wanted) {
  rlimit limit{};
  if (::getrlimit(static_cast<__rlimit_resource>(resource), &limit) != 0) return false;
  limit.rlim_cur = std::min(wanted, limit.rlim_max);
  return ::setrlimit(static_cast<__rlimit_resource>(resource), &limit) == 0;
}

std::optional<rlim_t> address_space() {
  const std::unique_ptr<std::FILE, int (*)(std::FILE*)> file(std::fopen("/proc/self/statm", "re"),
                                                             &std::fclose);
  unsigned long pages = 0;
  if (!file || std::fscanf(file.get(), "%lu", &pages) != 1) return std::nullopt;
  return static_cast<rlim_t>(pages) * static_cast<rlim_t>(::sysconf(_SC_PAGESIZE));
}

// The sanitizers reserve terabytes of address space for their shadows and ask for more of it at any
// time.
bool limit_memory(std::uint64_t beyond_start) {
  std::set_new_handler(out_of_memory);
  if (kIsSanitized) return true;
  const std::optional<rlim_t> now = address_space();
  return now && set_limit(RLIMIT_AS, *now + beyond_start);
}

// An owner that was gone before the death signal was asked for has left a closed socket, which ends
// this worker just as well.
void bind_to_owner() {
  ::prctl(PR_SET_PDEATHSIG, SIGKILL);
  ::prctl(PR_SET_NO_NEW_PRIVS, 1, 0, 0, 0);
  // RLIMIT_CORE does not stop a core handler that is a pipe (core(5)); and nobody attaches to a
  // process that reads hostile bytes.
  if (!kIsSanitized) ::prctl(PR_SET_DUMPABLE, 0);
}

void set_cpu_timer(std::uint64_t micros) {
  itimerval timer{};
  timer.it_value.tv_sec = static_cast<time_t>(micros / 1'000'000);
  timer.it_value.tv_usec = static_cast<suseconds_t>(micros % 1'000'000);
  ::setitimer(ITIMER_PROF, &timer, nullptr);
}

class Worker {
 public:
  // `ring` with the board before it; null: there is none.
  Worker(int socket, const Hello& hello, char* ring, const char* inbox)
      : socket_(socket),
        max_cpu_micros_(hello.max_cpu_micros),
        board_(ring == nullptr ? nullptr : new (ring) Board),
        ring_(ring == nullptr ? nullptr : ring + kBoardBytes),
        space_(hello.ring_bytes),
        parser_(page_options(hello), out_of_memory) {
    const auto handoff = static_cast<Handoff>(hello.handoff);
    if (handoff == Handoff::kPipe) {
      auto source = std::make_unique<PipeSource>(socket);
      pipe_ = source.get();
      source_ = std::move(source);
    } else if (handoff == Handoff::kShm) {
      source_ = std::make_unique<InboxSource>(inbox);
    } else {
      source_ = std::make_unique<SegmentSource>();
    }
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
    Descriptor segment;
  };

  // Takes in one message, waiting for it. False when it is time to end.
  bool receive() {
    if (pipe_ != nullptr) return receive_from_pipe();
    if (receive_message(socket_, incoming_, Wait::kYes, true) != Receipt::kMessage) return false;
    Pending pending;
    pending.segment.reset(incoming_.descriptor);
    Consumed consumed;
    if (incoming_.read(consumed)) {
      space_.give_back_until(consumed.consumed);
      return true;
    }
    if (!incoming_.read(pending.batch)) return refuse();
    space_.give_back_until(pending.batch.consumed);
    batches_.push_back(std::move(pending));
    return true;
  }

  bool receive_from_pipe() {
    Pending pending;
    const Receipt receipt = pipe_->receive(pending.batch);
    if (receipt == Receipt::kBroken) return refuse();
    if (receipt != Receipt::kMessage) return false;
    batches_.push_back(std::move(pending));
    return true;
  }

  bool refuse() {
    ending_ = kExitProtocol;
    return false;
  }

  bool work(Pending& pending) {
    const Batch& batch = pending.batch;
    source_->begin(batch, std::move(pending.segment));
    for (std::uint32_t i = 0; i < batch.count; ++i) {
      if (!work(batch.tasks[i])) return false;
    }
    source_->trim();
    return announce();
  }

  bool work(const TaskMessage& task) {
    set_cpu_timer(max_cpu_micros_);
    // Of the only thread: while an interval timer runs, the process's own clock stands still
    // between ticks of the kernel.
    const Duration before = thread_cpu();
    std::string_view record;
    const Reading reading = source_->read(task, record);
    if (reading == Reading::kEnd) return false;
    const std::string_view answer = reading == Reading::kRecord
                                        ? parser_.parse(record, static_cast<TaskKind>(task.kind))
                                        : std::string_view(bad_record_);
    const Duration spent = thread_cpu() - before;
    set_cpu_timer(0);
    return reply(task.id, answer, whole_micros(spent));
  }

  bool reply(std::uint64_t id, std::string_view record, std::uint32_t spent) {
    Answer answer;
    answer.cpu_micros = spent;
    answer.id = id;
    answer.length = record.size();
    if (pipe_ != nullptr) return send_through_pipe(answer, record);
    const std::optional<std::size_t> at = room_for(record.size());
    if (!at) return false;
    std::copy(record.begin(), record.end(), ring_ + *at);
    answer.offset = *at;
    board_->put(answer);
    ++answered_;
    held_micros_ += spent;
    return held_micros_ < kHeldMicros || announce();
  }

  // Wakes the owner if there are answers it has not been told of.
  bool announce() {
    if (answered_ == announced_) return true;
    announced_ = answered_;
    held_micros_ = 0;
    Announced announced;
    announced.count = answered_;
    return send_message(socket_, announced, Wait::kYes);
  }

  bool send_through_pipe(const Answer& answer, std::string_view record) {
    const auto part = [](const void* at, std::size_t size) {
      return iovec{const_cast<void*>(at), size};
    };
    const std::string_view first = record.substr(0, kPayload);
    std::array<iovec, 2> parts = {part(&answer, sizeof answer), part(first.data(), first.size())};
    bool is_sent = send_parts(socket_, parts.data(), parts.size(), Wait::kYes);
    for (std::size_t at = kPayload; is_sent && at < record.size(); at += kPayload) {
      const std::string_view piece = record.substr(at, kPayload);
      is_sent = send_bytes(socket_, piece.data(), piece.size(), -1, Wait::kYes);
    }
    return is_sent;
  }

  // Asks once and then waits: when the owner reads the question it has copied out every answer
  // before it.
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
  Board* const board_;
  char* const ring_;
  RingSpace space_;
  PageParser parser_;
  std::unique_ptr<RecordSource> source_;
  PipeSource* pipe_ = nullptr;   // source_, with the hand-off pipe
  std::deque<Pending> batches_;  // bounded by what the owner leaves outstanding
  std::uint64_t answered_ = 0;   // on the board
  std::uint64_t announced_ = 0;
  std::uint64_t held_micros_ = 0;  // what those between have taken
  std::string bad_record_;
  Incoming incoming_;
  int ending_ = kExitDone;
};

// Of a sealed memfd, which is closed once it is mapped. Null when that fails, and where there is
// none.
char* map_shared(int memory, std::uint64_t bytes, int protection) {
  if (bytes == 0) return nullptr;
  const Descriptor mapped(memory);
  void* const map = ::mmap(nullptr, bytes, protection, MAP_SHARED, mapped.get(), 0);
  return map == MAP_FAILED ? nullptr : static_cast<char*>(map);
}

}  // namespace

int run_worker(int socket, int ring, int inbox) {
  bind_to_owner();
  Incoming message;
  if (receive_message(socket, message, Wait::kYes, false) != Receipt::kMessage) return kExitDone;
  Hello hello;
  if (!message.read(hello) || hello.version != kHandoffVersion) return kExitProtocol;
  char* const ring_map = map_shared(
      ring, hello.ring_bytes == 0 ? 0 : kBoardBytes + hello.ring_bytes, PROT_READ | PROT_WRITE);
  const char* const inbox_map = map_shared(inbox, hello.inbox_bytes, PROT_READ);
  if ((hello.ring_bytes > 0 && ring_map == nullptr) ||
      (hello.inbox_bytes > 0 && inbox_map == nullptr))
    return kExitSetUp;
  if (!set_limit(RLIMIT_CORE, 0) || !limit_memory(hello.max_memory)) return kExitSetUp;
  try {
    return Worker(socket, hello, ring_map, inbox_map).run();
  } catch (const std::bad_alloc&) {
    out_of_memory();
  }
}

}  // namespace scraper::parse
