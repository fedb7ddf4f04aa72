// The load server over real sockets: in a thread of this program, where a test can see it all.
#include "base/descriptor.h"
#include "bench/load/server.h"

#include <curl/curl.h>
#include <fcntl.h>
#include <sys/resource.h>
#include <unistd.h>

#include <algorithm>
#include <array>
#include <fstream>
#include <functional>
#include <future>
#include <memory>
#include <optional>
#include <string>
#include <vector>

#include "base/clock.h"
#include "base/thread.h"
#include "bench/load/bare_client.h"
#include "bench/load/tls.h"
#include "tests/bench/load_client.h"
#include "tests/catch.h"
#include "tests/support/folder.h"

using namespace scraper;
using namespace scraper::bench;
using namespace scraper::bench::test;
using namespace std::chrono_literals;

namespace {

// The server in a thread of its own; its destructor closes the pipe, which has to end it.
class Serving {
 public:
  explicit Serving(const LoadOptions& options = {}) {
    std::array<int, 2> pipe{};
    REQUIRE(::pipe2(pipe.data(), O_CLOEXEC) == 0);
    watched_.reset(pipe[0]);
    held_.reset(pipe[1]);
    auto site = promise_.get_future();
    const auto run = [this, options] {
      result_ = serve_load(options, watched_.get(),
                           [this](const LoadSite& where) { promise_.set_value(where); });
    };
    auto started = Thread::start("load-server", run);
    REQUIRE(started.has_value());
    thread_.emplace(std::move(*started));
    REQUIRE(site.wait_for(30s) == std::future_status::ready);
    site_ = site.get();
  }
  ~Serving() { end(); }

  const LoadSite& site() const { return site_; }
  LoadStats stats() const {
    const auto stats = site_.stats();
    REQUIRE(stats.has_value());
    return *stats;
  }
  // The counters once that is true of them; the last ones when it does not become true.
  LoadStats stats_when(const std::function<bool(const LoadStats&)>& is_true) const {
    const TimePoint deadline = SteadyClock::now() + 20s;
    LoadStats now = stats();
    while (!is_true(now) && SteadyClock::now() < deadline) now = stats();
    return now;
  }
  bool end() {
    held_.reset();
    thread_.reset();  // joins
    return bool(result_);
  }

 private:
  Descriptor watched_, held_;
  std::promise<LoadSite> promise_;
  LoadSite site_;
  Result<void> result_;
  std::optional<Thread> thread_;
};

std::string head_of(const std::string& answer) {
  return answer.substr(0, answer.find("\r\n\r\n") + 4);
}
std::string body_of(const std::string& answer) {
  return answer.substr(answer.find("\r\n\r\n") + 4);
}

// What libcurl makes of a URL.
struct Fetched {
  CURLcode code = CURLE_OK;
  long status = 0;
  long version = 0;
  std::string body;
};

Fetched fetch_url(const std::string& url, const std::string& ca_file = "") {
  Fetched fetched;
  const std::unique_ptr<CURL, void (*)(CURL*)> easy(curl_easy_init(), curl_easy_cleanup);
  const auto take = +[](char* bytes, std::size_t, std::size_t size, void* body) {
    static_cast<std::string*>(body)->append(bytes, size);
    return size;
  };
  curl_easy_setopt(easy.get(), CURLOPT_URL, url.c_str());
  curl_easy_setopt(easy.get(), CURLOPT_WRITEFUNCTION, take);
  curl_easy_setopt(easy.get(), CURLOPT_WRITEDATA, &fetched.body);
  curl_easy_setopt(easy.get(), CURLOPT_TIMEOUT, 60L);
  curl_easy_setopt(easy.get(), CURLOPT_NOPROXY, "*");
  curl_easy_setopt(easy.get(), CURLOPT_HTTP_VERSION, CURL_HTTP_VERSION_2TLS);
  if (!ca_file.empty()) curl_easy_setopt(easy.get(), CURLOPT_CAINFO, ca_file.c_str());
  fetched.code = curl_easy_perform(easy.get());
  curl_easy_getinfo(easy.get(), CURLINFO_RESPONSE_CODE, &fetched.status);
  curl_easy_getinfo(easy.get(), CURLINFO_HTTP_VERSION, &fetched.version);
  return fetched;
}

}  // namespace

TEST_CASE("the load server answers with a body of any size, and its right head") {
  const Serving server;
  for (const std::size_t size : {0, 1, 37, 10'240, 262'143, 262'144, 262'145, 3'000'000}) {
    INFO(size);
    const std::string answer = ask(server.site(), get("/b/" + std::to_string(size)));
    CHECK(head_of(answer) == ok_head(size, true));
    CHECK((body_of(answer) == page(size)));
  }
  CHECK(page(10'240).starts_with("<!doctype html>"));
}

TEST_CASE("a hundred megabytes come whole from the load server") {
  const Serving server;
  const Fetched fetched = fetch_url(server.site().url({.body = 100'000'000}));
  CHECK(fetched.code == CURLE_OK);
  CHECK((fetched.body == page(100'000'000)));
}

TEST_CASE("the load server answers no sooner than asked and counts by how much later") {
  const Serving server;
  const TimePoint start = SteadyClock::now();
  CHECK(head_of(ask(server.site(), get("/b/5/d/60"))) == ok_head(5, true));
  CHECK(SteadyClock::now() - start >= 60ms);
  const LoadStats stats = server.stats();
  CHECK(std::count(stats.lateness.begin(), stats.lateness.end(), 1u) == 1);
}

TEST_CASE("delays of the load server end in their own order") {
  const Serving server;
  const Descriptor slow = connect(server.site());
  send(slow, get("/b/1/d/400"));
  const Descriptor quick = connect(server.site());
  send(quick, get("/b/2/d/1"));
  CHECK(head_of(receive(quick)) == ok_head(2, true));
  CHECK(server.stats().requests == 1);  // far from 400 ms later
  CHECK(head_of(receive(slow)) == ok_head(1, true));
}

TEST_CASE(
    "a connection to the load server stays open until the path or the client says otherwise") {
  const Serving server;
  const Descriptor socket = connect(server.site());
  send(socket, get("/b/3", false));
  send(socket, get("/b/4/n", false));
  CHECK(receive(socket) == ok_head(3, false) + page(3) + ok_head(4, true) + page(4));
  CHECK(server.stats().accepted == 2);  // this one and the asking one
}

TEST_CASE("requests to the load server may come together or in pieces") {
  const Serving server;
  std::string expected, requests;
  for (std::size_t size = 0; size < 200; ++size) {
    expected += ok_head(size, size == 199) + page(size);
    requests += get("/b/" + std::to_string(size) + (size % 50 == 7 ? "/d/1" : ""), size == 199);
  }
  CHECK(ask(server.site(), requests) == expected);
  const Descriptor socket = connect(server.site());
  for (const char byte : get("/b/9")) send(socket, {&byte, 1});
  CHECK(receive(socket) == ok_head(9, true) + page(9));
}

TEST_CASE("the load server refuses what it is not there for") {
  const Serving server;
  struct Row {
    std::string request;
    std::string line;
  };
  const Row rows[] = {
      {get("/robots.txt"), "HTTP/1.1 404 Not Found\r\n"},
      {get("/"), "HTTP/1.1 404 Not Found\r\n"},
      {"HEAD /b/1 HTTP/1.1\r\nHost: a\r\nConnection: close\r\n\r\n",
       "HTTP/1.1 405 Method Not Allowed\r\nAllow: GET\r\n"},
      {"DELETE /b/1 HTTP/1.0\r\n\r\n", "HTTP/1.1 405 Method Not Allowed\r\nAllow: GET\r\n"},
      {"hello", "HTTP/1.1 400 Bad Request\r\n"},
      {std::string("\x16\x03\x01\x00\x05", 5), "HTTP/1.1 400 Bad Request\r\n"},
      {"GET /b/1 HTTP/1.1\r\nHost: a\r\nX: " + std::string(100'000, 'x'),
       "HTTP/1.1 400 Bad Request\r\n"},
      {"GET /b/1 HTTP/1.1\r\n\r\nGET /b/1 HTTP/1.1\r\n\r\n", "HTTP/1.1 400 Bad Request\r\n"},
  };
  for (const Row& row : rows) {
    INFO(row.request.substr(0, 50));
    const std::string answer = ask(server.site(), row.request);
    CHECK(answer.starts_with(row.line));
    CHECK(answer.ends_with("Content-Length: 0\r\nConnection: close\r\n\r\n"));
  }
  CHECK(server.stats().refused == std::size(rows));
  CHECK(server.stats().requests == 0);
}

TEST_CASE("what the load server never answers it counts as abandoned when the client goes") {
  const Serving server;
  for (const char* path : {"/hang", "/b/1/d/3600000", "/b/100000000"}) {
    const Descriptor socket = connect(server.site());
    send(socket, get(path, false));
  }
  const LoadStats stats =
      server.stats_when([](const LoadStats& now) { return now.abandoned == 3; });
  CHECK(stats.abandoned == 3);
  CHECK(stats.requests == 0);
}

TEST_CASE("two thousand connections to the load server are all answered, and the counters add up") {
  rlimit limit{};
  ::getrlimit(RLIMIT_NOFILE, &limit);
  limit.rlim_cur = limit.rlim_max;
  ::setrlimit(RLIMIT_NOFILE, &limit);
  REQUIRE(limit.rlim_max >= 4'200);  // both ends are here
  for (const unsigned threads : {1u, 2u}) {
    const Serving server({.addresses = 8, .threads = threads});
    const BareRun run{.page = {.body = 1000}, .connections = 2000, .duration = 200ms};
    const auto figures = run_bare_client(server.site(), run);
    REQUIRE(figures.has_value());
    CHECK(figures->errors == 0);
    const LoadStats stats = server.stats_when([](const LoadStats& now) { return now.open == 1; });
    CHECK(stats.requests >= 2001);             // one was asked to see what an answer is like
    CHECK(stats.bytes % stats.requests != 0);  // those of /stats are among them
    CHECK(stats.bytes >= stats.requests * (1000 + ok_head(1000, false).size()));
    CHECK(stats.most_open >= 2001);
    CHECK(stats.accepted >= 2003);
    CHECK(stats.open == 1);
    CHECK(stats.cpu_us > 0);
    CHECK(stats.abandoned + stats.refused + stats.unaccepted + stats.broken == 0);
    CHECK(figures->server.requests <= stats.requests);
    CHECK(server.site().addresses.size() == 8);
  }
}

TEST_CASE(
    "every address of the load server answers, over TLS verified against its certificate, HTTP/1.1 "
    "only") {
  const Serving server({.addresses = 5, .has_tls = true});
  const scraper::test::Folder folder;
  const std::string ca_file = folder.file("ca.pem", server.site().certificate);
  for (std::size_t which = 0; which < 5; ++which) {
    for (const bool is_https : {false, true}) {
      const std::string url = server.site().url(
          {.body = 20'000, .is_https = is_https, .is_new_connection = which == 3}, which);
      INFO(url);
      CHECK(url.find("127.0.0." + std::to_string(which + 1)) != url.npos);
      const Fetched fetched = fetch_url(url, ca_file);
      CHECK(fetched.code == CURLE_OK);
      CHECK(fetched.status == 200);
      CHECK(fetched.version == CURL_HTTP_VERSION_1_1);
      CHECK((fetched.body == page(20'000)));
    }
  }
  auto other = make_load_tls({"127.0.0.1"});
  REQUIRE(other.has_value());
  CHECK(
      fetch_url(server.site().url({.is_https = true}), folder.file("other.pem", other->certificate))
          .code == CURLE_PEER_FAILED_VERIFICATION);
  CHECK(server.stats_when([](const LoadStats& now) { return now.broken > 0; }).broken == 1);
}

TEST_CASE("large bodies come whole over TLS, too") {
  const Serving server({.has_tls = true});
  const scraper::test::Folder folder;
  const Fetched fetched = fetch_url(server.site().url({.body = 5'000'001, .is_https = true}),
                                    folder.file("ca.pem", server.site().certificate));
  CHECK(fetched.code == CURLE_OK);
  CHECK((fetched.body == page(5'000'001)));
}

TEST_CASE("the bare TLS client verifies, and resumes only when told") {
  const Serving server({.addresses = 2, .has_tls = true});
  const scraper::test::Folder folder;
  const std::string ca_file = folder.file("ca.pem", server.site().certificate);
  const auto fresh = run_bare_tls(server.site(), ca_file, {.duration = 20ms});
  REQUIRE(fresh.has_value());
  CHECK(fresh->connections > 0);
  CHECK(fresh->resumed == 0);
  CHECK(fresh->cpu_us > 0);
  const auto resuming = run_bare_tls(server.site(), ca_file, {.duration = 20ms, .resumes = true});
  REQUIRE(resuming.has_value());
  CHECK(resuming->resumed == resuming->connections);
  auto other = make_load_tls({"127.0.0.1"});
  REQUIRE(other.has_value());
  CHECK(run_bare_tls(server.site(), folder.file("other.pem", other->certificate), {}).has_error());
}

TEST_CASE("the load server listens on loopback alone, the same port on each address") {
  const Serving server({.addresses = 32, .has_tls = true});
  for (const std::uint16_t port : {server.site().port, server.site().tls_port}) {
    std::vector<std::string> listening;
    std::ifstream table("/proc/net/tcp");  // "  0: 0100007F:1F90 00000000:0000 0A …": the address
                                           // in the machine's order
    std::array<char, 8> number{};
    std::snprintf(number.data(), number.size(), ":%04X", port);
    for (std::string slot, local, remote, state, rest;
         table >> slot >> local >> remote >> state && std::getline(table, rest);) {
      if (state == "0A" && local.ends_with(number.data())) listening.push_back(local);
    }
    CHECK(listening.size() == 32);
    const auto is_loopback = [](const std::string& local) {
      return local.substr(0, local.find(':')).ends_with("7F");
    };
    CHECK(std::all_of(listening.begin(), listening.end(), is_loopback));
  }
}

TEST_CASE("the load server ends when its pipe is closed, whatever it still owes") {
  for (const unsigned threads : {1u, 3u}) {
    Serving server({.threads = threads});
    const Descriptor socket = connect(server.site());
    send(socket, get("/hang"));
    CHECK(server.end());
    CHECK(connect_to_load("127.0.0.1", server.site().port).has_error());
  }
}
