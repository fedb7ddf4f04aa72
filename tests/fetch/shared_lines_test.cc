#include "fetch/shared_lines.h"

#include <sys/socket.h>
#include <unistd.h>

#include <set>

#include "tests/catch.h"

namespace scraper::fetch {

namespace {

class Sockets final : public SocketWatcher {
 public:
  bool watch(curl_socket_t socket) override { return open_.insert(socket).second; }
  void close(curl_socket_t socket) override { ::close(socket), open_.erase(socket); }
  void forget(curl_socket_t socket) override { open_.erase(socket); }
  std::size_t open() const { return open_.size(); }

 private:
  std::set<curl_socket_t> open_;
};

int new_socket() { return ::socket(AF_INET, SOCK_STREAM | SOCK_CLOEXEC, 0); }

}  // namespace

TEST_CASE(
    "transfers of one origin share a line while any of them lasts, and its connections after") {
  Sockets sockets;
  SharedLines lines(sockets, 10);
  SharedLines::SharedLine& first = lines.join("http://a.test");
  CHECK(&lines.join("http://a.test") == &first);
  CHECK(&lines.join("http://b.test") != &first);
  const int socket = new_socket();
  CHECK(first.opened(socket));
  lines.leave(first);
  lines.leave(first);
  CHECK(&lines.join("http://a.test") == &first);
  first.closing(socket);
  CHECK(sockets.open() == 0);
}

TEST_CASE("a socket that cannot be watched is not used") {
  Sockets sockets;
  SharedLines lines(sockets, 10);
  SharedLines::SharedLine& line = lines.join("http://a.test");
  const int socket = new_socket();
  CHECK(line.opened(socket));
  CHECK_FALSE(line.opened(socket));
  line.closing(socket);
}

TEST_CASE("settling forgets what was closed without a word, also when its number is in use again") {
  Sockets sockets;
  SharedLines lines(sockets, 10);
  SharedLines::SharedLine& line = lines.join("http://a.test");
  const int socket = new_socket();
  CHECK(line.opened(socket));
  line.settle(socket);
  CHECK(sockets.open() == 1);
  ::close(socket);
  const int other = new_socket();
  REQUIRE(other == socket);
  line.settle(socket);
  CHECK(sockets.open() == 0);
  ::close(other);
}

}  // namespace scraper::fetch
