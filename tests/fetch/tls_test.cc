// Certificates are verified, against one store, with both engines.
#include <fmt/format.h>
#include <netinet/in.h>
#include <sys/socket.h>
#include <unistd.h>

#include <cstdlib>

#include "tests/fetch/harness.h"
#include "tests/fetch/tls_server.h"

namespace scraper::fetch {

namespace {

std::string secure(const std::string& host, const TlsServer& server) {
  return fmt::format("https://{}:{}/", host, server.port());
}

}  // namespace

TEST_CASE("a certificate is trusted when its authority is") {
  TlsServer server("secure.test");
  FetchOptions options = test_options();
  options.ca_file = server.authority_file();
  Client client(BOTH_ENGINES, options);
  const Capture capture = client.get(secure("secure.test", server));
  CHECK(capture.error_text == "");
  CHECK(bytes_of(capture.body) == "secure");
  CHECK(capture.timing.connected > Duration::zero());
  CHECK_FALSE(client.get(secure("secure.test", server)).is_new_connection);
  CHECK(server.connections() == 1);
}

TEST_CASE("a certificate for another name is refused, and not worth a retry") {
  TlsServer server("secure.test");
  FetchOptions options = test_options();
  options.ca_file = server.authority_file();
  Client client(BOTH_ENGINES, options);
  const Capture capture = client.get(secure("other.test", server));
  CHECK(capture.error == FetchError::kTls);
  CHECK_FALSE(is_worth_retrying(capture.error));
  CHECK_FALSE(capture.error_text.empty());
}

TEST_CASE("an authority that the system does not know is refused") {
  TlsServer server("secure.test");
  Client client(BOTH_ENGINES);
  CHECK(client.get(secure("secure.test", server)).error == FetchError::kTls);
}

TEST_CASE("without a file named, the system's authorities are trusted") {
  TlsServer server("secure.test");
  REQUIRE(::setenv("SSL_CERT_FILE", server.authority_file().c_str(), 1) ==
          0);  // OpenSSL's own name for where the system has them
  Client client(BOTH_ENGINES);
  const Capture capture = client.get(secure("secure.test", server));
  CHECK(capture.error_text == "");
  CHECK(bytes_of(capture.body) == "secure");
  ::unsetenv("SSL_CERT_FILE");
}

TEST_CASE("option --insecure verifies nothing") {
  TlsServer server("secure.test");
  FetchOptions options = test_options();
  options.is_insecure = true;
  Client client(BOTH_ENGINES, options);
  CHECK(bytes_of(client.get(secure("other.test", server)).body) == "secure");
}

TEST_CASE("a plain server asked for https is a failure of TLS") {
  TestServer server;
  Client client(BOTH_ENGINES);
  server.on("/", [](const test::Request&) { return test::html("plain"); });
  CHECK(client.get(fmt::format("https://127.0.0.1:{}/", server.port())).error == FetchError::kTls);
}

TEST_CASE("a handshake that is never answered ends after --timeout") {
  const int listener = ::socket(AF_INET, SOCK_STREAM | SOCK_CLOEXEC, 0);
  sockaddr_in where{};
  where.sin_family = AF_INET;
  where.sin_addr.s_addr = htonl(INADDR_LOOPBACK);
  socklen_t size = sizeof where;
  REQUIRE(::bind(listener, reinterpret_cast<const sockaddr*>(&where), size) == 0);
  REQUIRE(::listen(listener, 10) == 0);  // connections are made, and nobody takes them
  REQUIRE(::getsockname(listener, reinterpret_cast<sockaddr*>(&where), &size) == 0);
  FetchOptions options = test_options();
  options.timeout = std::chrono::milliseconds(300);
  Client client(BOTH_ENGINES, options);
  const TimePoint start = SteadyClock::now();
  const Capture capture = client.get(fmt::format("https://127.0.0.1:{}/", ntohs(where.sin_port)));
  CHECK((capture.error == FetchError::kConnect || capture.error == FetchError::kTimeout));
  CHECK(SteadyClock::now() - start < std::chrono::seconds(5));
  ::close(listener);
}

TEST_CASE("a file of certificates that cannot be read stops at the start") {
  boost::asio::io_context io;
  FetchOptions options = test_options();
  options.ca_file = "/nonexistent/ca.pem";
  const auto fetcher = make_fetcher(BOTH_ENGINES, options, io.get_executor());
  REQUIRE(fetcher.has_error());
  CHECK(fetcher.error().code == Errc::kFile);
  CHECK(fetcher.error().context.find("/nonexistent/ca.pem") != std::string::npos);
}

TEST_CASE("the version names libcurl and what it can do") {
  const std::string version = library_version();
  CHECK(version.find("libcurl/") == 0);
  CHECK(version.find(" HTTP2") != std::string::npos);
}

}  // namespace scraper::fetch
