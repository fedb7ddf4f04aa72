// Servers that do not do as they should: each is an outcome of its own, the same with both engines,
// and the next request is fine.
#include "fetch/outcome.h"
#include "tests/fetch/harness.h"
#include "tests/support/behaviours.h"

namespace scraper::fetch {

namespace {

// What has no end, or a long one, in the header block and in the trailers.
void add_long_heads(TestServer& server) {
  const std::string field = "X-Again: " + std::string(1'000, 'x') + "\r\n";
  const std::string ok = "HTTP/1.1 200 OK\r\n";
  server.on("/fields", [=](const test::Request&) {
    return test::RawReply{{{ok}, {field, {}, true}}, test::End::kClose};
  });
  server.on("/trailer-fields", [=](const test::Request&) {
    return test::RawReply{{{ok + "Transfer-Encoding: chunked\r\n\r\n0\r\n"}, {field, {}, true}},
                          test::End::kClose};
  });
  server.on("/drop", [](const test::Request&) { return test::raw(""); });
  for (const std::size_t size : {90'000, 150'000}) {
    server.on("/long-field/" + std::to_string(size), [=](const test::Request&) {
      return test::raw(ok + "X-Long: " + std::string(size, 'x') + "\r\nContent-Length: 1\r\n\r\nx");
    });
  }
}

}  // namespace

TEST_CASE("a broken answer is called what it is") {
  struct Row {
    const char* path;
    FetchError error;
  };
  const auto row = GENERATE(values<Row>({
      {"/drop", FetchError::kReset},
      {"/reset", FetchError::kReset},
      {"/reset-in-head", FetchError::kReset},
      {"/reset-in-body", FetchError::kTruncated},
      {"/partial", FetchError::kTruncated},
      {"/partial-chunked", FetchError::kTruncated},
      {"/bad-chunk", FetchError::kProtocol},
      {"/two-lengths", FetchError::kProtocol},
      {"/bad-length", FetchError::kProtocol},
      {"/length-and-chunked", FetchError::kProtocol},
      {"/http09", FetchError::kProtocol},
      {"/bad-status", FetchError::kProtocol},
      {"/huge-status", FetchError::kProtocol},
      {"/garbage", FetchError::kProtocol},
      {"/fields", FetchError::kHeadTooLarge},
      {"/trailer-fields", FetchError::kHeadTooLarge},
      {"/endless-interim", FetchError::kHeadTooLarge},
      {"/long-field/90000", FetchError::kHeadTooLarge},
      {"/long-field/150000", FetchError::kHeadTooLarge},
      {"/same-lengths", FetchError::kNone},
      {"/wrong-length", FetchError::kNone},
      {"/http10", FetchError::kNone},
      {"/no-reason", FetchError::kNone},
      {"/bare-lf", FetchError::kNone},
      {"/obs-fold", FetchError::kNone},
      {"/space-before-colon", FetchError::kNone},
      {"/204-with-body", FetchError::kNone},
      {"/304-with-body", FetchError::kNone},
  }));
  TestServer server;
  add_long_heads(server);
  FetchOptions options = test_options();
  options.max_head = 64'000;
  Client client(BOTH_ENGINES, options);
  const Capture capture = client.get(server.url(row.path));
  CAPTURE(row.path, capture.error_text);
  CHECK(capture.error == row.error);
  CHECK((capture.error == FetchError::kNone) == capture.error_text.empty());
  CHECK(capture.has_answer() == (capture.status != 0));
  CHECK(capture.has_answer() != capture.head.empty());
  CHECK_FALSE(capture.request_head.empty());
  CHECK(capture.remote_address == "127.0.0.1");
  CHECK(client.get(server.url("/bytes/3")).status == 200);
}

TEST_CASE("what came before a connection broke in the body is kept") {
  TestServer server;
  Client client(BOTH_ENGINES);
  const Capture capture = client.get(server.url("/partial"));
  CHECK(capture.error == FetchError::kTruncated);
  CHECK(capture.status == 200);
  CHECK(bytes_of(capture.body) == test::patterned_bytes(100));
  CHECK_FALSE(capture.is_truncated);  // that word is for what we cut
}

TEST_CASE("a response after which the stream is out of step does not spoil the next one") {
  TestServer server;
  server.on("/extra", [](const test::Request&) {
    return test::raw(
        "HTTP/1.1 200 OK\r\nContent-Length: 2\r\n\r\nokHTTP/1.1 200 OK\r\nContent-Length: "
        "6\r\n\r\npoison",
        test::End::kKeep);
  });
  Client client(BOTH_ENGINES);
  CHECK(bytes_of(client.get(server.url("/extra")).body) == "ok");
  CHECK(bytes_of(client.get(server.url("/bytes/3")).body) == test::patterned_bytes(3));
}

// libcurl 7.88.1 would write into the freed header fields of the transfer before (realloc of a
// stale pointer) on a handle used twice.
TEST_CASE("a header block that begins with a folded line hurts nothing, whatever came before") {
  TestServer server;
  server.on("/folded", [](const test::Request&) {
    return test::raw(
        "HTTP/1.1 200 OK\r\n folded: from the start\r\n\tand again\r\nContent-Length: 2\r\n\r\nok",
        test::End::kKeep);
  });
  Client client(BOTH_ENGINES);
  for (int i = 0; i < 50; ++i) {
    CHECK(client.get(server.url("/bytes/10")).status == 200);
    CHECK(client.get(server.url("/folded")).error == FetchError::kProtocol);
  }
}

TEST_CASE("silence ends after --timeout") {
  TestServer server;
  FetchOptions options = test_options();
  options.timeout = std::chrono::milliseconds(500);
  Client client(BOTH_ENGINES, options);
  const TimePoint start = SteadyClock::now();
  const auto captures = client.get_all(
      {server.url("/silent"), server.url("/delay/60000/bytes/1"), server.url("/drip/60000/5")});
  for (const Capture& capture : captures) CHECK(capture.error == FetchError::kTimeout);
  CHECK(captures[0].error_text == "no byte for 500 ms");
  CHECK(SteadyClock::now() - start < std::chrono::seconds(5));
}

TEST_CASE("a slow drip is not silence, but --max-transfer-time ends it") {
  TestServer server;
  FetchOptions options = test_options();
  options.timeout = std::chrono::milliseconds(2'000);
  options.max_transfer_time = std::chrono::milliseconds(5'000);
  Client client(BOTH_ENGINES, options);
  const auto captures = client.get_all({server.url("/drip/150/18"), server.url("/drip/100/100000"),
                                        server.url("/drip-head/100/100000")});
  CHECK(captures[0].error == FetchError::kNone);  // 2.7 s
  CHECK(captures[0].body.size == 18);
  CHECK(captures[1].error == FetchError::kTimeout);
  CHECK(captures[2].error == FetchError::kTimeout);
}

TEST_CASE("nobody listening is a failure to connect") {
  std::string gone;
  {
    TestServer server;
    gone = server.url("/");
  }
  Client client(BOTH_ENGINES);
  const Capture capture = client.get(gone);
  CHECK(capture.error == FetchError::kConnect);
  CHECK(capture.status == 0);
  CHECK_FALSE(capture.error_text.empty());
}

TEST_CASE("a name without an address, a port that is none: no connection is tried") {
  Client client(BOTH_ENGINES);
  const Capture nameless = client.get(FetchRequest{url_of("http://nosuch.test/"), {}});
  CHECK(nameless.error == FetchError::kResolve);
  CHECK(nameless.error_text == "nosuch.test: no address");
  CHECK(client.get("http://127.0.0.1:0/").error == FetchError::kConnect);
  CHECK(client.fetcher().stats().transfers == 0);
}

TEST_CASE("texts of errors are one printable line") {
  CHECK(one_line("a\r\nb\x1b[31m\xff") == "a\\x0D\\x0Ab\\x1B[31m\\xFF");
  CHECK(one_line(std::string(1000, 'x')).size() == 300);
}

}  // namespace scraper::fetch
