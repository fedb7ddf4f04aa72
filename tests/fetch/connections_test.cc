// Connections: which are kept, whom they may lead to, and how everything in flight is ended. Every
// case with both engines.
#include <fmt/format.h>
#include <netinet/in.h>
#include <sys/socket.h>
#include <unistd.h>

#include <array>
#include <chrono>

#include "tests/fetch/harness.h"

namespace scraper::fetch {

namespace {

std::string named(const std::string& host, const TestServer& server, const std::string& path) {
  return fmt::format("http://{}:{}{}", host, server.port(), path);
}

FetchRequest request(const std::string& url, const std::vector<std::string>& addresses) {
  FetchRequest request{url_of(url), {}};
  for (const auto& address : addresses)
    request.addresses.push_back(boost::asio::ip::make_address(address));
  return request;
}

}  // namespace

TEST_CASE("a connection is used again for its host") {
  TestServer server;
  Client client(BOTH_ENGINES);
  for (int i = 0; i < 20; ++i)
    CHECK(client.get(server.url("/bytes/10")).is_new_connection == (i == 0));
  CHECK(server.connections() == 1);
  CHECK(client.fetcher().stats().connections == 1);
  CHECK(client.fetcher().stats().transfers == 20);
}

TEST_CASE("as many connections as transfers at once, and no more") {
  TestServer server;
  Client client(BOTH_ENGINES);
  for (int round = 0; round < 3; ++round) {
    server.hold("/bytes/1");
    for (int i = 0; i < 8; ++i) client.begin(server.url("/bytes/1"));
    client.run_until_idle();
    REQUIRE(server.wait_for("/bytes/1", 8 * static_cast<std::size_t>(round + 1)));
    CHECK(client.fetcher().stats().in_flight == 8);
    server.release("/bytes/1");
    for (const Capture& capture : client.run()) CHECK(capture.status == 200);
  }
  CHECK(server.connections() == 8);
  CHECK(client.fetcher().stats().in_flight == 0);
}

TEST_CASE("idle connections are bounded in all, the longest idle goes first") {
  TestServer server;
  FetchOptions options = test_options();
  options.idle_connections = 2;
  Client client(BOTH_ENGINES, options);
  for (const char* host : {"a.test", "b.test", "c.test"})
    client.get(named(host, server, "/bytes/1"));
  CHECK_FALSE(client.get(named("c.test", server, "/bytes/1")).is_new_connection);
  CHECK_FALSE(client.get(named("b.test", server, "/bytes/1")).is_new_connection);
  CHECK(client.get(named("a.test", server, "/bytes/1")).is_new_connection);
  CHECK(client.get(named("c.test", server, "/bytes/1")).is_new_connection);
}

TEST_CASE("a kept connection that the server closed meanwhile is replaced silently") {
  TestServer server;
  server.on("/close", [](const test::Request&) {
    return test::RawReply{{{"HTTP/1.1 200 OK\r\nContent-Length: 2\r\n\r\nok"}}, test::End::kClose};
  });
  Client client(BOTH_ENGINES);
  for (int i = 0; i < 5; ++i) CHECK(bytes_of(client.get(server.url("/close")).body) == "ok");
}

TEST_CASE("no connection is made to an address that the guard refuses") {
  TestServer server;
  FetchOptions options = test_options();
  options.guard = guard_that_allows({});
  Client client(BOTH_ENGINES, options);
  const Capture literal = client.get(request(server.url("/"), {}));
  CHECK(literal.error == FetchError::kAddressRefused);
  CHECK(literal.error_text == "127.0.0.1: loopback address");
  const Capture name =
      client.get(request(named("site.test", server, "/"), {"127.0.0.1", "10.0.0.1"}));
  CHECK(name.error == FetchError::kAddressRefused);
  CHECK(client.get(request(named("[::ffff:7f00:1]", server, "/"), {})).error ==
        FetchError::kAddressRefused);
  CHECK(server.connections() == 0);
}

TEST_CASE("of several addresses only those allowed are tried") {
  TestServer server;
  Client client(BOTH_ENGINES);
  const Capture capture = client.get(request(named("site.test", server, "/bytes/5"),
                                             {"10.0.0.1", "169.254.169.254", "127.0.0.1"}));
  CHECK(capture.status == 200);
  CHECK(capture.remote_address == "127.0.0.1");
  const Capture other_family =
      client.get(request(named("two.test", server, "/bytes/5"), {"::1", "127.0.0.1"}));
  CHECK(other_family.status == 200);
  CHECK(other_family.remote_address == "127.0.0.1");
}

TEST_CASE("names lead where they were resolved to, each time anew") {
  TestServer one;
  TestServer::Options there;
  there.address = "127.0.0.2";
  Client client(BOTH_ENGINES);
  TestServer two(there);
  // Two ports, so two origins; the address of the second request is what it was given, whatever was
  // known before.
  CHECK(client.get(request(named("site.test", one, "/bytes/1"), {"127.0.0.1"})).remote_address ==
        "127.0.0.1");
  CHECK(client.get(request(named("site.test", two, "/bytes/1"), {"127.0.0.1"})).error ==
        FetchError::kConnect);
  CHECK(client.get(request(named("site.test", two, "/bytes/1"), {"127.0.0.2"})).remote_address ==
        "127.0.0.2");
  CHECK(two.requests().back().host == "site.test:" + std::to_string(two.port()));
}

TEST_CASE(
    "option --connect-to sends every host to the server, under its own name, and the guard sees "
    "the real address") {
  TestServer server;
  FetchOptions options = test_options();
  options.connect_to = {ConnectTo::parse(server.connect_to()).value()};
  const Engine engine = BOTH_ENGINES;
  Client client(engine, options);
  CHECK(client.get(request("http://news.demo.test/bytes/1", {"127.0.0.1"})).status == 200);
  CHECK(client.get(request("http://other.demo.test:8080/bytes/1", {})).status == 200);
  CHECK(server.requests()[0].host == "news.demo.test");
  CHECK(server.requests()[1].host == "other.demo.test:8080");
  options.guard = guard_that_allows({});
  Client guarded(engine, options);
  CHECK(guarded.get(request("http://news.demo.test/", {"127.0.0.1"})).error ==
        FetchError::kAddressRefused);
}

TEST_CASE("IPv6 is asked like IPv4") {
  TestServer::Options both;
  both.with_ipv6 = true;
  TestServer server(both);
  if (!server.has_ipv6()) {
    WARN("skipped: this machine has no ::1");
    return;
  }
  Client client(BOTH_ENGINES);
  CHECK(client.get(request(named("[::1]", server, "/bytes/1"), {})).remote_address == "::1");
  CHECK(client.get(request(named("site.test", server, "/bytes/1"), {"::1"})).remote_address ==
        "::1");
}

TEST_CASE(
    "a proxy is asked with the absolute URL, its own address is exempt from the guard, the "
    "target's is not") {
  TestServer proxy;
  proxy.on("/page", [](const test::Request&) { return test::reply(200, "", "by proxy"); });
  FetchOptions options = test_options();
  options.guard = guard_that_allows({});
  options.proxy = "http://127.0.0.1:" + std::to_string(proxy.port());
  Client client(BOTH_ENGINES, options);
  const Capture capture = client.get(request("http://site.example/page?a=b", {}));
  CHECK(bytes_of(capture.body) == "by proxy");
  CHECK(proxy.requests()[0].target == "http://site.example/page?a=b");
  for (const char* refused : {"http://127.0.0.1/", "http://[::1]/", "http://localhost/",
                              "http://169.254.169.254/latest/"}) {
    CAPTURE(refused);
    CHECK(client.get(request(refused, {})).error == FetchError::kAddressRefused);
  }
  CHECK(proxy.requests().size() == 1);
  proxy.on("site.example:443", [](const test::Request&) { return test::reply(403, "", "no"); });
  CHECK(client.get(request("https://site.example/", {})).error == FetchError::kProxy);
}

TEST_CASE("a proxy may be given by name") {
  TestServer proxy;
  FetchOptions options = test_options();
  options.proxy = fmt::format("localhost:{}", proxy.port());
  Client client(BOTH_ENGINES, options);
  for (int i = 0; i < 3; ++i)
    CHECK(client.get(request("http://site.example/bytes/5", {})).status == 200);
  CHECK(proxy.connections() == 1);
}

TEST_CASE("the environment's proxy is not used") {
  TestServer server;
  ::setenv("http_proxy", "http://127.0.0.1:1", 1);
  ::setenv("ALL_PROXY", "http://127.0.0.1:1", 1);
  Client client(BOTH_ENGINES);
  CHECK(client.get(server.url("/bytes/1")).status == 200);
  ::unsetenv("http_proxy");
  ::unsetenv("ALL_PROXY");
}

TEST_CASE("everything in flight ends at once when it is cancelled") {
  TestServer server;
  const Engine engine = BOTH_ENGINES;
  FetchOptions options = test_options();
  options.concurrency = 200;
  Client client(engine, options);
  for (int i = 0; i < 190; ++i) client.begin(server.url(i % 2 == 0 ? "/silent" : "/endless-wait"));
  server.on("/endless-wait", [](const test::Request&) {
    return test::RawReply{
        {{"HTTP/1.1 200 OK\r\nContent-Length: 10\r\n\r\nabc"}, {"", std::chrono::hours(1)}},
        test::End::kClose};
  });
  client.run_until_idle();
  REQUIRE(server.wait_for("/silent", 95));
  REQUIRE(server.wait_for("/endless-wait", 95));
  CHECK(client.fetcher().stats().in_flight == 190);
  const TimePoint start = SteadyClock::now();
  client.fetcher().cancel_all();
  const auto captures = client.run();
  CHECK(SteadyClock::now() - start < std::chrono::seconds(2));
  for (const Capture& capture : captures) CHECK(capture.error == FetchError::kCancelled);
  CHECK(client.get(server.url("/bytes/1")).error == FetchError::kCancelled);
}

TEST_CASE("one of many is cancelled by its number, the others go on") {
  TestServer server;
  FetchOptions options = test_options();
  options.concurrency = 100;
  Client client(BOTH_ENGINES, options);
  server.hold("/bytes/3");
  for (std::uint64_t id = 1; id <= 60; ++id) client.begin(server.url("/bytes/3"), id);
  client.run_until_idle();
  REQUIRE(server.wait_for("/bytes/3", 60));
  client.fetcher().cancel(7);
  client.fetcher().cancel(61);  // nobody's
  server.release("/bytes/3");
  const auto captures = client.run();
  REQUIRE(captures.size() == 60);
  for (std::size_t i = 0; i < 60; ++i)
    CHECK(captures[i].error == (i == 6 ? FetchError::kCancelled : FetchError::kNone));
  CHECK(client.get(server.url("/bytes/1")).status == 200);
}

TEST_CASE("transfers that have not begun are cancelled too") {
  TestServer server;
  Client client(BOTH_ENGINES);
  for (int i = 0; i < 64; ++i) client.begin(server.url("/silent"));
  client.run_until_idle();
  client.fetcher().cancel_all();
  for (const Capture& capture : client.run()) CHECK(capture.error == FetchError::kCancelled);
}

// libcurl 7.88.1 closes such sockets without a word.
TEST_CASE("connections that are never made are cancelled or time out, and leave nothing behind") {
  const Engine engine = BOTH_ENGINES;
  const bool is_cancelled = GENERATE(true, false);
  // A listener whose queue is full answers no further connection. It is filled here, one after
  // another: of many that knock together Linux lets one too many believe that it is in.
  const int listener = ::socket(AF_INET, SOCK_STREAM | SOCK_CLOEXEC, 0);
  sockaddr_in where{};
  where.sin_family = AF_INET;
  where.sin_addr.s_addr = htonl(INADDR_LOOPBACK);
  socklen_t size = sizeof where;
  REQUIRE(::bind(listener, reinterpret_cast<const sockaddr*>(&where), size) == 0);
  REQUIRE(::listen(listener, 1) == 0);
  REQUIRE(::getsockname(listener, reinterpret_cast<sockaddr*>(&where), &size) == 0);
  std::array<int, 2> queued{};  // a backlog of one holds two
  for (int& socket : queued) {
    socket = ::socket(AF_INET, SOCK_STREAM | SOCK_CLOEXEC, 0);
    REQUIRE(::connect(socket, reinterpret_cast<const sockaddr*>(&where), size) == 0);
  }
  { Client warm_up(engine); }
  const std::size_t before = open_descriptors();
  {
    FetchOptions options = test_options();
    options.timeout = std::chrono::milliseconds(is_cancelled ? 20'000 : 600);
    Client client(engine, options);
    for (int i = 0; i < 20; ++i)
      client.begin(fmt::format("http://h{}.test:{}/", i, ntohs(where.sin_port)));
    const std::size_t all =
        engine == Engine::kThreads ? 20 * 3 : 20;  // the socket, and libcurl's pair to be woken by
    while (is_cancelled && open_descriptors() < before + all) client.run_until_idle();
    if (is_cancelled) client.fetcher().cancel_all();
    const TimePoint start = SteadyClock::now();
    const auto captures = client.run();
    CHECK(SteadyClock::now() - start < std::chrono::seconds(3));
    std::size_t never_made = 0;
    for (const Capture& capture : captures) {
      CHECK(capture.error != FetchError::kNone);
      never_made += capture.error == FetchError::kConnect ? 1 : 0;
    }
    CHECK(never_made == (is_cancelled ? 0 : 20));
  }
  CHECK(open_descriptors() == before);
  for (const int socket : queued) ::close(socket);
  ::close(listener);
}

TEST_CASE("an engine leaves no descriptor behind") {
  TestServer server;
  const Engine engine = BOTH_ENGINES;
  { Client warm_up(engine); }
  const std::size_t before = open_descriptors();
  {
    FetchOptions options = test_options();
    options.spool_past = 1'000;
    options.idle_connections = 4;
    Client client(engine, options);
    for (const char* path :
         {"/bytes/10", "/bytes/5000", "/drop", "/reset-in-body", "/endless-headers", "/http09"}) {
      std::vector<std::string> urls;
      for (int i = 0; i < 10; ++i)
        urls.push_back(named("h" + std::to_string(i) + ".test", server, path));
      client.get_all(urls);
    }
  }
  // The server's own ends of these connections close when it notices; a new one waits for none of
  // them.
  CHECK(open_descriptors() <= before + server.connections());
}

}  // namespace scraper::fetch
