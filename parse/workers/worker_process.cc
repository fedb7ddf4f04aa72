#include "parse/workers/worker_process.h"

#include <fcntl.h>
#include <spawn.h>
#include <sys/mman.h>
#include <sys/resource.h>
#include <sys/socket.h>
#include <sys/syscall.h>
#include <sys/wait.h>
#include <time.h>
#include <unistd.h>

#include <algorithm>
#include <array>
#include <cerrno>
#include <csignal>
#include <cstdlib>
#include <vector>

#include "base/file.h"
#include "base/process.h"

namespace scraper::parse {

namespace {

// What a worker is told by its environment. Everything else comes in Hello.
constexpr std::array kKeptVariables = {"ASAN_OPTIONS", "LSAN_OPTIONS", "TSAN_OPTIONS",
                                       "UBSAN_OPTIONS"};

class SpawnPlan {
 public:
  SpawnPlan() {
    ::posix_spawn_file_actions_init(&actions_);
    ::posix_spawnattr_init(&attributes_);
  }
  SpawnPlan(const SpawnPlan&) = delete;
  SpawnPlan& operator=(const SpawnPlan&) = delete;
  ~SpawnPlan() {
    ::posix_spawn_file_actions_destroy(&actions_);
    ::posix_spawnattr_destroy(&attributes_);
  }

  // All descriptors lie past those they become, so that no step overwrites what the next one needs.
  // -1: none.
  void give(int socket, int ring, int inbox) {
    ::posix_spawn_file_actions_addopen(&actions_, STDIN_FILENO, "/dev/null", O_RDONLY, 0);
    ::posix_spawn_file_actions_addopen(&actions_, STDOUT_FILENO, "/dev/null", O_WRONLY, 0);
    ::posix_spawn_file_actions_adddup2(&actions_, socket, kSocketDescriptor);
    if (ring >= 0) ::posix_spawn_file_actions_adddup2(&actions_, ring, kRingDescriptor);
    if (inbox >= 0) ::posix_spawn_file_actions_adddup2(&actions_, inbox, kInboxDescriptor);
    const int first_free = inbox >= 0  ? kInboxDescriptor + 1
                           : ring >= 0 ? kRingDescriptor + 1
                                       : kSocketDescriptor + 1;
    ::posix_spawn_file_actions_addclosefrom_np(&actions_, first_free);
  }

  void isolate() {
    sigset_t all;
    sigset_t none;
    ::sigfillset(&all);
    ::sigemptyset(&none);
    ::posix_spawnattr_setsigdefault(&attributes_, &all);
    ::posix_spawnattr_setsigmask(&attributes_, &none);
    ::posix_spawnattr_setpgroup(&attributes_, 0);
    ::posix_spawnattr_setflags(
        &attributes_, POSIX_SPAWN_SETSIGDEF | POSIX_SPAWN_SETSIGMASK | POSIX_SPAWN_SETPGROUP);
  }

  // 0 or an errno. What exec says is passed on too.
  int start(const std::string& path, pid_t& pid) {
    std::string name = "scraper-parse";
    std::array<char*, 2> arguments = {name.data(), nullptr};
    std::vector<std::string> variables;
    variables.reserve(kKeptVariables.size());
    for (const char* variable : kKeptVariables) {
      if (const char* value = std::getenv(variable))
        variables.push_back(std::string(variable) + "=" + value);
    }
    std::vector<char*> environment(variables.size() + 1, nullptr);
    std::transform(variables.begin(), variables.end(), environment.begin(),
                   [](std::string& variable) { return variable.data(); });
    return ::posix_spawn(&pid, path.c_str(), &actions_, &attributes_, arguments.data(),
                         environment.data());
  }

 private:
  posix_spawn_file_actions_t actions_;
  posix_spawnattr_t attributes_;
};

// Out of the way of the numbers that have a meaning in the worker.
bool lift(Descriptor& descriptor) {
  if (descriptor.get() >= kFirstFreeDescriptor) return true;
  descriptor.reset(::fcntl(descriptor.get(), F_DUPFD_CLOEXEC, kFirstFreeDescriptor));
  return static_cast<bool>(descriptor);
}

double seconds_of(const timeval& time) {
  return static_cast<double>(time.tv_sec) + static_cast<double>(time.tv_usec) / 1e6;
}

}  // namespace

Result<Descriptor> SharedMemory::make(const char* name, std::size_t bytes, int protection) {
  if (bytes == 0) return Descriptor();
  Descriptor memory(::memfd_create(name, MFD_CLOEXEC | MFD_ALLOW_SEALING));
  if (!memory || !lift(memory) || ::ftruncate(memory.get(), static_cast<off_t>(bytes)) != 0 ||
      ::fcntl(memory.get(), F_ADD_SEALS, F_SEAL_SHRINK | F_SEAL_GROW | F_SEAL_SEAL) != 0) {
    return errno_error("cannot make", "shared memory for a parse worker");
  }
  void* const map = ::mmap(nullptr, bytes, protection, MAP_SHARED, memory.get(), 0);
  if (map == MAP_FAILED) return errno_error("cannot map", "a parse worker's shared memory");
  at_ = static_cast<char*>(map);
  size_ = bytes;
  return memory;
}

SharedMemory::~SharedMemory() {
  if (at_ != nullptr) ::munmap(at_, size_);
}

Result<std::unique_ptr<WorkerProcess>> WorkerProcess::spawn(const std::string& path,
                                                            std::size_t ring_bytes,
                                                            std::size_t inbox_bytes) {
  std::unique_ptr<WorkerProcess> process(new WorkerProcess);
  Result<Descriptor> ring = process->ring_.make(
      "scraper-ring", ring_bytes == 0 ? 0 : kBoardBytes + ring_bytes, PROT_READ);
  if (!ring) return ring.error();
  Result<Descriptor> inbox =
      process->inbox_.make("scraper-inbox", inbox_bytes, PROT_READ | PROT_WRITE);
  if (!inbox) return inbox.error();
  std::array<int, 2> ends{};
  if (::socketpair(AF_UNIX, SOCK_SEQPACKET | SOCK_CLOEXEC, 0, ends.data()) != 0)
    return errno_error("cannot make", "a socket pair");
  process->socket_.reset(ends[0]);
  Descriptor theirs(ends[1]);
  if (!lift(theirs)) return errno_error("cannot move", "a socket");

  SpawnPlan plan;
  plan.give(theirs.get(), ring->get(), inbox->get());
  plan.isolate();
  errno = plan.start(path, process->pid_);
  if (errno != 0) {
    process->pid_ = -1;
    return errno_error("cannot start", path);
  }
  // By number: glibc 2.36 declares pidfd_open without extern "C".
  process->exit_.reset(static_cast<int>(::syscall(SYS_pidfd_open, process->pid_, 0)));
  if (!process->exit_) return errno_error("cannot watch", path);
  return process;
}

WorkerProcess::~WorkerProcess() {
  kill();
  reap(true);
}

void WorkerProcess::kill() {
  if (pid_ > 0 && !is_reaped_) ::kill(pid_, SIGKILL);
}

bool WorkerProcess::reap(bool wait) {
  if (pid_ <= 0 || is_reaped_) return true;
  pid_t got = 0;
  rusage usage{};
  do {
    got = ::wait4(pid_, &status_, wait ? 0 : WNOHANG, &usage);
  } while (got < 0 && errno == EINTR);
  is_reaped_ = got != 0;  // also when there is no such child: somebody else has reaped it
  if (got > 0) cpu_seconds_ = seconds_of(usage.ru_utime) + seconds_of(usage.ru_stime);
  return is_reaped_;
}

double WorkerProcess::cpu_seconds() const {
  clockid_t clock{};
  timespec time{};
  if (is_reaped_ || ::clock_getcpuclockid(pid_, &clock) != 0 || ::clock_gettime(clock, &time) != 0)
    return cpu_seconds_;
  return static_cast<double>(time.tv_sec) + static_cast<double>(time.tv_nsec) / 1e9;
}

std::string WorkerProcess::ending() const {
  if (WIFSIGNALED(status_)) {
    if (WTERMSIG(status_) == SIGPROF) return "cpu limit";
    return "crashed: signal " + std::to_string(WTERMSIG(status_));
  }
  if (WEXITSTATUS(status_) == kExitOutOfMemory) return "memory limit";
  return "crashed: exit code " + std::to_string(WEXITSTATUS(status_));
}

std::uint64_t WorkerProcess::peak_memory() const {
  return pid_ <= 0 || is_reaped_ ? 0 : scraper::peak_memory(pid_);
}

std::string default_worker_path() {
  std::string path = own_path();
  path.resize(path.rfind('/') + 1);  // npos + 1: none
  return path + "scraper-parse";
}

}  // namespace scraper::parse
