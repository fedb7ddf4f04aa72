// The load server as the process it is.
#include <fcntl.h>
#include <signal.h>
#include <spawn.h>
#include <sys/wait.h>
#include <unistd.h>

#include <array>
#include <boost/json.hpp>
#include <filesystem>
#include <string>
#include <vector>

#include "base/descriptor.h"
#include "tests/bench/load_client.h"

using namespace scraper;
using namespace scraper::bench;
using namespace scraper::bench::test;

namespace {

// `scraper-bench bench-child load-server` with this many descriptors, as a process; ended by
// closing its standard input.
class Process {
 public:
  Process(const std::string& task, int descriptors) {
    std::array<int, 2> in{}, out{};
    REQUIRE(::pipe2(in.data(), O_CLOEXEC) == 0);
    REQUIRE(::pipe2(out.data(), O_CLOEXEC) == 0);
    const std::string program =
        std::filesystem::read_symlink("/proc/self/exe").parent_path() / "scraper-bench";
    std::string script = "ulimit -n " + std::to_string(descriptors) + "; exec '" + program +
                         "' bench-child load-server";
    std::array<std::string, 3> words = {"sh", "-c", script};
    std::array<char*, 4> arguments = {words[0].data(), words[1].data(), words[2].data(), nullptr};
    posix_spawn_file_actions_t actions;
    posix_spawn_file_actions_init(&actions);
    posix_spawn_file_actions_adddup2(&actions, in[0], STDIN_FILENO);
    posix_spawn_file_actions_adddup2(&actions, out[1], STDOUT_FILENO);
    REQUIRE(posix_spawn(&pid_, "/bin/sh", &actions, nullptr, arguments.data(), environ) == 0);
    posix_spawn_file_actions_destroy(&actions);
    ::close(in[0]), ::close(out[1]);
    in_.reset(in[1]), out_.reset(out[0]);
    REQUIRE(::write(in_.get(), task.data(), task.size()) == static_cast<ssize_t>(task.size()));
  }
  ~Process() {
    if (pid_ <= 0) return;
    ::kill(pid_, SIGKILL);
    ::waitpid(pid_, nullptr, 0);
  }
  std::string line() const {
    std::string all;
    for (char one = 0; ::read(out_.get(), &one, 1) == 1 && one != '\n';) all += one;
    return all;
  }
  int end() {
    in_.reset();
    int status = 0;
    ::waitpid(pid_, &status, 0);
    pid_ = -1;
    return WIFEXITED(status) ? WEXITSTATUS(status) : -1;
  }

 private:
  pid_t pid_ = -1;
  Descriptor in_, out_;
};

}  // namespace

TEST_CASE(
    "the load server is a part of the program, which ends when nobody holds its standard input") {
  Process process(R"({"addresses": 2, "tls": true, "threads": 1})"
                  "\n",
                  1000);
  const auto site = load_site_from(boost::json::parse(process.line()).as_object());
  REQUIRE(site.has_value());
  CHECK(site->addresses.size() == 2);
  CHECK(site->certificate.starts_with("-----BEGIN CERTIFICATE-----"));
  CHECK(ask(*site, get("/b/7")) == ok_head(7, true) + page(7));
  CHECK(process.end() == 0);
}

TEST_CASE("a load server without descriptors closes what it cannot take, and goes on") {
  Process process("{}\n", 40);
  const auto site = load_site_from(boost::json::parse(process.line()).as_object());
  REQUIRE(site.has_value());
  {
    std::vector<Descriptor> sockets;
    for (int i = 0; i < 60; ++i) sockets.push_back(connect(*site));
    for (const Descriptor& socket : sockets) ::send(socket.get(), "x", 1, MSG_NOSIGNAL);
    for (const Descriptor& socket : sockets) receive(socket);  // 400, or closed at once
  }
  const auto stats = site->stats();
  REQUIRE(stats.has_value());
  CHECK(stats->unaccepted > 0);
  CHECK(stats->refused + stats->unaccepted == 60);
  CHECK(ask(*site, get("/b/7")) == ok_head(7, true) + page(7));
  CHECK(process.end() == 0);
}

TEST_CASE("a load server without descriptors for its listeners says that it is descriptors") {
  Process process(R"({"addresses": 100, "tls": true, "threads": 1})"
                  "\n",
                  150);
  CHECK(process.line().find("Too many open files") != std::string::npos);
  CHECK(process.end() == 1);
}

TEST_CASE("a load server refuses a task it cannot do with a line that says why") {
  for (const char* task : {R"({"addresses": 0})", R"({"addresses": "many"})",
                           R"({"addresses": 251})", R"({"threads": 65})"}) {
    INFO(task);
    Process process(std::string(task) + "\n", 1000);
    CHECK(process.line().find("1 to 250 addresses and 1 to 64 threads") != std::string::npos);
    CHECK(process.end() == 1);
  }
}
