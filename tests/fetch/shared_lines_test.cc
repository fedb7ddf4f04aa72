#include "fetch/shared_lines.h"

#include <set>

#include "tests/catch.h"

namespace scraper::fetch {

namespace {

class Sockets final : public SocketOwner {
 public:
  bool opened(curl_socket_t socket) override { return open_.insert(socket).second; }
  void closing(curl_socket_t socket) override { open_.erase(socket); }
  std::size_t open() const { return open_.size(); }

 private:
  std::set<curl_socket_t> open_;
};

}  // namespace

TEST_CASE("transfers of one origin share a line while any of them lasts") {
  Sockets sockets;
  SharedLines lines(sockets, 10);
  SharedLines::Line& first = lines.join("http://a.test");
  CHECK(&lines.join("http://a.test") == &first);
  CHECK(&lines.join("http://b.test") != &first);
  first.opened(5);
  lines.leave(first);
  lines.leave(first);
  CHECK(&lines.join("http://a.test") == &first);
  CHECK(sockets.open() == 1);
}

TEST_CASE("a socket that cannot be watched is not used") {
  Sockets sockets;
  SharedLines lines(sockets, 10);
  SharedLines::Line& line = lines.join("http://a.test");
  CHECK(line.opened(5));
  CHECK_FALSE(line.opened(5));
}

}  // namespace scraper::fetch
