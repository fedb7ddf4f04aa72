#include "bench/syscall_counter.h"

#include <signal.h>
#include <sys/ptrace.h>
#include <sys/syscall.h>
#include <sys/wait.h>
#include <unistd.h>

#include <algorithm>
#include <cerrno>
#include <charconv>
#include <filesystem>
#include <optional>
#include <string>
#include <unordered_map>
#include <utility>
#include <vector>

// The kernel's header for struct ptrace_syscall_info cannot be included beside glibc's, which calls
// it __ptrace_syscall_info.

namespace scraper::bench {

namespace {

constexpr int kSyscallStop = SIGTRAP | 0x80;  // PTRACE_O_TRACESYSGOOD
constexpr std::int64_t kMark =
    -0x4000'0000;  // the descriptor of the mark for 0 requests; those below it are for more

class Watch {
 public:
  Watch(pid_t pid, std::uint64_t requests)
      : pid_(pid), requests_(static_cast<std::int64_t>(requests)) {}
  Watch(const Watch&) = delete;
  Watch& operator=(const Watch&) = delete;

  // Kills it and reaps every thread: a tracer that did not would keep the leader from ending.
  ~Watch() {
    if (!threads_.empty()) ::kill(pid_, SIGKILL);
    while (!threads_.empty()) {
      int status = 0;
      const pid_t thread = ::waitpid(-1, &status, __WALL);
      if (thread < 0 && errno != EINTR) break;
      if (thread > 0 && (WIFEXITED(status) || WIFSIGNALED(status))) threads_.erase(thread);
    }
  }

  Result<double> count() {
    if (!seize(pid_)) {
      const Error error = errno_error("cannot watch the system calls of", "a process: ptrace");
      ::kill(pid_, SIGKILL);
      ::waitpid(pid_, nullptr, 0);
      return error;
    }
    seize_other_threads();
    while (!threads_.empty() && !is_over_ && see_some()) {
    }
    if (!is_over_)
      return Error{Errc::kOther, "a process whose system calls were counted ended too early"};
    return static_cast<double>(calls_) / static_cast<double>(last_ - *first_);
  }

 private:
  // Where a thread was when it was interrupted.
  struct Interrupted {
    std::uint64_t instruction = 0;
    std::uint64_t stack = 0;
  };

  struct Thread {
    bool is_seen = false;  // it has stopped once, so from now on all its calls are
    std::optional<Interrupted> interrupted;
  };

  bool seize(pid_t thread) {
    if (::ptrace(PTRACE_SEIZE, thread, nullptr, PTRACE_O_TRACECLONE | PTRACE_O_TRACESYSGOOD) != 0)
      return false;
    if (threads_.emplace(thread, Thread{}).second) ++unseen_;
    ::ptrace(PTRACE_INTERRUPT, thread, nullptr, nullptr);
    return true;
  }

  void seize_other_threads() {
    std::error_code error;
    for (const auto& entry :
         std::filesystem::directory_iterator("/proc/" + std::to_string(pid_) + "/task", error)) {
      const std::string name = entry.path().filename();
      pid_t thread = 0;
      std::from_chars(name.data(), name.data() + name.size(), thread);
      if (thread != pid_) seize(thread);  // one that has ended meanwhile is no loss
    }
  }

  // All that have stopped are seen before the first of them goes on: waitpid(2) looks for them in
  // the same order each time, and of many threads those at the end would never get on. False when
  // there is nobody left to wait for.
  bool see_some() {
    std::vector<std::pair<pid_t, int>> stopped;  // with the signal that each goes on with
    int status = 0;
    pid_t thread = ::waitpid(-1, &status, __WALL);
    if (thread < 0 && errno != EINTR) return false;
    for (; thread > 0; thread = ::waitpid(-1, &status, __WALL | WNOHANG)) {
      if (WIFSTOPPED(status)) {
        stopped.emplace_back(thread, see(thread, status));
      } else if (const auto gone = threads_.find(thread); gone != threads_.end()) {
        unseen_ -= gone->second.is_seen ? 0 : 1;
        threads_.erase(gone);
      }
    }
    for (const auto& [one, signal] : stopped)
      ::ptrace(PTRACE_SYSCALL, one, nullptr, static_cast<long>(signal));
    return true;
  }

  // The signal that was on its way to the thread; 0: none.
  int see(pid_t id, int status) {
    const auto [place, is_new] =
        threads_.try_emplace(id);  // a new one may be seen before the call that made it returns
    Thread& thread = place->second;
    if (!thread.is_seen && !is_new) --unseen_;
    const bool is_first = !std::exchange(thread.is_seen, true);
    __ptrace_syscall_info call{};
    const bool is_told = ::ptrace(PTRACE_GET_SYSCALL_INFO, id, sizeof call, &call) > 0;
    if (WSTOPSIG(status) == kSyscallStop) {
      if (is_told && call.op == PTRACE_SYSCALL_INFO_ENTRY) see_call(thread, call);
      return 0;
    }
    if (is_told && is_first)
      thread.interrupted = Interrupted{call.instruction_pointer, call.stack_pointer};
    return status >> 16 == 0 ? WSTOPSIG(status) : 0;
  }

  void see_call(Thread& thread, const __ptrace_syscall_info& call) {
    // The call in which it was interrupted is begun once more: it was made before anybody counted.
    const auto interrupted = std::exchange(thread.interrupted, std::nullopt);
    if (interrupted && interrupted->instruction == call.instruction_pointer &&
        interrupted->stack == call.stack_pointer)
      return;
    const std::int64_t descriptor =
        call.entry.nr == SYS_close ? static_cast<int>(call.entry.args[0]) : 0;
    if (descriptor > kMark) {
      calls_ += first_ ? 1 : 0;
    } else if (unseen_ == 0) {
      see_mark(kMark - descriptor);
    }
  }

  // Marks of different threads may come in another order than they were counted in.
  void see_mark(std::int64_t requests) {
    if (!first_) first_ = requests;
    last_ = std::max(last_, requests);
    is_over_ = last_ - *first_ >= requests_;
  }

  const pid_t pid_;
  const std::int64_t requests_;
  std::unordered_map<pid_t, Thread> threads_;
  std::size_t unseen_ = 0;
  std::uint64_t calls_ = 0;
  std::optional<std::int64_t> first_;  // mark
  std::int64_t last_ = 0;
  bool is_over_ = false;
};

}  // namespace

void mark_request(std::uint64_t requests) {
  ::close(static_cast<int>(kMark - static_cast<std::int64_t>(requests)));
}

Result<double> count_system_calls(pid_t pid, std::uint64_t requests) {
  return Watch(pid, requests).count();
}

}  // namespace scraper::bench
