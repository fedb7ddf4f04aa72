// A WARC record from a disk. What must hold: what is said of a header lies within it, and written
// again reads the same; a capture that was read, archived and read again is the same, head included
// after the first time.
#include <string>

#include "storage/warc.h"
#include "storage/warc_reader.h"
#include "tests/fuzz/require.h"

namespace {

using namespace scraper;
using namespace scraper::storage;
using fuzz::require;

constexpr std::size_t kLongest = 64u << 10;  // percent-encoded it is still a header
constexpr std::uint64_t kLargestBody = 1ull
                                       << 60;  // with a head that has grown it is still a length
constexpr std::string_view kId = "<urn:uuid:00000000-0000-4000-8000-000000000000>";

std::string written(const WarcRecord& record) {
  std::string out(record.version);
  out.append("\r\n");
  for (const WarcField& field : record.fields)
    out.append(field.name).append(":\t").append(field.value).append(" \r\n");
  return out.append("\r\nignored");
}

void check_header(std::string_view input, const WarcRecord& record) {
  require(record.header_size <= input.size() && record.length() > record.block_length);
  for (const WarcField& field : record.fields) {
    require(fuzz::is_within(field.name, input) &&
            (field.value.empty() || fuzz::is_within(field.value, input)));
    require(record.field(field.name).has_value());
  }
  const std::string copy = written(record);
  const auto again = parse_record_header(copy);
  require(again.has_value());
  require(again->type == record.type && again->block_length == record.block_length &&
          again->fields.size() == record.fields.size());
  for (std::size_t i = 0; i < record.fields.size(); ++i) {
    require(again->fields[i].name == record.fields[i].name &&
            again->fields[i].value == record.fields[i].value);
  }
}

Capture archived_and_read(const Capture& capture) {
  RecordIds ids(FingerprintKey{1, 2});
  auto read = read_outline(to_warc(capture, kId, ids).before_body);
  require(read.has_value());
  return std::move(*read);
}

void check_same(const Capture& a, const Capture& b) {
  require(a.url == b.url && a.body.size == b.body.size && a.digest == b.digest &&
          a.status == b.status);
  require(a.is_truncated == b.is_truncated && a.error == b.error &&
          a.remote_address == b.remote_address);
  require(a.protocol == b.protocol && a.received_bytes == b.received_bytes &&
          a.is_new_connection == b.is_new_connection);
  require(a.timing.started == b.timing.started && a.timing.connected == b.timing.connected);
  require(a.timing.first_byte == b.timing.first_byte && a.timing.total == b.timing.total);
}

}  // namespace

extern "C" int LLVMFuzzerTestOneInput(const std::uint8_t* data, std::size_t size) {
  const std::string_view input = fuzz::view(data, size);
  const auto record = parse_record_header(input);
  if (!record) {
    require(!read_outline(input));
    return 0;
  }
  if (size <= kLongest) check_header(input, *record);
  const auto capture = read_outline(input);
  if (!capture || size > kLongest || capture->body.size > kLargestBody) return 0;
  const Capture once = archived_and_read(*capture);
  check_same(*capture, once);
  const Capture twice = archived_and_read(once);
  check_same(once, twice);
  require(once.head == twice.head && once.error_text == twice.error_text);
  return 0;
}
