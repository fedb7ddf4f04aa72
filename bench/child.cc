#include "bench/child.h"

#include <fcntl.h>
#include <poll.h>
#include <spawn.h>
#include <sys/wait.h>
#include <unistd.h>

#include <array>
#include <boost/json.hpp>
#include <cerrno>
#include <csignal>
#include <cstdio>
#include <iostream>
#include <utility>

#include "base/clock.h"

extern char** environ;

namespace scraper::bench {

namespace json = boost::json;

namespace {

Result<json::object> object_of(const std::string& line) {
  boost::system::error_code error;
  json::value value = json::parse(line, error);
  if (error || !value.is_object())
    return Error{Errc::kInvalid, "a part of the measurement answered with what is no JSON object"};
  if (const auto* message = value.as_object().if_contains("error")) {
    return Error{Errc::kOther, message->is_string() ? std::string(message->as_string())
                                                    : json::serialize(*message)};
  }
  return std::move(value.as_object());
}

}  // namespace

Result<std::unique_ptr<Child>> Child::start(const std::string& part, const json::object& what) {
  std::array<int, 2> in{};
  std::array<int, 2> out{};
  if (::pipe2(in.data(), O_CLOEXEC) != 0) return errno_error("cannot make", "a pipe");
  if (::pipe2(out.data(), O_CLOEXEC) != 0) {
    const Error error = errno_error("cannot make", "a pipe");
    ::close(in[0]), ::close(in[1]);
    return error;
  }
  std::unique_ptr<Child> child(new Child);
  child->in_ = in[1];
  child->out_ = out[0];
  posix_spawn_file_actions_t actions;
  ::posix_spawn_file_actions_init(&actions);
  ::posix_spawn_file_actions_adddup2(&actions, in[0], STDIN_FILENO);
  ::posix_spawn_file_actions_adddup2(&actions, out[1], STDOUT_FILENO);
  ::posix_spawn_file_actions_addclosefrom_np(&actions, STDERR_FILENO + 1);
  std::string name = "scraper-bench";
  std::string command = "bench-child";
  std::string argument = part;
  std::array<char*, 4> arguments = {name.data(), command.data(), argument.data(), nullptr};
  errno =
      ::posix_spawn(&child->pid_, "/proc/self/exe", &actions, nullptr, arguments.data(), environ);
  const bool is_started = errno == 0;
  Error error = errno_error("cannot start", "a part of the measurement");
  ::posix_spawn_file_actions_destroy(&actions);
  ::close(in[0]);
  ::close(out[1]);
  if (!is_started) {
    child->pid_ = -1;
    return error;
  }
  const std::string line = json::serialize(what) + "\n";
  if (::write(child->in_, line.data(), line.size()) != static_cast<ssize_t>(line.size()))
    return errno_error("cannot tell", part);
  return child;
}

Child::~Child() { end(std::chrono::milliseconds(0)); }

Result<json::object> Child::answer(std::chrono::milliseconds patience) {
  const TimePoint deadline = SteadyClock::now() + patience;
  for (;;) {
    if (const auto end = buffered_.find('\n'); end != buffered_.npos) {
      const std::string line = buffered_.substr(0, end);
      buffered_.erase(0, end + 1);
      return object_of(line);
    }
    const auto left = std::chrono::ceil<std::chrono::milliseconds>(deadline - SteadyClock::now());
    pollfd ready{out_, POLLIN, 0};
    const int polled = left.count() > 0 ? ::poll(&ready, 1, static_cast<int>(left.count())) : 0;
    if (polled < 0 && errno == EINTR) continue;
    if (polled <= 0) {
      end(std::chrono::milliseconds(0));
      return Error{Errc::kOther,
                   "a part of the measurement said nothing for too long and was ended"};
    }
    std::array<char, 4096> bytes{};
    const ssize_t got = ::read(out_, bytes.data(), bytes.size());
    if (got < 0 && errno == EINTR) continue;
    if (got <= 0) return Error{Errc::kOther, "a part of the measurement ended without an answer"};
    buffered_.append(bytes.data(), static_cast<std::size_t>(got));
  }
}

void Child::end(std::chrono::milliseconds patience) {
  if (in_ >= 0) ::close(std::exchange(in_, -1));
  if (pid_ > 0) {
    // The end of its standard output is the end of the process: nobody else holds it.
    pollfd ended{out_, POLLIN, 0};
    std::array<char, 4096> rest{};
    const TimePoint deadline = SteadyClock::now() + patience;
    for (bool is_open = patience.count() > 0; is_open;) {
      const auto left = std::chrono::ceil<std::chrono::milliseconds>(deadline - SteadyClock::now());
      if (left.count() <= 0 ||
          (::poll(&ended, 1, static_cast<int>(left.count())) < 0 && errno != EINTR))
        break;
      if (ended.revents != 0) is_open = ::read(out_, rest.data(), rest.size()) > 0;
    }
    if (::waitpid(pid_, nullptr, WNOHANG) == 0) {
      ::kill(pid_, SIGKILL);
      ::waitpid(pid_, nullptr, 0);
    }
    pid_ = -1;
  }
  if (out_ >= 0) ::close(std::exchange(out_, -1));
}

Result<json::object> read_task() {
  std::string line;
  if (!std::getline(std::cin, line))
    return Error{Errc::kUsage, "bench-child is started by scraper-bench, not by hand"};
  return object_of(line);
}

bool say(const json::object& answer) {
  const std::string line = json::serialize(answer) + "\n";
  return std::fwrite(line.data(), 1, line.size(), stdout) == line.size() &&
         std::fflush(stdout) == 0;
}

}  // namespace scraper::bench
