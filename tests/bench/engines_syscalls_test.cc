#include <signal.h>
#include <sys/syscall.h>
#include <sys/wait.h>
#include <unistd.h>

#include <array>
#include <thread>

#include "bench/syscall_counter.h"
#include "tests/catch.h"

using namespace scraper;
using namespace scraper::bench;

namespace {

constexpr int kCalls = 7;

// A child that makes kCalls system calls a "request", and has a thread that waits for what never
// comes.
pid_t start_caller() {
  std::array<int, 2> pipe{};
  REQUIRE(::pipe(pipe.data()) == 0);
  const pid_t pid = ::fork();
  if (pid != 0) {
    ::close(pipe[0]);
    ::close(pipe[1]);
    return pid;
  }
  ::alarm(30);
  std::thread([&pipe] {
    char byte = 0;
    while (::read(pipe[0], &byte, 1) != 1) {
    }
  }).detach();
  for (std::uint64_t request = 1;; ++request) {
    for (int i = 0; i < kCalls; ++i) ::syscall(SYS_getppid);
    mark_request(request);
  }
}

// Where ptrace is refused there is nothing to test, and the test says so.
bool is_refused(const Result<double>& calls) {
  if (calls || calls.error().code != Errc::kFile) return false;
  WARN(calls.error().context);
  return true;
}

}  // namespace

TEST_CASE("system calls between marks are counted, those of a waiting thread are not") {
  const pid_t pid = start_caller();
  const auto calls = count_system_calls(pid, 500);
  if (is_refused(calls)) return;
  if (!calls) FAIL(calls.error().context);
  CHECK(*calls >= kCalls);
  CHECK(*calls < kCalls + 0.1);             // a sanitizer makes one of its own now and then
  CHECK(::waitpid(pid, nullptr, 0) == -1);  // gone, and reaped
}

TEST_CASE("a process that ends before it was counted is an error") {
  const pid_t pid = ::fork();
  if (pid == 0) {
    ::alarm(30);
    for (std::uint64_t request = 1; request < 50'000; ++request) mark_request(request);
    ::_exit(0);
  }
  const auto calls = count_system_calls(pid, 100'000);
  if (is_refused(calls)) return;
  REQUIRE_FALSE(calls.has_value());
  CHECK(calls.error().code == Errc::kOther);
}

TEST_CASE("a process that is not there cannot be counted") {
  const pid_t pid = ::fork();
  if (pid == 0) ::_exit(0);
  REQUIRE(::waitpid(pid, nullptr, 0) == pid);
  CHECK_FALSE(count_system_calls(pid, 1).has_value());
}
