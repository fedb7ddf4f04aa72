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
  c.line->shut_down();
  CHECK(is_at_end(c.far));
  c.line->closing(c.near);
  CHECK_FALSE(c.line->is_connected());
  Connected other;  // gets the number that was closed
  CHECK(other.near == c.near);
  c.line->shut_down();
  CHECK_FALSE(is_at_end(other.far));
  for (const int end : {c.far, other.near, other.far}) ::close(end);
}

TEST_CASE("a socket that libcurl closed without a word is neither shut down nor kept") {
  Connected c;
  REQUIRE(::close(c.near) == 0);
  int stranger[2];
  REQUIRE(::socketpair(AF_UNIX, SOCK_STREAM | SOCK_CLOEXEC, 0, stranger) == 0);
  REQUIRE(stranger[0] == c.near);
  c.line->shut_down();
  CHECK_FALSE(is_at_end(stranger[1]));
  c.line->settle(c.near);
  CHECK_FALSE(c.line->is_connected());
  for (const int end : {c.far, stranger[0], stranger[1]}) ::close(end);
}

TEST_CASE("an idle line keeps its socket and no duplicate of it; a transfer may be shut down again") {
  const std::size_t before = open_descriptors();
  Connected c;
  CHECK(open_descriptors() == before + 3);
  c.line->settle(c.near);
  c.line->end();
  CHECK(open_descriptors() == before + 2);
  CHECK(c.line->is_connected());
  c.line->shut_down();
  CHECK_FALSE(is_at_end(c.far));
  c.line->begin();
  c.line->shut_down();
  CHECK(is_at_end(c.far));
  c.line->closing(c.near);
  ::close(c.far);
  CHECK(open_descriptors() == before);
}

TEST_CASE("a connection that is made needs no duplicate to be shut down") {
  const std::size_t before = open_descriptors();
  Connected c;
  c.line->connected();
  CHECK(open_descriptors() == before + 2);
  c.line->shut_down();
  CHECK(is_at_end(c.far));
  c.line->settle(c.near);
  CHECK(c.line->is_connected());
  c.line->closing(c.near);
  Connected other;  // gets the number that was closed
  REQUIRE(other.near == c.near);
  c.line->shut_down();
  CHECK_FALSE(is_at_end(other.far));
  for (const int end : {c.far, other.near, other.far}) ::close(end);
}

TEST_CASE("of the sockets that were tried only the one that is left is the connection") {
  Connected c;
  const int slower = ::socket(AF_INET, SOCK_STREAM | SOCK_CLOEXEC, 0);
  REQUIRE(c.line->opened(slower));
  REQUIRE(::close(slower) == 0);  // without a word
  int stranger[2];
  REQUIRE(::socketpair(AF_UNIX, SOCK_STREAM | SOCK_CLOEXEC, 0, stranger) == 0);
  REQUIRE(stranger[0] == slower);
  c.line->connected();
  c.line->shut_down();
  CHECK_FALSE(is_at_end(stranger[1]));
  CHECK(is_at_end(c.far));
  for (const int end : {c.near, c.far, stranger[0], stranger[1]}) ::close(end);
}

TEST_CASE("a line holds a few sockets and refuses more") {
  Line line;
  std::vector<int> sockets;
  for (int i = 0; i < 5; ++i) sockets.push_back(::socket(AF_INET, SOCK_STREAM | SOCK_CLOEXEC, 0));
  for (int i = 0; i < 4; ++i) CHECK(line.opened(sockets[static_cast<std::size_t>(i)]));
  CHECK_FALSE(line.opened(sockets[4]));
  for (const int socket : sockets) line.closing(socket);
}

}  // namespace scraper::fetch
