#include "storage/warc_reader.h"

#include <sys/stat.h>
#include <unistd.h>

#include <random>

#include "base/crc32c.h"
#include "base/http_head.h"
#include "storage/results.h"
#include "storage/warc.h"
#include "tests/catch.h"
#include "tests/storage/captures.h"
#include "tests/storage/files.h"
#include "tests/storage/warc_reader.h"
#include "tests/support/printing.h"

namespace scraper::storage {

namespace {

constexpr std::string_view kWarcinfoId = "<urn:uuid:00000000-0000-4000-8000-000000000000>";
constexpr const char* kGood =
    "WARC/1.1\r\nWARC-Type: response\r\nWARC-Record-ID: <urn:x>\r\nWARC-Date: "
    "2026-03-01T12:00:00Z\r\nContent-Length: 7\r\n\r\n";

// The first record of a capture up to its body, and what a body of any length has after it.
std::string first_bytes(const Capture& capture) {
  RecordIds ids;
  return to_warc(capture, kWarcinfoId, ids).before_body;
}

std::string whole_file(const std::vector<std::pair<Capture, std::string>>& captures) {
  RecordIds ids;
  std::string file =
      to_warcinfo(kWarcinfoId, "00000.warc", WallTime{}, {{"software", "scraper/test"}});
  for (const auto& [capture, body] : captures) {
    const WarcRecords records = to_warc(capture, kWarcinfoId, ids);
    file +=
        records.before_body + (capture.has_answer() ? body : std::string()) + records.after_body;
  }
  return file;
}

std::string line_of(const Capture& capture) {
  ResultLine line;
  line.url = capture.url.href();
  line.state = capture.has_answer() ? "stored" : "failed";
  line.capture = &capture;
  line.place = {1, 234, 567, 89};
  line.seed = "http://site.test/";
  const std::string error(capture.has_answer() ? std::string_view{} : to_string(capture.error));
  line.error = error;
  return render(line).text;
}

void check_same(const Capture& read, const Capture& original) {
  CHECK(line_of(read) == line_of(original));
  CHECK(read.url == original.url);
  CHECK(read.request_head.empty());
  CHECK(read.body.size == original.body.size);
  CHECK(read.digest == original.digest);
  CHECK(read.status == original.status);
  CHECK(read.is_truncated == original.is_truncated);
  CHECK(read.error == original.error);
  CHECK(read.error_text == original.error_text);
  CHECK(read.remote_address == original.remote_address);
  CHECK(read.protocol == original.protocol);
  CHECK(read.received_bytes == original.received_bytes);
  CHECK(read.is_new_connection == original.is_new_connection);
  CHECK(read.timing.started == original.timing.started);
  CHECK(read.timing.connected == original.timing.connected);
  CHECK(read.timing.first_byte == original.timing.first_byte);
  CHECK(read.timing.total == original.timing.total);
}

void check_read_back(const Capture& capture) {
  const auto read = read_outline(first_bytes(capture));
  REQUIRE(read);
  check_same(*read, capture.outline());
}

std::string replaced(std::string text, const std::string& what, const std::string& with) {
  const auto at = text.find(what);
  REQUIRE(at != text.npos);
  return text.replace(at, what.size(), with);
}

std::unique_ptr<SegmentReader> reader_of(const std::string& path, SegmentReader::Sums sums) {
  auto opened = SegmentReader::open(path, sums);
  REQUIRE(opened);
  return std::move(*opened);
}

}  // namespace

TEST_CASE("a record's header is read as it is written") {
  const std::string bytes = first_bytes(answer("x", "body"));
  const auto record = parse_record_header(bytes);
  REQUIRE(record);
  CHECK(record->version == "WARC/1.1");
  CHECK(record->type == "response");
  CHECK(record->field("warc-target-uri") == "http://site.test/x");
  CHECK(!record->field("WARC-Target"));
  CHECK(bytes.substr(record->header_size, 9) == "HTTP/1.1 ");
  CHECK(record->length() == bytes.size() + 4 + 4);
}

TEST_CASE("what others write as WARC/1.1 is read too") {
  const auto record = parse_record_header(
      "WARC/1.1\r\nwarc-type:\tconversion \r\nWARC-Record-ID:<urn:x>\r\nX-Empty:\r\nX-Folded: "
      "a\r\n b\r\n\t \r\nWARC-Date: 2026\r\n"
      "WARC-Concurrent-To: <urn:a>\r\nWARC-Concurrent-To: <urn:b>\r\nX-Twice: 1\r\nX-Twice: "
      "2\r\nX-Other: \xC3\xA4\r\n"
      "CONTENT-LENGTH: 0012\r\n\r\n\xFF");
  REQUIRE(record);
  CHECK(record->type == "conversion");
  CHECK(record->field("x-empty") == "");
  CHECK(record->field("x-folded") == "a\r\n b");
  CHECK(record->field("x-twice") == "1");
  CHECK(record->block_length == 12);
  CHECK(record->fields.size() == 11);
}

TEST_CASE("what is no header is told") {
  struct Case {
    std::string what, with, says;
  };
  const Case cases[] = {
      {"WARC/1.1", "WARC/1.0", "no WARC/1.1 record begins here but \"WARC/1.0"},
      {"WARC/1.1\r\n", "WARC/1.1\n", "no WARC/1.1 record begins here"},
      {"WARC/1.1", "\r\nWARC/1.1", "no WARC/1.1 record begins here"},
      {"\r\n\r\n", "\r\n", "a header without an end in "},
      {"response\r\n", "response\n",
       "a control character in the header line \"WARC-Type: response\\x0A"},
      {"response", "resp\ronse", "a control character"},
      {"response", std::string("resp\0onse", 9), "a control character"},
      {"WARC-Type: ", " WARC-Type: ", "the header's first line is folded"},
      {"WARC-Type: ", "WARC-Type ", "a header line that is no field: \"WARC-Type response\""},
      {"WARC-Type: ", "WARC Type: ", "a header line that is no field"},
      {"WARC-Type: ", ": ", "a header line that is no field"},
      {"response", "", "no WARC-Type"},
      {"WARC-Record-ID", "X-Record-ID", "no WARC-Record-ID"},
      {"WARC-Date", "X-Date", "no WARC-Date"},
      {"Content-Length", "X-Content-Length", "no Content-Length"},
      {"WARC-Date", "warc-type: x\r\nWARC-Date", "warc-type twice"},
      {"WARC-Date", "content-length: 7\r\nWARC-Date", "Content-Length twice"},
      {": 7", ": 7a", "Content-Length is \"7a\""},
      {": 7", ": -7", "Content-Length is \"-7\""},
      {": 7", ": 7\r\n 7", "Content-Length is \"7\\x0D\\x0A 7\""},
      {": 7", ": 18446744073709551616", "Content-Length is \"18446744073709551616\""},
      {": 7", ": 18446744073709551615", "Content-Length is \"18446744073709551615\""},
  };
  REQUIRE(parse_record_header(kGood));
  for (const Case& c : cases) {
    INFO(c.says);
    const auto record = parse_record_header(replaced(kGood, c.what, c.with));
    REQUIRE(!record);
    CHECK(record.error().code == Errc::kInvalid);
    CHECK(record.error().context.find(c.says) != std::string::npos);
  }
  CHECK(!parse_record_header(""));
}

TEST_CASE("a header has limits") {
  std::string fields;
  for (std::size_t i = 0; i < kMaxRecordFields - 4; ++i) fields += "X: y\r\n";
  CHECK(parse_record_header(replaced(kGood, "WARC-Type", fields + "WARC-Type")));
  CHECK(!parse_record_header(replaced(kGood, "WARC-Type", fields + "X: y\r\nWARC-Type")));
  CHECK(parse_record_header(replaced(kGood, "<urn:x>", std::string(kMaxRecordHeader / 2, 'x'))));
  CHECK(!parse_record_header(replaced(kGood, "<urn:x>", std::string(kMaxRecordHeader, 'x'))));
}

TEST_CASE("a capture is read back as it was archived") {
  check_read_back(answer("a?b=c", "<p>hello"));
  check_read_back(answer("", ""));
  Capture capture = answer("x", "body");
  capture.remote_address = "2001:db8::1";
  capture.timing.connected = std::chrono::nanoseconds(1);
  capture.timing.first_byte = std::chrono::nanoseconds(999);
  capture.timing.started = WallTime(std::chrono::microseconds(1));
  capture.received_bytes = 1ull << 40;
  capture.is_new_connection = true;
  check_read_back(capture);
  capture.remote_address = "fe80::1%eth0";
  check_read_back(capture);
  capture.remote_address.clear();
  check_read_back(capture);
  capture.is_truncated = true;
  check_read_back(capture);
  capture.error = FetchError::kTruncated;
  capture.error_text = "transfer closed with 5 % of it; \xC3\xA4 left ";
  check_read_back(capture);
  capture.is_truncated = false;
  check_read_back(capture);
}

TEST_CASE("a transfer without an answer is read back with its error, whichever") {
  for (unsigned i = 0; i <= static_cast<unsigned>(FetchError::kLocal); ++i) {
    Capture capture = no_answer("x", static_cast<FetchError>(i));
    if (capture.has_answer()) continue;
    check_read_back(capture);
    capture.error_text.clear();
    capture.remote_address.clear();
    capture.protocol.clear();
    capture.timing = {};
    check_read_back(capture);
  }
}

TEST_CASE("a line made from the archive is the line that was made from the transfer") {
  std::mt19937 random(20260304);
  for (int i = 0; i < 500; ++i) {
    RandomCapture next = random_capture(random, i);
    next.capture.timing.total = std::chrono::nanoseconds(random());
    next.capture.received_bytes = random();
    check_read_back(next.capture);
  }
}

TEST_CASE("a head is read back as received, as far as the archive tells") {
  struct Case {
    const char *received, *protocol, *read;  // no `read`: as received
  };
  const Case cases[] = {
      {"HTTP/1.1 200 OK\r\nContent-Length: 4\r\nA: b\r\n\r\n", "http/1.1", nullptr},
      {"HTTP/1.1 200 OK\r\ntransfer-ENCODING: chunked\r\nA: b\r\n c\r\n\r\n", "http/1.1", nullptr},
      {"HTTP/1.1 200 OK\r\nContent-Length: 900\r\nRetry-After: 5\r\n\r\n", "http/1.1", nullptr},
      {"HTTP/1.0 404\r\nContent-Length:\t9\r\n 0\r\nA : b\r\n\r\n", "http/1.0", nullptr},
      {"HTTP/2 200 \r\ncontent-length: 4\r\n\r\n", "h2", nullptr},
      {"HTTP/2 299 \r\ncontent-length: 4\r\n\r\n", "h2", nullptr},
      {"HTTP/2 200 Fine\r\ncontent-length: 4\r\n\r\n", "h2", nullptr},
      {"HTTP/1.1 200 OK\nA: b\nContent-Length: 4\n\n", "http/1.1",
       "HTTP/1.1 200 OK\r\nA: b\r\nContent-Length: 4\r\n\r\n"},
      {"HTTP/1.1 200 OK\r\nA: b\r\n\r\n", "http/1.1",
       "HTTP/1.1 200 OK\r\nA: b\r\nContent-Length: 4\r\n\r\n"},
      {"HTTP/2 200 OK\r\ncontent-length: 4\r\n\r\n", "h2",
       "HTTP/2 200 \r\ncontent-length: 4\r\n\r\n"},
  };
  for (const Case& c : cases) {
    Capture capture = answer("x", "body");
    capture.head = c.received;
    capture.protocol = c.protocol;
    const auto read = read_outline(first_bytes(capture));
    REQUIRE(read);
    CHECK(read->head == (c.read != nullptr ? c.read : c.received));
    CHECK(read->status == parse_http_head(c.received)->status);
  }
}

TEST_CASE("what is no capture is told") {
  const std::string response = first_bytes(answer("x", "body"));
  const std::string metadata = first_bytes(no_answer("x", FetchError::kTimeout));
  struct Case {
    std::string bytes, says;
  };
  const Case cases[] = {
      {replaced(response, "response", "request"), "a record of type request is of no transfer"},
      {replaced(response, "http://site.test/x", "ftp://site.test/"),
       "WARC-Target-URI is \"ftp://site.test/\""},
      {replaced(response, "2026-03-01T", "2026-02-29T"),
       "WARC-Date is \"2026-02-29T12:00:00.123456Z\""},
      {replaced(response, ".123456Z", ".Z"), "WARC-Date is"},
      {replaced(response, ".123456Z", ""), "WARC-Date is"},
      {replaced(response, "T12:00", "T24:00"), "WARC-Date is"},
      {replaced(response, "sha256:", "sha1:"), "WARC-Payload-Digest is \"sha1:"},
      {replaced(response, "application/http", "text/plain"), "a response that is not HTTP"},
      {replaced(response, "HTTP/1.1 200", "HTTP/1.1 2x0"),
       "an HTTP status line that is none: \"HTTP/1.1 2x0"},
      {response.substr(0, response.size() - 2), "an HTTP head without an end in "},
      {replaced(response, "total-ns=1", "total-ns=-1"), "X-Scraper-Transfer has \"total-ns=-1"},
      {replaced(response, "total-ns=1", "total-ns=99999999999999"),
       "X-Scraper-Transfer has \"total-ns=9999"},
      {replaced(response, "protocol=http", "protocol=%4"), "X-Scraper-Transfer has \"protocol=%4"},
      {replaced(response, "protocol=http", "error=timeout; protocol=http"),
       "a response with the error timeout"},
      {replaced(response, "protocol=http", "error=none of them; protocol=http"),
       "X-Scraper-Transfer has \"error=none of them\""},
      {replaced(response, "protocol=http", "; protocol=http"), "X-Scraper-Transfer has \"\""},
      {metadata.substr(0, metadata.size() - 5), "a metadata record that is not there to its end"},
      {replaced(metadata, "error: timeout", "error: truncat"),
       "a metadata record without the error of a transfer"},
      {replaced(metadata, "error: timeout", "error: none\r\nx"),
       "a metadata record without the error of a transfer"},
  };
  for (const Case& c : cases) {
    INFO(c.says);
    const auto read = read_outline(c.bytes);
    REQUIRE(!read);
    CHECK(read.error().code == Errc::kInvalid);
    CHECK(read.error().context.find(c.says) != std::string::npos);
  }
}

TEST_CASE("what a later version may add is passed over") {
  const auto read =
      read_outline(replaced(first_bytes(answer("x", "body")), "protocol=", "new=%20; protocol="));
  REQUIRE(read);
  CHECK(read->protocol == "http/1.1");
}

TEST_CASE("a record without the field of ours still says what the standard's fields can") {
  Capture capture = answer("x", "body");
  capture.error = FetchError::kTruncated;
  const auto read = read_outline(replaced(first_bytes(capture), "X-Scraper-Transfer", "X-Another"));
  REQUIRE(read);
  CHECK(read->error == FetchError::kTruncated);
  CHECK(read->remote_address == "127.0.0.1");
  CHECK(read->timing.total == Duration::zero());
}

TEST_CASE("a segment is read record by record, with sums or past the bodies") {
  const TempDir out;
  const std::string path = out / "00000.warc";
  std::mt19937 random(20260305);
  std::vector<std::pair<Capture, std::string>> captures;
  for (int i = 0; i < 150; ++i) {
    RandomCapture next = random_capture(random, i);
    if (i == 20)
      next.capture.head.insert(next.capture.head.find('\n') + 1,
                               "A: " + std::string(1'500'000, 'a') + "\r\n");
    next.capture.digest = sha256(next.body);
    captures.emplace_back(std::move(next.capture), std::move(next.body));
  }
  const std::string file = whole_file(captures);
  write_file(path, file);
  const auto expected = read_warc(file);
  for (const auto sums : {SegmentReader::Sums::kNo, SegmentReader::Sums::kYes}) {
    auto reader = reader_of(path, sums);
    std::size_t capture = 0;
    for (const FoundRecord& record : expected) {
      const auto next = reader->next();
      REQUIRE(next);
      REQUIRE(*next);
      CHECK((*next)->offset == record.offset);
      CHECK((*next)->length == record.length);
      CHECK((*next)->header.type == record.field("WARC-Type"));
      CHECK((*next)->begin == std::string_view(file).substr(record.offset, (*next)->begin.size()));
      CHECK((*next)->header.length() == record.length);
      const bool is_response = (*next)->header.type == "response";
      if (sums == SegmentReader::Sums::kYes) {
        CHECK((*next)->crc32c ==
              crc32c(std::string_view(file).substr(record.offset, record.length)));
        CHECK((*next)->payload == (is_response ? sha256(record.http_body()) : Sha256{}));
      }
      if (!is_response && (*next)->header.type != "metadata") continue;
      const auto read = read_outline((*next)->begin);
      REQUIRE(read);
      CHECK(line_of(*read) == line_of(captures[capture++].first));
    }
    const auto last = reader->next();
    REQUIRE(last);
    CHECK(!*last);
    CHECK(capture == captures.size());
    CHECK(reader->offset() == file.size());
  }
}

TEST_CASE("damage to the framing of a segment is told by file and place") {
  const TempDir out;
  const std::string path = out / "00000.warc";
  std::vector<std::pair<Capture, std::string>> captures;
  captures.emplace_back(answer("x", "body"), "body");
  captures.emplace_back(no_answer("y", FetchError::kReset), "");
  const std::string file = whole_file(captures);
  const auto records = read_warc(file);
  const std::uint64_t at = records[1].offset;
  const std::uint64_t end = at + records[1].length;
  const auto says = [&](const std::string& bytes) {
    write_file(path, bytes);
    auto reader = reader_of(path, SegmentReader::Sums::kYes);
    auto next = reader->next();
    while (next && *next) next = reader->next();
    if (next) return std::string();
    CHECK(reader->next().error().context == next.error().context);
    CHECK(next.error().code == Errc::kInvalid);
    return replaced(next.error().context, path, "FILE");
  };
  const auto flipped = [&](std::uint64_t where) {
    std::string bytes = file;
    bytes[where] ^= 1;
    return bytes;
  };
  const std::string begin = "FILE at " + std::to_string(at) + ": ";
  CHECK(says(file).empty());
  CHECK(says("").empty());
  CHECK(says(flipped(at)) ==
        begin + "no WARC/1.1 record begins here but \"VARC/1.1\\x0D\\x0AWARC-T\"");
  CHECK(says(flipped(end - 1)) ==
        begin + "its block is not followed by two line ends, at " + std::to_string(end - 4));
  CHECK(says(file.substr(0, end - 1)) ==
        begin + "the file ends after " + std::to_string(records[1].length - 1) + " of the " +
            std::to_string(records[1].length) + " bytes of this record");
  CHECK(says(file.substr(0, at + 20)) == begin + "a header without an end in 20 bytes");
  CHECK(says(file + "\r\n") == "FILE at " + std::to_string(file.size()) +
                                   ": no WARC/1.1 record begins here but \"\\x0D\\x0A\"");
  CHECK(says(file.substr(0, at) + replaced(file.substr(at), "\r\n\r\nbody", "\r\nX:\r\nbody")) ==
        begin + "a response whose HTTP head has no end in " +
            std::to_string(records[1].block.size()) + " bytes");
}

TEST_CASE("past damage a reader goes on where it is told to") {
  const TempDir out;
  const std::string path = out / "00000.warc";
  std::vector<std::pair<Capture, std::string>> captures;
  captures.emplace_back(answer("x", "body"), "body");
  std::string file = whole_file(captures);
  const auto records = read_warc(file);
  file[records[1].offset] = 'x';
  write_file(path, file);
  auto reader = reader_of(path, SegmentReader::Sums::kNo);
  REQUIRE(reader->next());
  REQUIRE(!reader->next());
  reader->seek(records[2].offset);
  const auto next = reader->next();
  REQUIRE(next);
  REQUIRE(*next);
  CHECK((*next)->header.type == "request");
  reader->seek(file.size() + 1);
  CHECK(!reader->next());
}

TEST_CASE("a segment is read up to a length, and must have it, no link is followed") {
  const TempDir out;
  const std::string path = out / "00000.warc";
  const std::string file = whole_file({});
  write_file(path, file + "torn");
  auto reader = SegmentReader::open(path, SegmentReader::Sums::kYes, file.size());
  REQUIRE(reader);
  CHECK((*reader)->size() == file.size());
  CHECK((*reader)->next().value());
  CHECK(!(*reader)->next().value());
  const auto longer = SegmentReader::open(path, SegmentReader::Sums::kYes, file.size() + 5);
  REQUIRE(!longer);
  CHECK(longer.error().code == Errc::kFile);
  REQUIRE(symlink(path.c_str(), (out / "link").c_str()) == 0);
  REQUIRE(mkfifo((out / "fifo").c_str(), 0600) == 0);
  for (const char* name : {"link", "fifo", "missing"})
    CHECK(!SegmentReader::open(out / name, SegmentReader::Sums::kNo));
}

}  // namespace scraper::storage
