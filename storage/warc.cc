#include "storage/warc.h"

#include <fmt/format.h>

#include <algorithm>
#include <array>
#include <cassert>
#include <chrono>
#include <cstring>
#include <iterator>

#include "base/ascii.h"
#include "base/http_head.h"
#include "base/percent.h"
#include "base/printable.h"

namespace scraper::storage {

namespace {

constexpr std::string_view kRecordEnd = "\r\n\r\n";
constexpr std::string_view kOriginal = "X-Archive-Orig-";

void append_field(std::string& out, std::string_view name, std::string_view value) {
  assert(value.find_first_of("\r\n") == value.npos);
  out.append(name).append(": ").append(value).append("\r\n");
}

// One line off the front, without LF and the one CR before it.
std::string_view next_line(std::string_view& rest) {
  const auto end = rest.find('\n');
  std::string_view line = rest.substr(0, end);
  rest = end == rest.npos ? std::string_view{} : rest.substr(end + 1);
  if (!line.empty() && line.back() == '\r') line.remove_suffix(1);
  return line;
}

// A line of nothing but CR ends the head too: it does for libcurl, and readers must not see a
// second end.
bool ends_head(std::string_view line) { return line.find_first_not_of('\r') == line.npos; }

bool is_folded(std::string_view line) {
  return !line.empty() && (line[0] == ' ' || line[0] == '\t');
}

bool is_newer_than_http1(std::string_view version) {
  return version.substr(0, 6) == "HTTP/2" || version.substr(0, 6) == "HTTP/3";
}

void append_status_line(std::string& out, std::string_view line) {
  if (!is_newer_than_http1(line)) {
    out.append(line).append("\r\n");
    return;
  }
  const auto space = std::min(line.find(' '), line.size());
  const std::string_view rest = line.substr(std::min(space + 1, line.size()));
  const std::string_view status = rest.substr(0, 3);
  std::string_view reason = rest.substr(std::min<std::size_t>(4, rest.size()));
  if (reason.find_first_not_of(' ') == reason.npos) reason = reason_phrase(status);
  out.append("HTTP/1.1 ").append(status).append(" ").append(reason).append("\r\n");
}

// Does this field say exactly `size`? What folds into a second line says something else.
bool says_length(std::string_view value, std::string_view size, std::string_view rest) {
  const auto first = value.find_first_not_of(" \t");
  if (first == value.npos || is_folded(rest)) return false;
  return value.substr(first, value.find_last_not_of(" \t") - first + 1) == size;
}

std::string archived_request(const Capture& capture) {
  std::string_view rest = capture.request_head;
  std::string_view line = next_line(rest);
  std::string out;
  out.reserve(capture.request_head.size() + 8);
  if (const auto version = line.rfind(' ');
      version != line.npos && is_newer_than_http1(line.substr(version + 1))) {
    out.append(line.substr(0, version)).append(" HTTP/1.1");
  } else {
    out.append(line);
  }
  out.append("\r\n");
  for (line = next_line(rest); !ends_head(line); line = next_line(rest))
    out.append(line).append("\r\n");
  out.append("\r\n");
  return out;
}

// Only what an address consists of; a scope ("%eth0") is no part of it.
std::string_view bare_address(std::string_view address) {
  const auto end = address.find_first_not_of("0123456789abcdefABCDEF:.");
  return address.substr(0, end);
}

class TransferField {
 public:
  void add(std::string_view key, std::string_view value) {
    if (value.empty()) return;
    out_.append(out_.empty() ? "" : "; ").append(key).append("=");
    for (const char c : value) {
      if (c > ' ' && c < '\x7F' && c != '%' && c != ';') {
        out_ += c;
      } else {
        append_escape(out_, c);
      }
    }
  }
  void add(std::string_view key, std::uint64_t number) {
    if (number != 0) add(key, std::string_view(fmt::format_int(number).c_str()));
  }
  void add(std::string_view key, Duration duration) {
    const auto nanos = std::chrono::nanoseconds(duration).count();
    if (nanos > 0) add(key, static_cast<std::uint64_t>(nanos));
  }
  const std::string& text() const { return out_; }

 private:
  std::string out_;
};

void append_transfer(std::string& out, const Capture& capture) {
  TransferField field;
  field.add("total-ns", capture.timing.total);
  field.add("first-byte-ns", capture.timing.first_byte);
  field.add("connected-ns", capture.timing.connected);
  field.add("received", capture.received_bytes);
  field.add("protocol", capture.protocol);
  field.add("new-connection", std::uint64_t{capture.is_new_connection});
  if (bare_address(capture.remote_address) != capture.remote_address)
    field.add("address", capture.remote_address);
  if (capture.error == FetchError::kTruncated) {
    field.add("error", to_string(capture.error));
    field.add("error-text", capture.error_text);
  }
  if (!field.text().empty()) append_field(out, kTransferField, field.text());
}

struct RecordHead {
  std::string_view type;
  std::string_view id;
  std::string_view content_type;
  std::uint64_t block_length = 0;
};

// What every record of a capture says about itself; Content-Length and the empty line come last,
// with close_head.
void open_head(std::string& out, const RecordHead& head, const Capture& capture,
               std::string_view warcinfo_id) {
  out.append("WARC/1.1\r\n");
  append_field(out, "WARC-Type", head.type);
  append_field(out, "WARC-Record-ID", head.id);
  append_field(out, "WARC-Date", to_rfc3339(capture.timing.started));
  append_field(out, "WARC-Target-URI", capture.url.href());
  append_field(out, "WARC-Warcinfo-ID", warcinfo_id);
  if (const auto address = bare_address(capture.remote_address); !address.empty())
    append_field(out, "WARC-IP-Address", address);
  if (capture.protocol == "h2") append_field(out, "WARC-Protocol", "h2");
}

void close_head(std::string& out, const RecordHead& head) {
  append_field(out, "Content-Type", head.content_type);
  append_field(out, "Content-Length", std::to_string(head.block_length));
  out.append("\r\n");
}

void append_request(std::string& out, const Capture& capture, std::string_view warcinfo_id,
                    std::string_view response_id, RecordIds& ids) {
  const std::string request = archived_request(capture);
  const std::string id = ids.next();
  const RecordHead head{"request", id, "application/http;msgtype=request", request.size()};
  open_head(out, head, capture, warcinfo_id);
  append_field(out, "WARC-Concurrent-To", response_id);
  close_head(out, head);
  out.append(request).append(kRecordEnd);
}

WarcRecords answer_records(const Capture& capture, std::string_view warcinfo_id, RecordIds& ids) {
  const std::string http_head = archived_head(capture.head, capture.body.size);
  const std::string id = ids.next();
  const RecordHead head{"response", id, "application/http;msgtype=response",
                        http_head.size() + capture.body.size};
  WarcRecords records;
  std::string& out = records.before_body;
  out.reserve(640 + capture.url.href().size() + http_head.size());
  open_head(out, head, capture, warcinfo_id);
  append_field(out, "WARC-Payload-Digest", to_string(capture.digest));
  if (capture.is_truncated || capture.error == FetchError::kTruncated) {
    append_field(out, "WARC-Truncated", capture.is_truncated ? "length" : "disconnect");
  }
  append_transfer(out, capture);
  close_head(out, head);
  out.append(http_head);
  records.after_body = kRecordEnd;
  records.first_length = out.size() + capture.body.size + kRecordEnd.size();
  if (!capture.request_head.empty()) {
    append_request(records.after_body, capture, warcinfo_id, id, ids);
    records.count = 2;
  }
  return records;
}

WarcRecords metadata_record(const Capture& capture, std::string_view warcinfo_id, RecordIds& ids) {
  std::string block;
  append_field(block, "error", to_string(capture.error));
  append_field(block, "error-detail", printable(capture.error_text));
  append_field(
      block, "duration-ms",
      std::to_string(
          std::chrono::duration_cast<std::chrono::milliseconds>(capture.timing.total).count()));
  append_field(block, "received-bytes", std::to_string(capture.received_bytes));
  const std::string id = ids.next();
  const RecordHead head{"metadata", id, "application/warc-fields", block.size()};
  WarcRecords records;
  open_head(records.before_body, head, capture, warcinfo_id);
  append_transfer(records.before_body, capture);
  close_head(records.before_body, head);
  records.before_body.append(block).append(kRecordEnd);
  records.first_length = records.before_body.size();
  return records;
}

[[maybe_unused]] bool is_printable_ascii(std::string_view text) {
  return std::all_of(text.begin(), text.end(), [](char c) { return c > 0x20 && c < 0x7F; });
}

}  // namespace

std::string_view reason_phrase(std::string_view status) {
  struct Phrase {
    std::string_view status, text;
  };
  // RFC 9110 15; HTTP/2 has none and readers of HTTP/1.1 like one.
  static constexpr Phrase kPhrases[] = {
      {"200", "OK"},
      {"201", "Created"},
      {"202", "Accepted"},
      {"203", "Non-Authoritative Information"},
      {"204", "No Content"},
      {"206", "Partial Content"},
      {"300", "Multiple Choices"},
      {"301", "Moved Permanently"},
      {"302", "Found"},
      {"303", "See Other"},
      {"304", "Not Modified"},
      {"307", "Temporary Redirect"},
      {"400", "Bad Request"},
      {"401", "Unauthorized"},
      {"403", "Forbidden"},
      {"308", "Permanent Redirect"},
      {"404", "Not Found"},
      {"405", "Method Not Allowed"},
      {"406", "Not Acceptable"},
      {"408", "Request Timeout"},
      {"410", "Gone"},
      {"421", "Misdirected Request"},
      {"429", "Too Many Requests"},
      {"451", "Unavailable For Legal Reasons"},
      {"502", "Bad Gateway"},
      {"503", "Service Unavailable"},
      {"504", "Gateway Timeout"},
      {"500", "Internal Server Error"},
  };
  const auto* found = std::find_if(std::begin(kPhrases), std::end(kPhrases),
                                   [&](const Phrase& p) { return p.status == status; });
  return found == std::end(kPhrases) ? std::string_view{} : found->text;
}

std::string RecordIds::next() {
  std::array<char, 8> counter;
  std::memcpy(counter.data(), &count_, counter.size());
  ++count_;
  // SipHash of a counter under a random key: as good as random to whoever does not know the key.
  Fingerprint bits = fingerprint({counter.data(), counter.size()}, key_);
  bits.high = (bits.high & ~0xF000ULL) | 0x4000ULL;      // version 4
  bits.low = (bits.low & ~(3ULL << 62)) | (2ULL << 62);  // variant 10
  return fmt::format("<urn:uuid:{:08x}-{:04x}-{:04x}-{:04x}-{:012x}>", bits.high >> 32,
                     bits.high >> 16 & 0xFFFF, bits.high & 0xFFFF, bits.low >> 48,
                     bits.low & 0xFFFF'FFFF'FFFF);
}

std::string archived_head(std::string_view head, std::uint64_t body_size) {
  const std::string size = std::to_string(body_size);
  std::string out;
  out.reserve(head.size() + 64);
  append_status_line(out, next_line(head));
  bool has_length = false;
  for (std::string_view line = next_line(head); !ends_head(line); line = next_line(head)) {
    const auto colon = std::min(line.find(':'), line.size());
    const std::string_view name = line.substr(0, colon);
    if (are_same_ignoring_case(name, "transfer-encoding")) {
      out.append(kOriginal);
    } else if (are_same_ignoring_case(name, "content-length")) {
      const bool is_right = says_length(line.substr(std::min(colon + 1, line.size())), size, head);
      if (!is_right) out.append(kOriginal);
      has_length |= is_right;
    }
    out.append(line).append("\r\n");
  }
  if (!has_length) append_field(out, "Content-Length", size);
  out.append("\r\n");
  return out;
}

WarcRecords to_warc(const Capture& capture, std::string_view warcinfo_id, RecordIds& ids) {
  assert(is_printable_ascii(
      capture.url.href()));  // or a URL could end a header field and begin another
  return capture.has_answer() ? answer_records(capture, warcinfo_id, ids)
                              : metadata_record(capture, warcinfo_id, ids);
}

std::string to_warcinfo(std::string_view id, std::string_view file_name, WallTime now,
                        const std::vector<std::pair<std::string, std::string>>& fields) {
  std::string block;
  for (const auto& [name, value] : fields) append_field(block, printable(name), printable(value));
  std::string out = "WARC/1.1\r\n";
  append_field(out, "WARC-Type", "warcinfo");
  append_field(out, "WARC-Record-ID", id);
  append_field(out, "WARC-Date", to_rfc3339(now));
  append_field(out, "WARC-Filename", file_name);
  close_head(out, {"warcinfo", id, "application/warc-fields", block.size()});
  return out.append(block).append(kRecordEnd);
}

std::string segment_name(std::uint32_t segment) { return fmt::format("{:05}.warc", segment); }

}  // namespace scraper::storage
