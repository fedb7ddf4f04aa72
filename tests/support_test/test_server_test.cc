#include "tests/support/test_server.h"

#include <boost/asio/io_context.hpp>
#include <boost/asio/ip/tcp.hpp>
#include <boost/asio/read.hpp>
#include <boost/asio/write.hpp>
#include <set>
#include <string>
#include <thread>

#include "tests/catch.h"
#include "tests/support/behaviours.h"
#include "tests/support/graph.h"

using namespace scraper::test;
namespace asio = boost::asio;
using asio::ip::tcp;

namespace {

// A connection that knows nothing of HTTP.
class Wire {
 public:
  explicit Wire(const TestServer& server, const std::string& address = "127.0.0.1") : socket_(io_) {
    socket_.connect({asio::ip::make_address(address), server.port()});
  }

  void send(const std::string& text) { asio::write(socket_, asio::buffer(text)); }
  void get(const std::string& target) { send("GET " + target + " HTTP/1.1\r\nHost: test\r\n\r\n"); }

  // All there is until the other side ends the connection.
  std::string rest() {
    std::string out;
    asio::read(socket_, asio::dynamic_buffer(out), error);
    return out;
  }

  std::string read(std::size_t size) {
    std::string out(size, '\0');
    out.resize(asio::read(socket_, asio::buffer(out), error));
    return out;
  }

  boost::system::error_code error;

 private:
  asio::io_context io_;
  tcp::socket socket_;
};

std::string answer_of(const TestServer& server, const std::string& target) {
  Wire wire(server);
  wire.send("GET " + target + " HTTP/1.1\r\nHost: test\r\nConnection: close\r\n\r\n");
  return wire.rest();
}

bool ends_with(const std::string& text, const std::string& end) {
  return text.size() >= end.size() && text.compare(text.size() - end.size(), end.size(), end) == 0;
}

}  // namespace

TEST_CASE("an answer is the bytes it was said to be") {
  TestServer server;
  const std::string answer = answer_of(server, "/bytes/300");
  CHECK(answer.substr(0, 15) == "HTTP/1.1 200 OK");
  CHECK(answer.find("Content-Length: 300\r\n") != std::string::npos);
  CHECK(ends_with(answer, "\r\n\r\n" + patterned_bytes(300)));
  CHECK(answer_of(server, "/status/418").substr(0, 12) == "HTTP/1.1 418");
  CHECK(answer_of(server, "/nowhere").substr(0, 12) == "HTTP/1.1 404");
  CHECK(answer_of(server, "/nul-header").find(std::string("a\0b", 3)) != std::string::npos);
  CHECK(answer_of(server, "/two-lengths").find("Content-Length: 7") != std::string::npos);
  CHECK(ends_with(answer_of(server, "/drip/1/5"), "\r\n\r\nabcde"));
  CHECK(answer_of(server, "/interim/3").find("Continue\r\n\r\nHTTP/1.1 200 OK") !=
        std::string::npos);
}

TEST_CASE("a connection ends as the path says") {
  TestServer server;
  CHECK(answer_of(server, "/drop").empty());
  CHECK(answer_of(server, "/partial").find("Content-Length: 1000") != std::string::npos);
  Wire reset(server);
  reset.get("/reset");
  CHECK(reset.rest().empty());
  CHECK(reset.error == asio::error::connection_reset);
}

TEST_CASE("what has no end goes on as long as it is read") {
  TestServer server;
  for (const char* path : {"/endless", "/endless-chunked", "/endless-headers", "/endless-trailers",
                           "/endless-interim"}) {
    CAPTURE(path);
    Wire wire(server);
    wire.get(path);
    CHECK(wire.read(1'000'000).size() == 1'000'000);
  }
}

TEST_CASE("a connection is kept and the log says so") {
  TestServer server;
  Wire wire(server);
  wire.get("/bytes/0");
  wire.read(64);  // a head and no body
  wire.send(
      "GET /echo?q=1&r=two HTTP/1.1\r\nHost: news.test:80\r\nX-Case: Yes\r\nConnection: "
      "close\r\n\r\n");
  wire.rest();
  const auto requests = server.requests();
  REQUIRE(requests.size() == 2);
  CHECK(requests[1].connection == 1);
  CHECK(requests[1].method == "GET");
  CHECK(requests[1].host == "news.test:80");
  CHECK(requests[1].path() == "/echo");
  CHECK(requests[1].parameter("r") == "two");
  CHECK(requests[1].header("x-case") == "Yes");
  CHECK(requests[0].start <= requests[1].start);
  CHECK(server.connections() == 1);
  CHECK(server.requests_of("/echo") == 1);
}

TEST_CASE("a held answer waits for its release, and what runs at once is counted") {
  TestServer server;
  server.hold("/bytes/1");
  Wire first(server), second(server);
  first.get("/bytes/1");
  second.get("/bytes/1");
  REQUIRE(server.wait_for("/bytes/1", 2));
  CHECK(answer_of(server, "/bytes/2").size() > 0);
  CHECK(server.most_at_once("test") == 3);
  server.release("/bytes/1");
  CHECK(first.read(15) == "HTTP/1.1 200 OK");
  CHECK(second.read(15) == "HTTP/1.1 200 OK");
  answer_of(server, "/bytes/1");
  CHECK(server.most_at_once() == 3);
  CHECK(server.most_at_once("nobody") == 0);
}

TEST_CASE("a test's own responders win, the exact path before the prefix") {
  TestServer server;
  server.on("/a/*", [](const Request& r) { return html("below " + std::string(r.path())); });
  server.on("/a/b", [](const Request&) { return raw("odd"); });
  CHECK(answer_of(server, "/a/b?x=1") == "odd");
  CHECK(ends_with(answer_of(server, "/a/c/d"), "below /a/c/d"));
  CHECK(ends_with(answer_of(server, "http://test/a/e"), "below /a/e"));
}

TEST_CASE("robots.txt is a host's own") {
  TestServer server;
  CHECK(answer_of(server, "/robots.txt").substr(0, 12) == "HTTP/1.1 404");
  server.set_robots("", "User-agent: *\n");
  server.set_robots("test", "Disallow: /\n", 503);
  CHECK(answer_of(server, "/robots.txt").substr(0, 12) == "HTTP/1.1 503");
  Wire other(server);
  other.send("GET /robots.txt HTTP/1.1\r\nHost: other:81\r\nConnection: close\r\n\r\n");
  CHECK(ends_with(other.rest(), "User-agent: *\n"));
}

TEST_CASE("it listens on ::1 when asked to, where there is one") {
  TestServer server({"127.0.0.1", true});
  if (!server.has_ipv6()) {
    WARN("skipped: this machine has no ::1");
    return;
  }
  Wire wire(server, "::1");
  wire.get("/bytes/1");
  CHECK(wire.read(15) == "HTTP/1.1 200 OK");
}

TEST_CASE("the graph's expectation and its pages agree") {
  TestServer server;
  const unsigned size = 60;
  const auto depths = graph_depths(size);
  CHECK(depths.size() > 50);
  CHECK(depths.at(0) == 0);
  CHECK(depths.at(11) == 1);
  for (const auto& [n, depth] : depths) {
    CAPTURE(n);
    const std::string answer = answer_of(server, graph_path(n, size));
    if (graph_kind(n) == GraphKind::kRedirect) {
      CHECK(answer.find("Location: " + graph_path(graph_redirect(n, size), size)) !=
            std::string::npos);
      CHECK(depths.at(graph_redirect(n, size)) <= depth);
    } else if (graph_kind(n) == GraphKind::kMissing) {
      CHECK(answer.substr(0, 12) == "HTTP/1.1 404");
    } else {
      for (unsigned to : graph_links(n, size)) {
        CHECK(answer.find("href=\"" + graph_path(to, size) + "\"") != std::string::npos);
        CHECK(depths.at(to) <= depth + 1);
      }
    }
  }
}

TEST_CASE("the shortcut leads to x in two steps and in six") {
  TestServer server;
  std::string at = "/shortcut/chain/1";
  for (int depth = 1; depth < 6; ++depth) {
    const std::string answer = answer_of(server, at);
    const auto link = answer.find("href=\"") + 6;
    at = answer.substr(link, answer.find('"', link) - link);
  }
  CHECK(at == "/shortcut/x");
  CHECK(answer_of(server, "/shortcut/start").find("href=\"/shortcut/slow\"") != std::string::npos);
  CHECK(answer_of(server, "/shortcut/slow").find("href=\"/shortcut/x\"") != std::string::npos);
  CHECK(answer_of(server, "/shortcut/after/9").substr(0, 12) == "HTTP/1.1 200");
  CHECK(answer_of(server, "/shortcut/after/10").substr(0, 12) == "HTTP/1.1 404");
}

TEST_CASE("a thousand connections at once are accepted") {
  TestServer server;
  server.hold("/bytes/1");
  std::vector<std::unique_ptr<Wire>> wires;
  for (int i = 0; i < 1'000; ++i) {
    wires.push_back(std::make_unique<Wire>(server));
    wires.back()->get("/bytes/1");
  }
  REQUIRE(server.wait_for("/bytes/1", 1'000));
  server.release("/bytes/1");
  for (auto& wire : wires) REQUIRE(wire->read(15) == "HTTP/1.1 200 OK");
  CHECK(server.most_at_once("test") == 1'000);
}
