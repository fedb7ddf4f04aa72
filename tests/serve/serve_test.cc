#include "scraper/serve/serve.h"

#include <sys/wait.h>
#include <unistd.h>

#include <array>
#include <boost/asio/io_context.hpp>
#include <boost/asio/ip/tcp.hpp>
#include <boost/asio/read.hpp>
#include <boost/asio/write.hpp>
#include <csignal>
#include <filesystem>
#include <string>

#include "tests/catch.h"

using namespace scraper;
namespace asio = boost::asio;

namespace {

// run_serve in a process of its own, whose standard error we read.
class Child {
 public:
  explicit Child(const ServeOptions& options) {
    std::array<int, 2> ends{};
    REQUIRE(::pipe(ends.data()) == 0);
    pid_ = ::fork();
    REQUIRE(pid_ >= 0);
    if (pid_ == 0) {
      ::dup2(ends[1], STDERR_FILENO);
      ::close(ends[0]);
      ::close(ends[1]);
      ::_exit(run_serve(options));
    }
    ::close(ends[1]);
    errors_ = ends[0];
  }
  ~Child() {
    if (pid_ > 0) {
      ::kill(pid_, SIGKILL);
      ::waitpid(pid_, nullptr, 0);
    }
    ::close(errors_);
  }
  Child(const Child&) = delete;
  Child& operator=(const Child&) = delete;

  std::string line() const {
    std::string text;
    for (char byte = 0; ::read(errors_, &byte, 1) == 1 && byte != '\n';) text += byte;
    return text;
  }
  void signal(int number) const { REQUIRE(::kill(pid_, number) == 0); }
  int exit_code() {
    int status = 0;
    REQUIRE(::waitpid(pid_, &status, 0) == pid_);
    pid_ = -1;
    return WIFEXITED(status) ? WEXITSTATUS(status) : -1;
  }

 private:
  pid_t pid_ = -1;
  int errors_ = -1;
};

// "http://127.0.0.1:8080/" at the end of a line.
std::uint16_t port_in(const std::string& line) {
  return static_cast<std::uint16_t>(std::stoul(line.substr(line.rfind(':') + 1)));
}

std::string get(std::uint16_t port, const std::string& host, const std::string& target) {
  asio::io_context io;
  asio::ip::tcp::socket socket(io);
  socket.connect({asio::ip::address_v4::loopback(), port});
  asio::write(socket, asio::buffer("GET " + target + " HTTP/1.1\r\nHost: " + host +
                                   "\r\nConnection: close\r\n\r\n"));
  std::string answer;
  boost::system::error_code error;
  asio::read(socket, asio::dynamic_buffer(answer), error);
  return answer;
}

}  // namespace

TEST_CASE("the demo site says where it is, answers for its hosts, and ends with a signal") {
  ServeOptions options;
  options.is_demo = true;
  for (int number : {SIGINT, SIGTERM}) {
    Child child(options);
    const std::string line = child.line();
    CHECK(line.substr(0, 41) == "serving the demo site on http://127.0.0.1");
    CHECK(line.back() == '/');
    CHECK(get(port_in(line), "NEWS.demo.test:80", "/").find("The Demo Courier") !=
          std::string::npos);
    CHECK(get(port_in(line), "busy.demo.test", "/queue/1").substr(0, 12) == "HTTP/1.1 503");
    CHECK(get(port_in(line), "busy.demo.test", "/queue/1").substr(0, 12) == "HTTP/1.1 200");
    child.signal(number);
    CHECK(child.exit_code() == 0);
  }
}

TEST_CASE("a directory is served over the wire") {
  ServeOptions options;
  options.directory = std::filesystem::path(SEEDS_DEMO).parent_path().string();
  Child child(options);
  const std::uint16_t port = port_in(child.line());
  CHECK(get(port, "x", "/demo.txt").find("http://news.demo.test/\ttag=news\n") !=
        std::string::npos);
  CHECK(get(port, "x", "/../CMakeLists.txt").substr(0, 12) == "HTTP/1.1 404");
}

TEST_CASE("what cannot be served is one line and an exit code") {
  struct Case {
    ServeOptions options;
    int code;
    std::string line;
  };
  const std::vector<Case> cases = {
      {{true, "", "localhost", 0}, 2, "scraper: --bind localhost: not an IP address"},
      {{false, "/nonexistent/place", "127.0.0.1", 0},
       3,
       "scraper: cannot open directory /nonexistent/place: No such file or directory"},
      {{true, "", "192.0.2.1", 0},
       1,
       "scraper: cannot listen on 192.0.2.1 port 0: Cannot assign requested address (--port 0 "
       "takes a free one)"},
  };
  for (const Case& example : cases) {
    Child child(example.options);
    CHECK(child.line() == example.line);
    CHECK(child.line().empty());
    CHECK(child.exit_code() == example.code);
  }
}
