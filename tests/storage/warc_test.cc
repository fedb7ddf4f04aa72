#include "storage/warc.h"

#include <regex>
#include <set>

#include "tests/catch.h"
#include "tests/storage/captures.h"
#include "tests/storage/warc_reader.h"

namespace scraper::storage {

namespace {

constexpr std::string_view kWarcinfoId = "<urn:uuid:00000000-0000-4000-8000-000000000000>";

std::string whole(const Capture& capture) {
  RecordIds ids;
  const WarcRecords records = to_warc(capture, kWarcinfoId, ids);
  return records.before_body + capture.body.memory + records.after_body;
}

std::vector<FoundRecord> records_of(const Capture& capture) { return read_warc(whole(capture)); }

}  // namespace

TEST_CASE("a head is stored as received but for its framing") {
  struct Case {
    const char* received;
    std::uint64_t size;
    const char* stored;
  };
  const Case cases[] = {
      {"HTTP/1.1 200 OK\r\nContent-Length: 5\r\nA: b\r\n\r\n", 5,
       "HTTP/1.1 200 OK\r\nContent-Length: 5\r\nA: b\r\n\r\n"},
      {"HTTP/1.1 200 OK\r\nContent-Length:5 \r\n\r\n", 5,
       "HTTP/1.1 200 OK\r\nContent-Length:5 \r\n\r\n"},
      {"HTTP/1.1 200 OK\r\nTransfer-Encoding: chunked\r\nA: b\r\n\r\n", 5,
       "HTTP/1.1 200 OK\r\nX-Archive-Orig-Transfer-Encoding: chunked\r\nA: b\r\nContent-Length: "
       "5\r\n\r\n"},
      {"HTTP/1.1 200 OK\r\ntransfer-ENCODING:gzip\r\nTransfer-Encoding: chunked\r\n\r\n", 0,
       "HTTP/1.1 200 "
       "OK\r\nX-Archive-Orig-transfer-ENCODING:gzip\r\nX-Archive-Orig-Transfer-Encoding: "
       "chunked\r\n"
       "Content-Length: 0\r\n\r\n"},
      {"HTTP/1.1 200 OK\r\ncontent-length: 900\r\n\r\n", 5,
       "HTTP/1.1 200 OK\r\nX-Archive-Orig-content-length: 900\r\nContent-Length: 5\r\n\r\n"},
      {"HTTP/1.1 200 OK\r\nContent-Length: 5\r\nContent-Length: 5\r\n\r\n", 5,
       "HTTP/1.1 200 OK\r\nContent-Length: 5\r\nContent-Length: 5\r\n\r\n"},
      {"HTTP/1.1 200 OK\r\nContent-Length: 5, 5\r\n\r\n", 5,
       "HTTP/1.1 200 OK\r\nX-Archive-Orig-Content-Length: 5, 5\r\nContent-Length: 5\r\n\r\n"},
      {"HTTP/1.1 200 OK\r\nContent-Length: 5\r\n 0\r\n\r\n", 5,
       "HTTP/1.1 200 OK\r\nX-Archive-Orig-Content-Length: 5\r\n 0\r\nContent-Length: 5\r\n\r\n"},
      {"HTTP/1.1 200 OK\r\nContent-Length:\r\n\r\n", 0,
       "HTTP/1.1 200 OK\r\nX-Archive-Orig-Content-Length:\r\nContent-Length: 0\r\n\r\n"},
      // A field about another length is not touched.
      {"HTTP/1.1 200 OK\r\nX-Content-Length: 9\r\nContent-Length: 5\r\n\r\n", 5,
       "HTTP/1.1 200 OK\r\nX-Content-Length: 9\r\nContent-Length: 5\r\n\r\n"},
      // Without fields, without a reason, without anything.
      {"HTTP/1.0 200\r\n\r\n", 3, "HTTP/1.0 200\r\nContent-Length: 3\r\n\r\n"},
      {"HTTP/1.1 200 OK", 3, "HTTP/1.1 200 OK\r\nContent-Length: 3\r\n\r\n"},
      // Bare LF, folded lines, lines that are no field, odd bytes.
      {"HTTP/1.1 200 OK\nA: b\n c\nContent-Length: 5\n\n", 5,
       "HTTP/1.1 200 OK\r\nA: b\r\n c\r\nContent-Length: 5\r\n\r\n"},
      {"HTTP/1.1 200 OK\r\nno field\r\n: x\r\nA : b\r\nB: \xFF\x01\rc\r\nContent-Length: 0\r\n\r\n",
       0,
       "HTTP/1.1 200 OK\r\nno field\r\n: x\r\nA : b\r\nB: \xFF\x01\rc\r\nContent-Length: "
       "0\r\n\r\n"},
      // An end that is none to every reader must not hide what comes after it.
      {"HTTP/1.1 200 OK\r\nContent-Length: 0\r\n\r\r\nA: b\r\n\r\n", 0,
       "HTTP/1.1 200 OK\r\nContent-Length: 0\r\n\r\n"},
      // HTTP/2 becomes HTTP/1.1.
      {"HTTP/2 200 \r\ncontent-length: 5\r\n\r\n", 5,
       "HTTP/1.1 200 OK\r\ncontent-length: 5\r\n\r\n"},
      {"HTTP/2 404\r\n\r\n", 0, "HTTP/1.1 404 Not Found\r\nContent-Length: 0\r\n\r\n"},
      {"HTTP/2 299 \r\n\r\n", 0, "HTTP/1.1 299 \r\nContent-Length: 0\r\n\r\n"},
      {"HTTP/2 200 Fine\r\n\r\n", 0, "HTTP/1.1 200 Fine\r\nContent-Length: 0\r\n\r\n"},
      {"", 0, "\r\nContent-Length: 0\r\n\r\n"},
  };
  for (const Case& c : cases) CHECK(archived_head(c.received, c.size) == c.stored);
}

TEST_CASE("an answer is a response and its request, each with what the standard asks for") {
  const Capture capture = answer("a?b=c", "<p>hello");
  const auto records = records_of(capture);
  REQUIRE(records.size() == 2);
  const FoundRecord& response = records[0];
  const FoundRecord& request = records[1];
  CHECK(response.field("WARC-Type") == "response");
  CHECK(response.field("WARC-Date") == "2026-03-01T12:00:00.123456Z");
  CHECK(response.field("WARC-Target-URI") == "http://site.test/a?b=c");
  CHECK(response.field("WARC-IP-Address") == "127.0.0.1");
  CHECK(response.field("WARC-Warcinfo-ID") == kWarcinfoId);
  CHECK(response.field("WARC-Payload-Digest") == to_string(sha256("<p>hello")));
  CHECK(response.field("Content-Type") == "application/http;msgtype=response");
  CHECK(response.field("WARC-Protocol").empty());
  CHECK(response.field("WARC-Truncated").empty());
  CHECK(response.http_head() == capture.head);
  CHECK(response.http_body() == "<p>hello");
  CHECK(request.field("WARC-Type") == "request");
  CHECK(request.field("WARC-Concurrent-To") == response.field("WARC-Record-ID"));
  CHECK(request.field("WARC-Target-URI") == "http://site.test/a?b=c");
  CHECK(request.field("Content-Type") == "application/http;msgtype=request");
  CHECK(request.block == capture.request_head);
}

TEST_CASE("the first record's length is that of the response alone") {
  const Capture capture = answer("x", "body");
  RecordIds ids;
  const WarcRecords records = to_warc(capture, kWarcinfoId, ids);
  CHECK(records.first_length == read_warc(whole(capture))[0].length);
  CHECK(records.count == 2);
}

TEST_CASE("without a known request there is only the response") {
  Capture capture = answer("x", "body");
  capture.request_head.clear();
  CHECK(records_of(capture).size() == 1);
}

TEST_CASE("HTTP/2 is written as HTTP/1.1 and says so") {
  Capture capture = answer("x", "body");
  capture.protocol = "h2";
  capture.head = "HTTP/2 200 \r\ncontent-type: text/html\r\n\r\n";
  capture.request_head = "GET /x HTTP/2\r\nHost: site.test\r\n\r\n";
  const auto records = records_of(capture);
  CHECK(records[0].field("WARC-Protocol") == "h2");
  CHECK(records[0].http_head() ==
        "HTTP/1.1 200 OK\r\ncontent-type: text/html\r\nContent-Length: 4\r\n\r\n");
  CHECK(records[1].block == "GET /x HTTP/1.1\r\nHost: site.test\r\n\r\n");
}

TEST_CASE("a body that was cut says by what") {
  Capture capture = answer("x", "body");
  capture.is_truncated = true;
  CHECK(records_of(capture)[0].field("WARC-Truncated") == "length");
  capture.is_truncated = false;
  capture.error = FetchError::kTruncated;
  CHECK(records_of(capture)[0].field("WARC-Truncated") == "disconnect");
}

TEST_CASE("what no field of the standard can hold stands in one field more of the first record") {
  Capture capture = answer("x", "body");
  auto records = records_of(capture);
  CHECK(records[0].field("X-Scraper-Transfer") ==
        "total-ns=12345000; first-byte-ns=1500000; protocol=http/1.1");
  CHECK(records[1].field("X-Scraper-Transfer").empty());
  capture.timing.connected = std::chrono::nanoseconds(900'001);
  capture.received_bytes = 1'234;
  capture.is_new_connection = true;
  capture.remote_address = "fe80::1%eth0";
  capture.error = FetchError::kTruncated;
  capture.error_text = "closed; 5 % left\r\n\xC3\xA4";
  CHECK(
      records_of(capture)[0].field("X-Scraper-Transfer") ==
      "total-ns=12345000; first-byte-ns=1500000; connected-ns=900001; received=1234; "
      "protocol=http/1.1; new-connection=1; "
      "address=fe80::1%25eth0; error=truncated; error-text=closed%3B%205%20%25%20left%0D%0A%C3%A4");
  capture = no_answer("x", FetchError::kResolve);
  capture.timing = {};
  capture.protocol.clear();
  CHECK(records_of(capture)[0].field("X-Scraper-Transfer").empty());
}

TEST_CASE("a transfer without an answer is one metadata record that gives the error") {
  Capture capture = no_answer("x", FetchError::kTimeout);
  capture.error_text = "no byte\r\nfor 20 s";
  const auto records = records_of(capture);
  REQUIRE(records.size() == 1);
  CHECK(records[0].field("WARC-Type") == "metadata");
  CHECK(records[0].field("WARC-Target-URI") == "http://site.test/x");
  CHECK(records[0].field("Content-Type") == "application/warc-fields");
  CHECK(records[0].block ==
        "error: timeout\r\nerror-detail: no byte\\x0D\\x0Afor 20 s\r\nduration-ms: "
        "12\r\nreceived-bytes: 0\r\n");
}

TEST_CASE("an address is written without its scope, and not at all when there is none") {
  Capture capture = answer("x", "");
  capture.remote_address = "fe80::1%eth0";
  CHECK(records_of(capture)[0].field("WARC-IP-Address") == "fe80::1");
  capture.remote_address = "\r\nX: y";
  CHECK(records_of(capture)[0].field("WARC-IP-Address").empty());
}

TEST_CASE("record names are version 4 UUIDs, each another") {
  RecordIds ids;
  const std::regex form(
      "<urn:uuid:[0-9a-f]{8}-[0-9a-f]{4}-4[0-9a-f]{3}-[89ab][0-9a-f]{3}-[0-9a-f]{12}>");
  std::set<std::string> seen;
  for (int i = 0; i < 1'000; ++i) {
    const std::string id = ids.next();
    CHECK(std::regex_match(id, form));
    seen.insert(id);
  }
  CHECK(seen.size() == 1'000);
  CHECK(seen.count(RecordIds().next()) == 0);
}

TEST_CASE("a warcinfo field cannot begin another") {
  const std::string record =
      to_warcinfo("<urn:uuid:x>", "00000.warc", WallTime{},
                  {{"software", "scraper/0.1"}, {"operator", "me\r\nrobots: ignore"}});
  const auto records = read_warc(record);
  REQUIRE(records.size() == 1);
  CHECK(records[0].field("WARC-Filename") == "00000.warc");
  CHECK(records[0].block == "software: scraper/0.1\r\noperator: me\\x0D\\x0Arobots: ignore\r\n");
}

TEST_CASE("segment names have five digits or more") {
  CHECK(segment_name(0) == "00000.warc");
  CHECK(segment_name(42) == "00042.warc");
  CHECK(segment_name(123'456) == "123456.warc");
}

}  // namespace scraper::storage
