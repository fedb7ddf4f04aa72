#include "fetch/line_pool.h"

#include <sys/socket.h>
#include <unistd.h>

#include "tests/fetch/harness.h"

namespace scraper::fetch {

namespace {

// A line with a socket it believes to have opened, and the peer's end of it.
struct Connected {
  std::unique_ptr<Line> line;
  int near = -1;
  int far = -1;

  explicit Connected(SocketWatcher& watcher) : line(std::make_unique<Line>(watcher)) {
    int ends[2];
    REQUIRE(::socketpair(AF_UNIX, SOCK_STREAM | SOCK_CLOEXEC, 0, ends) == 0);
    near = ends[0];
    far = ends[1];
    REQUIRE(line->opened(near));
  }
};

}  // namespace

TEST_CASE("a line goes back to its origin, the one used last first") {
  LinePool pool(10);
  SocketWatcher watcher;
  Connected first(watcher);
  Connected second(watcher);
  Line* const last = second.line.get();
  pool.give_back("http://a.test", std::move(first.line));
  pool.give_back("http://a.test", std::move(second.line));
  CHECK(pool.idle() == 2);
  CHECK_FALSE(pool.lend("http://b.test")->sockets() > 0);
  const auto lent = pool.lend("http://a.test");
  CHECK(lent.get() == last);
  CHECK(pool.idle() == 1);
  for (const int end : {first.near, first.far, second.near, second.far}) ::close(end);
}

TEST_CASE("past the bound the line that was idle longest is evicted") {
  LinePool pool(2);
  SocketWatcher watcher;
  Connected lines[3] = {Connected(watcher), Connected(watcher), Connected(watcher)};
  const char* origins[] = {"http://a.test", "http://b.test", "http://c.test"};
  Line* const oldest = lines[0].line.get();
  for (int i = 0; i < 3; ++i) pool.give_back(origins[i], std::move(lines[i].line));
  const auto evicted = pool.take_evicted();
  REQUIRE(evicted.size() == 1);
  CHECK(evicted[0].get() == oldest);
  CHECK_FALSE(pool.lend("http://a.test")->sockets() > 0);
  CHECK(pool.lend("http://b.test")->sockets() > 0);
  for (const Connected& c : lines) ::close(c.near), ::close(c.far);
}

TEST_CASE("a line without a connection is not kept") {
  SocketWatcher watcher;
  LinePool pool(2);
  pool.give_back("http://a.test", std::make_unique<Line>(watcher));
  CHECK(pool.idle() == 0);
  CHECK(pool.take_evicted().size() == 1);
  CHECK(pool.take_evicted().empty());
}

TEST_CASE(
    "a socket that libcurl closed without a word is not kept, also when its number is in use "
    "again") {
  SocketWatcher watcher;
  Connected c(watcher);
  c.line->settle(c.near);
  CHECK(c.line->sockets() == 1);
  REQUIRE(::close(c.near) == 0);
  int stranger[2];
  REQUIRE(::socketpair(AF_UNIX, SOCK_STREAM | SOCK_CLOEXEC, 0, stranger) == 0);
  REQUIRE(stranger[0] == c.near);
  c.line->settle(c.near);
  CHECK(c.line->sockets() == 0);
  for (const int end : {c.far, stranger[0], stranger[1]}) ::close(end);
}

TEST_CASE("closing a line's socket closes it, and no other of the same number") {
  SocketWatcher watcher;
  const std::size_t before = open_descriptors();
  Connected c(watcher);
  CHECK(open_descriptors() == before + 2);
  c.line->closing(c.near);
  CHECK(open_descriptors() == before + 1);
  CHECK(c.line->sockets() == 0);
  ::close(c.far);
}

}  // namespace scraper::fetch
