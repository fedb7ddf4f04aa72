#include "scraper/serve/http_server.h"

#include <unistd.h>
#include <boost/asio/connect.hpp>
#include <boost/asio/post.hpp>
#include <boost/asio/read.hpp>
#include <boost/asio/write.hpp>
#include <cstdio>
#include <future>
#include <memory>
#include <string>
#include <thread>
#include <vector>

#include "tests/catch.h"

using namespace scraper;
using namespace scraper::serve;
namespace asio = boost::asio;
using asio::ip::tcp;

namespace {

// A server in a thread, stopped and joined at the end.
class Running {
 public:
  explicit Running(HttpServer::Answer answer, HttpServerLimits limits = HttpServerLimits())
      : server_(io_, std::move(answer), limits) {
    endpoint_ = server_.listen(asio::ip::make_address("127.0.0.1"), 0).value();
    thread_ = std::thread([this] { io_.run(); });
  }
  ~Running() {
    stop();
    if (thread_.joinable()) thread_.join();
  }
  Running(const Running&) = delete;
  Running& operator=(const Running&) = delete;

  void stop() {
    asio::post(io_, [this] { server_.stop(); });
  }
  void join() { thread_.join(); }
  tcp::endpoint endpoint() const { return endpoint_; }

 private:
  asio::io_context io_{1};
  HttpServer server_;
  tcp::endpoint endpoint_;
  std::thread thread_;
};

class Wire {
 public:
  explicit Wire(const Running& server) : socket_(io_) { socket_.connect(server.endpoint()); }

  Wire& send(const std::string& text) {
    asio::write(socket_, asio::buffer(text));
    return *this;
  }
  Wire& ask(const std::string& method, const std::string& target, const std::string& more = "") {
    return send(method + " " + target + " HTTP/1.1\r\nHost: a.test:80\r\n" + more + "\r\n");
  }

  // All there is until the server ends the connection.
  std::string rest() {
    std::string out;
    boost::system::error_code error;
    asio::read(socket_, asio::dynamic_buffer(out), error);
    return out;
  }

  std::string head() {
    std::string out;
    char byte = 0;
    while (out.size() < 4 || out.compare(out.size() - 4, 4, "\r\n\r\n") != 0) {
      asio::read(socket_, asio::buffer(&byte, 1));
      out += byte;
    }
    return out;
  }

  std::string body(std::size_t size) {
    std::string out(size, '\0');
    asio::read(socket_, asio::buffer(out));
    return out;
  }

 private:
  asio::io_context io_;
  tcp::socket socket_;
};

Reply echo(const Request& request) {
  return text_reply(200, request.method + " " + request.host + " " + request.target);
}

constexpr const char* kClose = "Connection: close\r\n";

}  // namespace

TEST_CASE("an answer has its length and date, and the connection is kept") {
  const Running server(echo);
  Wire wire(server);
  const std::string head = wire.ask("GET", "/x?y").head();
  CHECK(head.substr(0, 17) == "HTTP/1.1 200 OK\r\n");
  CHECK(head.find("Content-Length: 16\r\n") != std::string::npos);
  CHECK(head.find("\r\nDate: ") != std::string::npos);
  CHECK(head.find(" GMT\r\n") != std::string::npos);
  CHECK(wire.body(16) == "GET a.test /x?y\n");
  const std::string last = wire.ask("GET", "/", kClose).rest();
  CHECK(last.find("Connection: close\r\n") != std::string::npos);
  CHECK(last.find("GET a.test /\n") != std::string::npos);
}

TEST_CASE("HEAD is the head alone") {
  const Running server(echo);
  Wire wire(server);
  const std::string answer = wire.ask("HEAD", "/x", kClose).rest();
  CHECK(answer.find("Content-Length: 15\r\n") != std::string::npos);
  CHECK(answer.substr(answer.size() - 4) == "\r\n\r\n");
}

TEST_CASE("what is no request we serve is refused and ends the connection") {
  const Running server(echo);
  CHECK(Wire(server).ask("DELETE", "/x", kClose).rest().substr(0, 12) == "HTTP/1.1 405");
  CHECK(Wire(server).send("what?\r\n\r\n").rest().substr(0, 12) == "HTTP/1.1 400");
  CHECK(Wire(server)
            .ask("GET", "/", "X-Long: " + std::string(70'000, 'x') + "\r\n")
            .rest()
            .substr(0, 12) == "HTTP/1.1 431");
  CHECK(Wire(server).ask("POST", "/", "Content-Length: 100000000\r\n").rest().substr(0, 12) ==
        "HTTP/1.1 413");
}

TEST_CASE("a silent connection is closed after the idle time") {
  HttpServerLimits limits;
  limits.idle = std::chrono::milliseconds(50);
  const Running server(echo, limits);
  CHECK(Wire(server).rest().empty());
  CHECK(Wire(server).send("GET / HTTP/1.1\r\nHost:").rest().empty());
}

TEST_CASE("a file is sent whole, and never more than was promised") {
  std::FILE* file = std::tmpfile();
  REQUIRE(file != nullptr);
  const std::string text(3'000'000, 'f');
  REQUIRE(std::fwrite(text.data(), 1, text.size(), file) == text.size());
  REQUIRE(std::fflush(file) == 0);
  const Running server([file](const Request& request) {
    Reply reply;
    reply.file.reset(::dup(::fileno(file)));
    reply.file_size = request.target == "/shrunk" ? 4'000'000 : 3'000'000;
    return reply;
  });
  const std::string whole = Wire(server).ask("GET", "/", kClose).rest();
  CHECK(whole.find("Content-Length: 3000000\r\n") != std::string::npos);
  CHECK(whole.compare(whole.size() - text.size(), text.size(), text) == 0);
  // One that became shorter while it was sent: the connection ends.
  CHECK(Wire(server).ask("GET", "/shrunk").rest().size() < 3'000'500);
  std::fclose(file);
}

TEST_CASE("stop lets an answer under way finish and closes idle connections") {
  std::promise<void> asked;
  Running server([&](const Request&) {
    asked.set_value();
    Reply reply = text_reply(200, "late");
    reply.pause = std::chrono::milliseconds(100);
    return reply;
  });
  Wire idle(server), busy(server);
  busy.ask("GET", "/");
  asked.get_future().wait();
  server.stop();
  const std::string answer = busy.rest();
  CHECK(answer.find("late\n") != std::string::npos);
  CHECK(answer.find("Connection: close") != std::string::npos);
  CHECK(idle.rest().empty());
  server.join();
}

TEST_CASE("stop waits no longer than the farewell") {
  HttpServerLimits limits;
  limits.farewell = std::chrono::milliseconds(20);
  std::promise<void> asked;
  Running server(
      [&](const Request&) {
        asked.set_value();
        Reply reply = text_reply(200, "never");
        reply.pause = std::chrono::hours(1);
        return reply;
      },
      limits);
  Wire wire(server);
  wire.ask("GET", "/");
  asked.get_future().wait();
  server.stop();
  server.join();
}

TEST_CASE("an address in use is an error that says what to do") {
  const Running first(echo);
  asio::io_context io;
  HttpServer second(io, echo);
  const auto endpoint = second.listen(asio::ip::make_address("127.0.0.1"), first.endpoint().port());
  REQUIRE(!endpoint);
  CHECK(endpoint.error().context.find("Address already in use") != std::string::npos);
  CHECK(endpoint.error().context.find("--port 0") != std::string::npos);
}

TEST_CASE("a thousand connections at once") {
  const Running server(echo);
  std::vector<std::unique_ptr<Wire>> wires;
  for (int i = 0; i < 1'000; ++i) wires.push_back(std::make_unique<Wire>(server));
  for (auto& wire : wires) wire->ask("GET", "/");
  for (auto& wire : wires) REQUIRE(wire->head().substr(0, 12) == "HTTP/1.1 200");
}
