// The pure parts of the load server: what it reads as a request, and how it counts.
#include "bench/load/request.h"

#include <boost/json.hpp>
#include <string>

#include "bench/load/stats.h"
#include "tests/catch.h"

using namespace scraper::bench;
using What = LoadRequest::What;
using std::chrono::milliseconds;

namespace {

LoadRequest read_target(const std::string& target) {
  LoadRequest request;
  const std::string bytes = "GET " + target + " HTTP/1.1\r\nHost: a\r\n\r\n";
  REQUIRE(read_load_request(bytes, request) == bytes.size());
  return request;
}

LoadRequest read_whole(const std::string& bytes) {
  LoadRequest request;
  REQUIRE(read_load_request(bytes, request) > 0);
  return request;
}

}  // namespace

TEST_CASE("a path of the load server says body, delay and the connection's end") {
  struct Row {
    const char* target;
    std::uint64_t body;
    int delay;
    bool is_last;
  };
  const Row rows[] = {
      {"/b/0", 0, 0, false},
      {"/b/10240", 10'240, 0, false},
      {"/b/10240?page=7", 10'240, 0, false},
      {"/b/104857600/d/200", 104'857'600, 200, false},
      {"/b/1/d/1000/n", 1, 1000, true},
      {"/b/1/n?page=8", 1, 0, true},
      {"/b/1000000000000/d/3600000", kMaxLoadBody, 3'600'000, false},
  };
  for (const Row& row : rows) {
    INFO(row.target);
    const LoadRequest request = read_target(row.target);
    CHECK(request.what == What::kBody);
    CHECK(request.body == row.body);
    CHECK(request.delay == milliseconds(row.delay));
    CHECK(request.is_last == row.is_last);
  }
}

TEST_CASE("load_path() writes what is read") {
  for (const bool is_last : {false, true}) {
    const LoadRequest request = read_target(load_path(123, milliseconds(45), is_last));
    CHECK(request.what == What::kBody);
    CHECK(request.body == 123);
    CHECK(request.delay == milliseconds(45));
    CHECK(request.is_last == is_last);
  }
}

TEST_CASE("other paths of the load server are not found") {
  for (const char* target : {"/", "/robots.txt", "/b", "/b/", "/b/x", "/b/-1", "/b/1/", "/b/1/d",
                             "/b/1/d/", "/b/1/x", "/b/1/n/d/2", "/b/1d/2", "/b/1000000000001",
                             "/b/99999999999999999999999", "/b/1/d/3600001", "/hang/", "/statsx"}) {
    INFO(target);
    CHECK(read_target(target).what == What::kNotFound);
  }
  CHECK(read_target("/hang").what == What::kHang);
  CHECK(read_target("/stats?now").what == What::kStats);
}

TEST_CASE("a client of the load server may end the connection, too") {
  const auto is_last = [](const std::string& rest) {
    return read_whole("GET /b/1 HTTP/" + rest + "\r\n\r\n").is_last;
  };
  CHECK_FALSE(is_last("1.1\r\nHost: a"));
  CHECK_FALSE(is_last("1.1\r\nHost: a\r\nConnection: keep-alive"));
  CHECK_FALSE(is_last("1.1\r\nHost: a\r\nX-Connection: close"));
  CHECK(is_last("1.1\r\nHost: a\r\nConnection: close"));
  CHECK(is_last("1.1\r\nHost: a\r\nconnection:  TE , Close "));
  CHECK(is_last("1.0"));
}

TEST_CASE("only GET is allowed by the load server") {
  for (const char* method : {"HEAD", "POST", "OPTIONS", "BREW"}) {
    CHECK(read_whole(std::string(method) + " /b/1 HTTP/1.1\r\nHost: a\r\nContent-Length: 0\r\n\r\n")
              .what == What::kNotAllowed);
  }
}

TEST_CASE("a request of the load server that is not whole takes nothing, whatever is missing") {
  const std::string whole = "GET /b/1 HTTP/1.1\r\nHost: a\r\n\r\n";
  LoadRequest request;
  for (std::size_t size = 0; size < whole.size(); ++size)
    CHECK(read_load_request(whole.substr(0, size), request) == 0);
  CHECK(read_load_request(whole + "GET /", request) == whole.size());
}

TEST_CASE("what is no request is bad and takes everything") {
  const std::string long_field(9000, 'x');
  const std::string rows[] = {
      std::string("\x16\x03\x01\x02\x00\x01\x00", 7),
      "get /b/1 HTTP/1.1\r\nHost: a\r\n\r\n",
      "hello",
      " GET /b/1 HTTP/1.1\r\nHost: a\r\n\r\n",
      "ATHINGTHATISNOMETHOD",
      "GET /b/1\r\n\r\n",
      "GET /b/1 HTTP/2.0\r\nHost: a\r\n\r\n",
      "GET  /b/1 HTTP/1.1\r\nHost: a\r\n\r\n",
      "GET b/1 HTTP/1.1\r\nHost: a\r\n\r\n",
      "GET /b/1 HTTP/1.1\r\n\r\n",
      "GET /b/1 HTTP/1.1\r\nHost a\r\n\r\n",
      "GET /b/1 HTTP/1.1\r\nHost : a\r\n\r\n",
      "GET /b/1 HTTP/1.1\r\nHost: a\r\n folded: b\r\n\r\n",
      "GET /b/1 HTTP/1.1\r\nHost: a\r\n: b\r\n\r\n",
      "GET /b/1 HTTP/1.1\r\nHost: a\r\nContent-Length: 3\r\n\r\nabc",
      "GET /b/1 HTTP/1.1\r\nHost: a\r\nTransfer-Encoding: chunked\r\n\r\n0\r\n\r\n",
      "GET /b/1 HTTP/1.1\r\nHost: a\r\nX: " + long_field,
      "GET /b/1 HTTP/1.1\r\nHost: a\r\nX: " + long_field + "\r\n\r\n",
  };
  for (const std::string& bytes : rows) {
    INFO(bytes.substr(0, 60));
    LoadRequest request;
    CHECK(read_load_request(bytes, request) == bytes.size());
    CHECK(request.what == What::kBad);
    CHECK(request.is_last);
  }
}

TEST_CASE("a bucket of lateness ends at most an eighth above what is in it") {
  std::size_t former = 0;
  for (std::uint64_t late = 0; late < 60'000'000; late += 1 + late / 50) {
    const std::size_t bucket = lateness_bucket(late);
    CHECK(bucket >= former);
    CHECK(bucket < kLatenessBuckets);
    CHECK(lateness_bound(bucket) >= late);
    CHECK(lateness_bound(bucket) <= late + late / 8);
    if (bucket > 0) CHECK(lateness_bound(bucket - 1) < late);
    former = bucket;
  }
  CHECK(lateness_bucket(~std::uint64_t{0}) == kLatenessBuckets - 1);
}

TEST_CASE("quantiles of lateness come from the counts") {
  LoadCounters counters;
  for (int i = 0; i < 98; ++i) counters.add_lateness(std::chrono::microseconds(5));
  counters.add_lateness(std::chrono::milliseconds(3));
  counters.add_lateness(std::chrono::seconds(1));
  LoadStats stats;
  CHECK(stats.lateness_us(0.99) == 0);
  counters.add_to(stats);
  CHECK(stats.lateness_us(0) == 5);
  CHECK(stats.lateness_us(0.5) == 5);
  CHECK(stats.lateness_us(0.98) == 5);
  CHECK(stats.lateness_us(0.99) == Approx(3000).epsilon(0.13));
  CHECK(stats.lateness_us(1) == Approx(1'000'000).epsilon(0.13));
}

TEST_CASE("the load server's counters travel as JSON and are refused when some are missing") {
  LoadStats stats;
  stats.requests = 12;
  stats.cpu_us = 34;
  stats.lateness[5] = 6;
  boost::json::object answer = to_json(stats);
  const auto back = load_stats_from(answer);
  REQUIRE(back.has_value());
  CHECK(back->requests == 12);
  CHECK(back->cpu_us == 34);
  CHECK(back->lateness == stats.lateness);
  answer["lateness"] = boost::json::array{1, 2};
  CHECK(load_stats_from(answer).has_error());
  answer = to_json(stats);
  answer.erase("requests");
  CHECK(load_stats_from(answer).has_error());
}

TEST_CASE("what happened between two askings is a difference, connections are the later's") {
  LoadStats earlier, later;
  earlier.requests = 10, later.requests = 25;
  earlier.open = 9, later.open = 4;
  earlier.lateness[3] = 1, later.lateness[3] = 5;
  const LoadStats between = later - earlier;
  CHECK(between.requests == 15);
  CHECK(between.open == 4);
  CHECK(between.lateness[3] == 4);
}
