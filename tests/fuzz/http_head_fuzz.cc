// A response's header block, and the fields that are read on the owner's side. What must hold: what
// was read, written again, reads the same; names are found whatever their case; Retry-After is at
// most a day and means itself.
#include <cctype>
#include <string>

#include "base/http_head.h"
#include "tests/fuzz/require.h"

namespace {

using namespace scraper;
using fuzz::require;

constexpr std::int64_t kNow = 1'772'366'400;

std::string written(const HttpHead& head) {
  std::string out;
  out.append(head.version)
      .append(" ")
      .append(std::to_string(head.status))
      .append(" ")
      .append(head.reason)
      .append("\r\n");
  for (const HeaderField& field : head.fields)
    out.append(field.name).append(":\t").append(field.value).append(" \n");
  return out.append("\r\nignored: x\r\n");
}

void check_fields(const HttpHead& head) {
  for (const HeaderField& field : head.fields) {
    require(!field.name.empty() && field.name.find_first_of(":\n") == field.name.npos);
    require(field.value.find('\n') == field.value.npos);
    std::string name(field.name);
    for (char& c : name) c = static_cast<char>(std::toupper(static_cast<unsigned char>(c)));
    require(head.field(name) == head.all(field.name).front());
  }
}

void check_same(const HttpHead& head, const HttpHead& again) {
  require(again.version == head.version && again.status == head.status &&
          again.reason == head.reason);
  require(again.fields.size() == head.fields.size());
  for (std::size_t i = 0; i < head.fields.size(); ++i)
    require(again.fields[i].name == head.fields[i].name &&
            again.fields[i].value == head.fields[i].value);
  require(framing_fault(again) == framing_fault(head));
}

void check_retry_after(std::string_view value) {
  const auto seconds = parse_retry_after(value, kNow);
  if (seconds)
    require(*seconds <= 24 * 3600 && parse_retry_after(std::to_string(*seconds), 0) == seconds);
}

}  // namespace

extern "C" int LLVMFuzzerTestOneInput(const std::uint8_t* data, std::size_t size) {
  const std::string_view input = fuzz::view(data, size);
  check_retry_after(input);
  const auto head = parse_http_head(input);
  if (!head) return 0;
  require(head->status >= 100 && head->status <= 999 && head->version.starts_with("HTTP/"));
  check_fields(*head);
  check_retry_after(head->field("retry-after").value_or(""));
  const std::string copy = written(*head);
  const auto again = parse_http_head(copy);
  require(again.has_value());
  check_same(*head, *again);
  return 0;
}
