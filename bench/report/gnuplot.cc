#include "bench/report/gnuplot.h"

#include <fcntl.h>
#include <fmt/format.h>
#include <poll.h>
#include <spawn.h>
#include <sys/mman.h>
#include <sys/syscall.h>
#include <sys/wait.h>
#include <unistd.h>

#include <array>
#include <cerrno>
#include <csignal>

#include "base/clock.h"

extern char** environ;

namespace scraper::bench::report {

namespace {

struct Descriptor {
  int number = -1;
  ~Descriptor() { close(); }
  void close() {
    if (number >= 0) ::close(number);
    number = -1;
  }
};

// A child that is killed and reaped unless it was waited for.
struct Process {
  pid_t pid = -1;
  ~Process() {
    if (pid <= 0) return;
    ::kill(pid, SIGKILL);
    wait();
  }
  int wait() {
    int status = 0;
    while (::waitpid(pid, &status, 0) < 0 && errno == EINTR) continue;
    pid = -1;
    return status;
  }
};

// The script as a file in memory: a child that ends early cannot make us write to a closed pipe.
Result<void> fill(Descriptor& input, std::string_view script) {
  input.number = ::memfd_create("gnuplot script", MFD_CLOEXEC);
  if (input.number < 0) return errno_error("cannot make", "memory for a gnuplot script");
  while (!script.empty()) {
    const ssize_t n = ::write(input.number, script.data(), script.size());
    if (n < 0) return errno_error("cannot write", "a gnuplot script");
    script.remove_prefix(static_cast<std::size_t>(n));
  }
  ::lseek(input.number, 0, SEEK_SET);
  return {};
}

Result<void> spawn(const std::string& program, int input, int output, pid_t& pid) {
  posix_spawn_file_actions_t actions;
  ::posix_spawn_file_actions_init(&actions);
  ::posix_spawn_file_actions_adddup2(&actions, input, STDIN_FILENO);
  ::posix_spawn_file_actions_adddup2(&actions, output, STDOUT_FILENO);
  ::posix_spawn_file_actions_addopen(&actions, STDERR_FILENO, "/dev/null", O_WRONLY, 0);
  ::posix_spawn_file_actions_addclosefrom_np(&actions, STDERR_FILENO + 1);
  std::string name = program;
  std::string defaults = "-d";
  std::string standard_input = "-";
  std::array<char*, 4> arguments = {name.data(), defaults.data(), standard_input.data(), nullptr};
  errno = ::posix_spawnp(&pid, program.c_str(), &actions, nullptr, arguments.data(), environ);
  const int number = errno;
  ::posix_spawn_file_actions_destroy(&actions);
  if (number == 0) return {};
  pid = -1;
  if (number == ENOENT)
    return usage_error(fmt::format(
        "there are no plots because {} is not installed (Debian: gnuplot-nox)", program));
  errno = number;
  return errno_error("cannot start", program);
}

// Waits until there is something to read, or, for a pidfd, until the process has ended.
Result<void> wait_for(const Gnuplot& gnuplot, int descriptor, TimePoint deadline) {
  for (;;) {
    const auto left = std::chrono::ceil<std::chrono::milliseconds>(deadline - SteadyClock::now());
    pollfd ready{descriptor, POLLIN, 0};
    const int polled = left.count() > 0 ? ::poll(&ready, 1, static_cast<int>(left.count())) : 0;
    if (polled > 0) return {};
    if (polled < 0 && errno == EINTR) continue;
    return Error{Errc::kOther, fmt::format("{} took longer than {} ms and was ended",
                                           gnuplot.program, gnuplot.patience.count())};
  }
}

// Everything up to the end of the output.
Result<std::string> read_all(const Gnuplot& gnuplot, int output, TimePoint deadline) {
  std::string bytes;
  std::array<char, 65536> buffer;
  for (;;) {
    if (auto ready = wait_for(gnuplot, output, deadline); !ready) return ready.error();
    const ssize_t n = ::read(output, buffer.data(), buffer.size());
    if (n < 0 && errno == EINTR) continue;
    if (n < 0) return errno_error("cannot read from", gnuplot.program);
    if (n == 0) return bytes;
    bytes.append(buffer.data(), static_cast<std::size_t>(n));
    if (bytes.size() > gnuplot.most_bytes) {
      return Error{Errc::kOther, fmt::format("{} printed more than {} bytes and was ended",
                                             gnuplot.program, gnuplot.most_bytes)};
    }
  }
}

}  // namespace

Result<std::string> run_gnuplot(const Gnuplot& gnuplot, std::string_view script) {
  Descriptor input;
  if (auto filled = fill(input, script); !filled) return filled.error();
  std::array<int, 2> ends{};
  if (::pipe2(ends.data(), O_CLOEXEC) != 0) return errno_error("cannot make", "a pipe");
  const Descriptor output{ends[0]};
  Descriptor theirs{ends[1]};
  Process child;
  if (auto spawned = spawn(gnuplot.program, input.number, theirs.number, child.pid); !spawned)
    return spawned.error();
  theirs.close();
  const TimePoint deadline = SteadyClock::now() + gnuplot.patience;
  auto bytes = read_all(gnuplot, output.number, deadline);
  if (!bytes) return bytes;
  // Not pidfd_open(): the header of glibc 2.36 does not declare it for C++.
  const Descriptor process{static_cast<int>(::syscall(SYS_pidfd_open, child.pid, 0))};
  if (process.number < 0) return errno_error("cannot wait for", gnuplot.program);
  if (auto ended = wait_for(gnuplot, process.number, deadline); !ended) return ended.error();
  const int status = child.wait();
  if (!WIFEXITED(status) || WEXITSTATUS(status) != 0)
    return Error{Errc::kOther, fmt::format("{} could not draw a plot", gnuplot.program)};
  return bytes;
}

}  // namespace scraper::bench::report
