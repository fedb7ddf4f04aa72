#include "fetch/line_pool.h"

#include <sys/socket.h>
#include <unistd.h>

#include "tests/fetch/harness.h"

namespace scraper::fetch {

namespace {

// A line with a socket it believes to have opened, and the peer's end of it.
struct Connected {
  std::unique_ptr<Line> line = std::make_unique<Line>();
  int near = -1;
  int far = -1;

  Connected() {
    int ends[2];
    REQUIRE(::socketpair(AF_UNIX, SOCK_STREAM | SOCK_CLOEXEC, 0, ends) == 0);
    near = ends[0];
    far = ends[1];
    REQUIRE(line->opened(near));
  }
};

bool is_at_end(int descriptor) {
  char byte = 0;
  return ::recv(descriptor, &byte, 1, MSG_DONTWAIT) == 0;
}

}  // namespace

TEST_CASE("a line goes back to its origin, the one used last first") {
  LinePool pool(10);
  Connected first;
  Connected second;
  Line* const last = second.line.get();
  pool.give_back("http://a.test", std::move(first.line));
  pool.give_back("http://a.test", std::move(second.line));
  CHECK(pool.idle() == 2);
  CHECK_FALSE(pool.lend("http://b.test")->is_connected());
  const auto lent = pool.lend("http://a.test");
  CHECK(lent.get() == last);
  CHECK(pool.idle() == 1);
  for (const int end : {first.near, first.far, second.near, second.far}) ::close(end);
}

TEST_CASE("past the bound the line that was idle longest is evicted") {
  LinePool pool(2);
  Connected lines[3];
  const char* origins[] = {"http://a.test", "http://b.test", "http://c.test"};
  Line* const oldest = lines[0].line.get();
  for (int i = 0; i < 3; ++i) pool.give_back(origins[i], std::move(lines[i].line));
  const auto evicted = pool.take_evicted();
  REQUIRE(evicted.size() == 1);
  CHECK(evicted[0].get() == oldest);
  CHECK_FALSE(pool.lend("http://a.test")->is_connected());
  CHECK(pool.lend("http://b.test")->is_connected());
  for (const Connected& c : lines) ::close(c.near), ::close(c.far);
}

TEST_CASE("a line without a connection is not kept") {
  LinePool pool(2);
  pool.give_back("http://a.test", std::make_unique<Line>());
  CHECK(pool.idle() == 0);
  CHECK(pool.take_evicted().size() == 1);
  CHECK(pool.take_evicted().empty());
}

TEST_CASE("shutting a line down ends its sockets, and never one that it has closed") {
  Connected c;
  CHECK(c.line->is_connected());
  CHECK_FALSE(is_at_end(c.far));
  c.line->shut_down();
  CHECK(is_at_end(c.far));
  c.line->closing(c.near);
  CHECK_FALSE(c.line->is_connected());
  Connected other;  // gets the descriptor that was closed
  CHECK(other.near == c.near);
  c.line->shut_down();
  CHECK_FALSE(is_at_end(other.far));
  for (const int end : {c.far, other.near, other.far}) ::close(end);
}

TEST_CASE("a line holds a few sockets and refuses more") {
  Line line;
  for (const int socket : {1001, 1002, 1003, 1004}) CHECK(line.opened(socket));
  CHECK_FALSE(line.opened(1005));
}

}  // namespace scraper::fetch
