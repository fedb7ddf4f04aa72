// What a good answer becomes, and where limits cut one that is too much. Every case with both
// engines.
#include <fmt/format.h>
#include <netinet/in.h>
#include <sys/socket.h>
#include <unistd.h>

#include "tests/fetch/harness.h"
#include "tests/support/behaviours.h"

namespace scraper::fetch {

using test::patterned_bytes;

TEST_CASE("a whole answer is captured as received") {
  TestServer server;
  server.on("/page", [](const test::Request&) {
    return test::reply(200, "Content-Type: text/html\r\nX-Odd:  two  spaces \r\n", "<p>hello");
  });
  Client client(BOTH_ENGINES);
  const Capture capture = client.get(server.url("/page"));
  CHECK(capture.error == FetchError::kNone);
  CHECK(capture.error_text.empty());
  CHECK(capture.status == 200);
  CHECK(capture.head.substr(0, 15) == "HTTP/1.1 200 OK");
  CHECK(capture.head.find("X-Odd:  two  spaces \r\n") != std::string::npos);
  CHECK(capture.head.substr(capture.head.size() - 4) == "\r\n\r\n");
  CHECK(bytes_of(capture.body) == "<p>hello");
  CHECK(capture.body.size == 8);
  CHECK(capture.remote_address == "127.0.0.1");
  CHECK(capture.protocol == "http/1.1");
  CHECK(capture.received_bytes == capture.head.size() + 8);
  CHECK(capture.is_new_connection);
  CHECK_FALSE(capture.is_truncated);
  CHECK(capture.url.href() == server.url("/page"));
  CHECK(capture.timing.total >= capture.timing.first_byte);
  CHECK(capture.timing.first_byte >= capture.timing.connected);
  CHECK(capture.timing.connected > Duration::zero());
  CHECK(wall_now() - capture.timing.started < std::chrono::seconds(60));
}

TEST_CASE("any status is an answer, and a redirect is not followed") {
  TestServer server;
  Client client(BOTH_ENGINES);
  for (const int status : {200, 204, 206, 301, 304, 404, 410, 429, 500, 503, 599}) {
    const Capture capture = client.get(server.url("/status/" + std::to_string(status)));
    CHECK(capture.status == status);
    CHECK(capture.error == FetchError::kNone);
  }
  const Capture redirect = client.get(server.url("/redirect/3"));
  CHECK(redirect.status == 302);
  CHECK(server.requests_of("/redirect/2") == 0);
}

TEST_CASE("the request head is the one the server got") {
  TestServer server;
  FetchOptions options = test_options();
  options.headers = {"X-Mine: yes", "X-Empty:", "Accept-Language: en"};
  Client client(BOTH_ENGINES, options);
  for (int times = 0; times < 2; ++times) {  // over a new connection and over the kept one
    const Capture capture =
        client.get("http://user:secret@127.0.0.1:" + std::to_string(server.port()) +
                   "/echo/a/../b?x=%2F|#here");
    const test::Request request = server.requests().back();
    CHECK(request.target == "/echo/a/../b?x=%2F|");
    std::string expected = request.method + " " + request.target + " HTTP/1.1\r\n";
    for (const auto& [name, value] : request.headers)
      expected += value.empty() ? name + ":\r\n" : name + ": " + value + "\r\n";
    CHECK(capture.request_head == expected + "\r\n");
    CHECK(request.header("User-Agent") == "scraper-test/1");
    CHECK(request.header("Accept-Encoding") == "gzip, deflate, br, zstd");
    CHECK(request.header("X-Mine") == "yes");
    CHECK(capture.request_head.find("\r\nX-Empty:\r\n") != std::string::npos);
    CHECK(request.header("Authorization").empty());
    CHECK(request.header("Cookie").empty());
  }
  CHECK(server.connections() == 1);
}

TEST_CASE("fields with secrets go only with requests that say so") {
  TestServer server;
  FetchOptions options = test_options();
  options.headers = {"X-Mine: yes"};
  options.secret_headers = {"Authorization: Bearer x"};
  Client client(BOTH_ENGINES, options);
  FetchRequest request{url_of(server.url("/echo")), {boost::asio::ip::make_address("127.0.0.1")}};
  client.get(request);
  CHECK(server.requests().back().header("Authorization").empty());
  CHECK(server.requests().back().header("X-Mine") == "yes");
  request.sends_secrets = true;
  const Capture capture = client.get(request);
  CHECK(server.requests().back().header("Authorization") == "Bearer x");
  CHECK(server.requests().back().header("X-Mine") == "yes");
  CHECK(server.requests().back().header("Accept-Encoding") == "gzip, deflate, br, zstd");
  CHECK(capture.request_head.find("Authorization: Bearer x\r\n") != std::string::npos);
  client.get(server.url("/echo"));
  CHECK(server.requests().back().header("Authorization").empty());
}

TEST_CASE("a header field of one's own replaces the one that would be sent") {
  TestServer server;
  FetchOptions options = test_options();
  options.headers = {"accept-encoding: identity", "User-Agent: other"};
  Client client(BOTH_ENGINES, options);
  client.get(server.url("/echo"));
  std::size_t encodings = 0;
  const test::Request request = server.requests().back();
  for (const auto& [name, value] : request.headers)
    encodings += name == "Accept-Encoding" || name == "accept-encoding";
  CHECK(encodings == 1);
  CHECK(request.header("Accept-Encoding") == "identity");
  CHECK(request.header("User-Agent") == "other");
}

TEST_CASE("header fields that would break the request are refused at the start") {
  boost::asio::io_context io;
  FetchOptions options = test_options();
  options.headers = {
      GENERATE("no colon", ": no name", "A: b\r\nC: d", "A b: c", std::string("A: b\0c", 6))};
  const auto fetcher = make_fetcher(BOTH_ENGINES, options, io.get_executor());
  REQUIRE(fetcher.has_error());
  CHECK(fetcher.error().code == Errc::kUsage);
}

TEST_CASE("cookies are neither kept nor sent") {
  TestServer server;
  server.on("/set", [](const test::Request&) {
    return test::reply(200, "Set-Cookie: a=b; Path=/\r\n", "");
  });
  Client client(BOTH_ENGINES);
  client.get(server.url("/set"));
  client.get(server.url("/echo"));
  CHECK(server.requests().back().header("Cookie").empty());
}

TEST_CASE("content codings are left as they came") {
  TestServer server;
  Client client(BOTH_ENGINES);
  for (const char* path :
       {"/gzip", "/br", "/zstd", "/deflate", "/bad-gzip", "/encoding/gzip,br", "/bomb/1"}) {
    const Capture capture = client.get(server.url(path));
    CAPTURE(path);
    CHECK(capture.error == FetchError::kNone);
    const std::string length = "Content-Length: " + std::to_string(capture.body.size);
    CHECK(capture.head.find(length) != std::string::npos);
  }
}

TEST_CASE("transfer coding is removed, trailers are dropped") {
  TestServer server;
  Client client(BOTH_ENGINES);
  CHECK(bytes_of(client.get(server.url("/chunked/5000")).body) == patterned_bytes(5000));
  const Capture capture = client.get(server.url("/trailers"));
  CHECK(bytes_of(capture.body) == "abcde");
  CHECK(capture.head.find("X-More") == std::string::npos);
  CHECK(bytes_of(client.get(server.url("/close-delimited/5000")).body) == patterned_bytes(5000));
}

TEST_CASE("interim responses are left out") {
  TestServer server;
  Client client(BOTH_ENGINES);
  for (const char* path : {"/early-hints", "/interim/1", "/interim/50"}) {
    const Capture capture = client.get(server.url(path));
    CAPTURE(path);
    CHECK(capture.status == 200);
    CHECK(capture.head.substr(0, 12) == "HTTP/1.1 200");
    CHECK(capture.head.find("Link") == std::string::npos);
    CHECK(bytes_of(capture.body) == "abcde");
  }
}

TEST_CASE("a body past --max-body is cut there, whatever length it claims") {
  TestServer server;
  FetchOptions options = test_options();
  options.max_body = 100'000;
  Client client(BOTH_ENGINES, options);
  for (const char* path : {"/bytes/100001", "/chunked/200000", "/close-delimited/300000",
                           "/endless", "/endless-chunked"}) {
    const Capture capture = client.get(server.url(path));
    CAPTURE(path);
    CHECK(capture.error == FetchError::kNone);
    CHECK(capture.is_truncated);
    CHECK(capture.status == 200);
    CHECK(capture.body.size == 100'000);
  }
  const Capture exact = client.get(server.url("/bytes/100000"));
  CHECK_FALSE(exact.is_truncated);
  CHECK(bytes_of(exact.body) == patterned_bytes(100'000));
}

TEST_CASE("a large body goes to a spool file, a small one stays in memory") {
  TestServer server;
  FetchOptions options = test_options();
  options.spool_past = 100'000;
  Client client(BOTH_ENGINES, options);
  const Capture small = client.get(server.url("/bytes/100000"));
  CHECK_FALSE(small.body.spool);
  const Capture large = client.get(server.url("/bytes/100001"));
  REQUIRE(large.body.spool);
  CHECK(bytes_of(large.body) == patterned_bytes(100'001));
  CHECK(client.fetcher().stats().most_spooled == 1);
}

namespace {

// A server that sends when it is told to, all at once: it is in the test's own thread.
class OneAnswer {
 public:
  OneAnswer() {
    REQUIRE(::bind(listener_, reinterpret_cast<const sockaddr*>(&where_), size_) == 0);
    REQUIRE(::listen(listener_, 1) == 0);
    REQUIRE(::getsockname(listener_, reinterpret_cast<sockaddr*>(&where_), &size_) == 0);
  }
  OneAnswer(const OneAnswer&) = delete;
  OneAnswer& operator=(const OneAnswer&) = delete;
  ~OneAnswer() { ::close(listener_); }

  std::string url() const { return fmt::format("http://127.0.0.1:{}/", ntohs(where_.sin_port)); }

  // Once the client has asked. Nothing is read before all is sent.
  void answer(Client& client, const std::string& bytes) {
    client.run_until_idle();
    const int peer = ::accept(listener_, nullptr, nullptr);
    REQUIRE(peer >= 0);
    char request[4'096];
    do client.run_until_idle();
    while (::recv(peer, request, sizeof request, MSG_DONTWAIT) <= 0);
    CHECK(::send(peer, bytes.data(), bytes.size(), MSG_NOSIGNAL) ==
          static_cast<ssize_t>(bytes.size()));
    ::close(peer);
  }

 private:
  int listener_ = ::socket(AF_INET, SOCK_STREAM | SOCK_CLOEXEC, 0);
  sockaddr_in where_ = {AF_INET, 0, {htonl(INADDR_LOOPBACK)}, {}};
  socklen_t size_ = sizeof where_;
};

std::string in_tiny_chunks(std::string_view body) {
  std::string bytes = "HTTP/1.1 200 OK\r\nTransfer-Encoding: chunked\r\n\r\n";
  for (const char byte : body) bytes.append("1\r\n").append(1, byte).append("\r\n");
  return bytes + "0\r\n\r\n";
}

}  // namespace

TEST_CASE("a body in very many pieces comes whole, and leaves the loop to others in between") {
  const Engine engine = BOTH_ENGINES;
  FetchOptions options = test_options();
  options.spool_past = GENERATE(10u, 1'000'000u);
  Client client(engine, options);
  OneAnswer server;
  client.begin(server.url());
  server.answer(client, in_tiny_chunks(patterned_bytes(8'000)));
  const auto captures = client.run();
  CHECK(captures[0].error == FetchError::kNone);
  CHECK(bytes_of(captures[0].body) == patterned_bytes(8'000));
  CHECK((client.fetcher().stats().pauses > 0) == (engine == Engine::kAsync));
}

TEST_CASE("a body of usual size never has to wait for another turn") {
  TestServer server;
  Client client(Engine::kAsync);
  CHECK(client.get(server.url("/bytes/700000")).body.size == 700'000);
  CHECK(client.fetcher().stats().pauses == 0);
}

TEST_CASE("a large body that is taken in turn by turn comes whole") {
  TestServer server;
  FetchOptions options = test_options();
  options.spool_past = GENERATE(1'000u, 100'000'000u);
  Client client(BOTH_ENGINES, options);
  CHECK(digest_of(bytes_of(client.get(server.url("/bytes/9000000")).body)) ==
        digest_of(patterned_bytes(9'000'000)));
  CHECK(digest_of(bytes_of(client.get(server.url("/chunked/9000000")).body)) ==
        digest_of(patterned_bytes(9'000'000)));
}

TEST_CASE("past --body-memory every body goes to a spool file, until captures are gone") {
  TestServer server;
  FetchOptions options = test_options();
  options.body_memory = 10'000;
  Client client(BOTH_ENGINES, options);
  {
    const Capture first = client.get(server.url("/bytes/9000"));
    CHECK_FALSE(first.body.spool);
    const Capture second = client.get(server.url("/bytes/2000"));
    REQUIRE(second.body.spool);
    CHECK(bytes_of(second.body) == patterned_bytes(2000));
  }
  CHECK_FALSE(client.get(server.url("/bytes/9000")).body.spool);
}

TEST_CASE("a spool file that cannot be made is our failure, not the site's") {
  TestServer server;
  FetchOptions options = test_options();
  options.spool_past = 10;
  options.spool_directory = "/nonexistent/spool";
  Client client(BOTH_ENGINES, options);
  const Capture capture = client.get(server.url("/bytes/2000"));
  CHECK(capture.error == FetchError::kLocal);
  CHECK(capture.error_text.find("/nonexistent/spool") != std::string::npos);
  CHECK(client.get(server.url("/bytes/10")).error == FetchError::kNone);
}

}  // namespace scraper::fetch
