// TestServer: an HTTP server on loopback with a path for every behaviour a crawler meets, the bad
// ones too. It listens on a free port, runs in a thread of its own (one Asio loop, a coroutine a
// connection) and is gone after its destructor.
//
// Every behaviour is data: a RawReply says which bytes go out, when, and how the connection ends;
// the server adds and mends nothing. behaviours.h lists the paths that are built in; a test
// installs its own with on(). No test needs to sleep: hold() keeps the answers of a path back until
// release(), wait_for() returns when a request has come.
//
// All methods may be called from any thread; responders run on the server's thread and must not
// call the server.
#pragma once

#include <chrono>
#include <cstddef>
#include <cstdint>
#include <functional>
#include <memory>
#include <string>
#include <string_view>
#include <utility>
#include <vector>

namespace scraper::test {

struct Request {
  std::string method;
  std::string target;  // as sent
  std::string host;    // the Host field as sent
  std::vector<std::pair<std::string, std::string>> headers;
  std::string body;
  std::chrono::steady_clock::time_point start;
  unsigned connection = 0;  // 1 is the first one accepted
  bool keeps_alive = true;  // what the client asked for

  std::string_view path()
      const;  // without query, and without "http://host" of a request to a proxy
  std::string_view query() const;  // without '?'
  std::string_view parameter(std::string_view name,
                             std::string_view otherwise = "") const;  // of the query, not decoded
  std::string_view header(
      std::string_view name) const;  // first of that name, any case; empty if there is none
};

enum class End {
  kKeep,   // the connection stays open for the next request, unless the client asked to close it
  kClose,  // FIN
  kReset,  // RST
};

// One thing the server does: waits for `pause`, then sends `bytes`, again and again until the
// client has gone if it `repeats`.
struct Step {
  std::string bytes;
  std::chrono::milliseconds pause{0};
  bool repeats = false;
};

struct RawReply {
  std::vector<Step> steps;
  End end = End::kKeep;
};

using Responder = std::function<RawReply(const Request&)>;

// A well-formed answer: status line, `headers` ("Name: value\r\n" each), Content-Length, body.
RawReply reply(int status, std::string_view headers, std::string_view body);
RawReply html(std::string_view body);
RawReply redirect(int status, std::string_view location);
// These very bytes.
RawReply raw(std::string bytes, End end = End::kClose);

class TestServer {
 public:
  struct Options {
    std::string address = "127.0.0.1";
    bool with_ipv6 = false;  // listens on [::1], same port, too
  };

  TestServer() : TestServer(Options()) {}
  explicit TestServer(const Options& options);
  ~TestServer();
  TestServer(const TestServer&) = delete;
  TestServer& operator=(const TestServer&) = delete;

  std::uint16_t port() const;
  bool has_ipv6() const;                         // false also where the machine has no ::1
  std::string url(std::string_view path) const;  // "http://127.0.0.1:PORT/path"
  std::string connect_to() const;                // "::127.0.0.1:PORT", for --connect-to

  // Answers `path` (without query) instead of what is built in; "/a/*" answers all that begins with
  // "/a/". The exact path wins, then the longest prefix. A CONNECT request has the path
  // "host:port".
  void on(std::string path, Responder responder);

  // robots.txt for a host name (without port; "" for any other). Without one it is a 404.
  void set_robots(std::string host, std::string body, int status = 200);

  // Requests for `path` (without query) are read and logged, and their answer waits for release().
  void hold(std::string path);
  void release(const std::string& path);

  // Blocks until `count` requests for `path` have come; false after 30 s.
  bool wait_for(std::string_view path, std::size_t count = 1) const;

  std::vector<Request> requests() const;  // in the order in which they were read
  std::size_t requests_of(std::string_view path) const;
  std::size_t requests_seen() const;  // of any path
  unsigned connections() const;       // accepted so far
  // The most requests of this Host field (as sent; "" for all hosts) that were being answered at
  // the same time. A request counts from when it was read to just before its last byte is sent; one
  // the client gave up counts until the server notices.
  unsigned most_at_once(const std::string& host = "") const;

 private:
  struct State;
  std::unique_ptr<State> state_;
};

}  // namespace scraper::test
