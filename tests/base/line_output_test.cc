#include "base/line_output.h"

#include <fcntl.h>
#include <unistd.h>

#include <array>
#include <csignal>
#include <string>
#include <utility>

#include "tests/catch.h"

using namespace scraper;

namespace {

struct Pipe {
  Pipe() {
    std::signal(SIGPIPE, SIG_IGN);
    REQUIRE(pipe2(ends.data(), O_CLOEXEC) == 0);
  }
  ~Pipe() {
    close_reader();
    ::close(ends[1]);
  }
  void close_reader() {
    if (ends[0] >= 0) ::close(std::exchange(ends[0], -1));
  }
  std::string read(std::size_t size) const {
    std::string bytes(size, '\0');
    const ssize_t n = ::read(ends[0], bytes.data(), size);
    bytes.resize(n > 0 ? static_cast<std::size_t>(n) : 0);
    return bytes;
  }
  std::array<int, 2> ends{};
};

}  // namespace

TEST_CASE("lines go out at once while the reader takes them") {
  boost::asio::io_context io(1);
  Pipe pipe;
  LineOutput out(io, pipe.ends[1], [] {});
  out.write("one");
  out.write("two");
  CHECK(out.is_empty());
  CHECK(pipe.read(100) == "one\ntwo\n");
}

TEST_CASE(
    "a reader that stands still holds nobody up, is said to be behind, and gets everything later") {
  boost::asio::io_context io(1);
  Pipe pipe;
  int changes = 0;
  LineOutput out(io, pipe.ends[1], [&] { ++changes; });
  const std::string line(9'999, 'x');
  std::size_t written = 0;
  while (!out.is_full()) {
    out.write(line);
    written += line.size() + 1;
    REQUIRE(written < 8u << 20);
  }
  std::size_t read = 0;
  while (read < written) {
    read += pipe.read(65'536).size();
    io.poll();
  }
  CHECK(read == written);
  CHECK(out.is_empty());
  CHECK_FALSE(out.is_full());
  CHECK(changes > 0);
}

TEST_CASE("a reader that has gone is told apart from a disk that is full") {
  boost::asio::io_context io(1);
  Pipe pipe;
  LineOutput out(io, pipe.ends[1], [] {});
  pipe.close_reader();
  out.write("x");
  CHECK(out.is_closed());
  CHECK_FALSE(out.error());
  out.write("y");
  CHECK(out.is_empty());

  const int full = ::open("/dev/full", O_WRONLY | O_CLOEXEC);
  REQUIRE(full >= 0);
  LineOutput lost(io, full, [] {});
  lost.write("x");
  CHECK_FALSE(lost.is_closed());
  REQUIRE(lost.error());
  CHECK(lost.error()->code == Errc::kExhausted);
  ::close(full);
}
