#include "storage/warc_reader.h"

#include <fmt/format.h>

#include <algorithm>
#include <array>
#include <charconv>
#include <chrono>
#include <string>
#include <utility>

#include "base/ascii.h"
#include "base/http_head.h"
#include "base/percent.h"
#include "base/printable.h"
#include "storage/warc.h"

namespace scraper::storage {

namespace {

constexpr std::string_view kVersion = "WARC/1.1";
constexpr std::string_view kLineEnd = "\r\n";
constexpr std::string_view kHeaderEnd = "\r\n\r\n";
constexpr std::uint64_t kMaxBlock = 1ull << 62;  // so that offsets can be added
constexpr std::size_t kShown = 60;               // bytes of what was found instead, in a message

Error invalid(std::string context) { return {Errc::kInvalid, std::move(context)}; }

std::string shown(std::string_view bytes) { return printable(bytes.substr(0, kShown)); }

std::string_view trim(std::string_view text) {
  const auto first = text.find_first_not_of(" \t\r\n");
  if (first == text.npos) return {};
  return text.substr(first, text.find_last_not_of(" \t\r\n") - first + 1);
}

bool holds_controls(std::string_view text) {
  return std::any_of(text.begin(), text.end(),
                     [](char c) { return (c >= 0 && c < ' ' && c != '\t') || c == '\x7F'; });
}

bool is_folded(std::string_view line) {
  return !line.empty() && (line[0] == ' ' || line[0] == '\t');
}

// A line that folds makes the value before it longer: the views lie in the same bytes.
Result<void> add_line(std::string_view line, WarcRecord& record) {
  if (holds_controls(line))
    return invalid(fmt::format("a control character in the header line \"{}\"", shown(line)));
  if (is_folded(line)) {
    if (record.fields.empty()) return invalid("the header's first line is folded");
    std::string_view& value = record.fields.back().value;
    if (trim(line).empty()) return {};
    const char* const begin = value.empty() ? trim(line).data() : value.data();
    value = {begin, static_cast<std::size_t>(trim(line).data() + trim(line).size() - begin)};
    return {};
  }
  const auto colon = line.find(':');
  if (colon == line.npos || !is_http_token(line.substr(0, colon))) {
    return invalid(fmt::format("a header line that is no field: \"{}\"", shown(line)));
  }
  if (record.fields.size() == kMaxRecordFields)
    return invalid(fmt::format("more than {} header fields", kMaxRecordFields));
  record.fields.push_back({line.substr(0, colon), trim(line.substr(colon + 1))});
  return {};
}

// ISO 28500:2017 4: only WARC-Concurrent-To may be there more than once. Of fields that the
// standard does not know nothing is said.
Result<void> check_once(const WarcRecord& record) {
  for (auto field = record.fields.begin(); field != record.fields.end(); ++field) {
    const bool is_known = are_same_ignoring_case(field->name.substr(0, 5), "WARC-") ||
                          are_same_ignoring_case(field->name, "Content-Length") ||
                          are_same_ignoring_case(field->name, "Content-Type") ||
                          are_same_ignoring_case(field->name, kTransferField);
    if (!is_known || are_same_ignoring_case(field->name, "WARC-Concurrent-To")) continue;
    const auto same = [&](const WarcField& other) {
      return are_same_ignoring_case(other.name, field->name);
    };
    if (std::any_of(record.fields.begin(), field, same))
      return invalid(fmt::format("{} twice", field->name));
  }
  return {};
}

Result<void> take_known(WarcRecord& record) {
  for (const std::string_view name :
       {"WARC-Type", "WARC-Record-ID", "WARC-Date", "Content-Length"}) {
    if (record.field(name).value_or("").empty()) return invalid(fmt::format("no {}", name));
  }
  record.type = *record.field("WARC-Type");
  const std::string_view digits = *record.field("Content-Length");
  const char* const last = digits.data() + digits.size();
  const auto [end, error] = std::from_chars(digits.data(), last, record.block_length);
  if (error != std::errc{} || end != last || record.block_length > kMaxBlock) {
    return invalid(fmt::format("Content-Length is \"{}\"", shown(digits)));
  }
  return {};
}

// ---- the capture of a record

constexpr std::string_view kOriginal = "X-Archive-Orig-";

bool starts_with_name(std::string_view text, std::string_view name) {
  return are_same_ignoring_case(text.substr(0, name.size()), name);
}

// One line off the front, with its line end.
std::string_view take_line(std::string_view& rest) {
  const auto end = rest.find('\n');
  const std::string_view line = rest.substr(0, end == rest.npos ? rest.size() : end + 1);
  rest.remove_prefix(line.size());
  return line;
}

template <class Number>
bool read_number(std::string_view digits, Number& number) {
  const char* const last = digits.data() + digits.size();
  const auto [end, error] = std::from_chars(digits.data(), last, number);
  return !digits.empty() && error == std::errc{} && end == last;
}

std::optional<Sha256> read_digest(std::string_view text) {
  constexpr std::string_view kAlgorithm = "sha256:";
  Sha256 digest{};
  if (text.substr(0, kAlgorithm.size()) != kAlgorithm ||
      text.size() != kAlgorithm.size() + 2 * digest.size())
    return std::nullopt;
  text.remove_prefix(kAlgorithm.size());
  for (std::size_t i = 0; i < digest.size(); ++i) {
    const int high = hex_value(text[2 * i]);
    const int low = hex_value(text[2 * i + 1]);
    if (high < 0 || low < 0) return std::nullopt;
    digest[i] = static_cast<std::uint8_t>(high * 16 + low);
  }
  return digest;
}

// "2026-03-01T12:00:00.123456Z": seconds, and of them up to nine decimals (W3CDTF as WARC/1.1 has
// it), of which six count.
std::optional<WallTime> read_date(std::string_view text) {
  constexpr std::string_view kForm = "dddd-dd-ddTdd:dd:dd";
  if (text.size() <= kForm.size() || text.back() != 'Z') return std::nullopt;
  for (std::size_t i = 0; i < kForm.size(); ++i) {
    if (kForm[i] == 'd' ? !is_digit(text[i]) : text[i] != kForm[i]) return std::nullopt;
  }
  const auto two = [&](std::size_t at) {
    return static_cast<unsigned>((text[at] - '0') * 10 + (text[at + 1] - '0'));
  };
  const std::chrono::year_month_day day(std::chrono::year(static_cast<int>(two(0) * 100 + two(2))),
                                        std::chrono::month(two(5)), std::chrono::day(two(8)));
  if (!day.ok() || two(11) > 23 || two(14) > 59 || two(17) > 59) return std::nullopt;
  std::string_view fraction = text.substr(kForm.size(), text.size() - kForm.size() - 1);
  std::uint32_t nanos = 0;
  if (!fraction.empty()) {
    if (fraction[0] != '.' || fraction.size() > 10) return std::nullopt;
    std::string digits(fraction.substr(1));
    if (digits.empty()) return std::nullopt;
    digits.resize(9, '0');
    if (!read_number(digits, nanos)) return std::nullopt;
  }
  const auto whole =
      std::chrono::hours(two(11)) + std::chrono::minutes(two(14)) + std::chrono::seconds(two(17));
  return WallTime(std::chrono::sys_days(day)) + whole + std::chrono::microseconds(nanos / 1'000);
}

std::optional<FetchError> read_error(std::string_view text) {
  for (auto value = static_cast<unsigned>(FetchError::kNone);
       value <= static_cast<unsigned>(FetchError::kLocal); ++value) {
    if (to_string(static_cast<FetchError>(value)) == text) return static_cast<FetchError>(value);
  }
  return std::nullopt;
}

bool read_duration(std::string_view text, Duration& duration) {
  std::int64_t nanos = 0;
  if (!read_number(text, nanos) || nanos < 0) return false;
  duration = std::chrono::duration_cast<Duration>(std::chrono::nanoseconds(nanos));
  return true;
}

bool take_error(const std::string& text, Capture& capture) {
  const auto error = read_error(text);
  if (!error) return false;
  capture.error = *error;
  return true;
}

// A key that is not known was written by a later version.
bool take_transfer_value(std::string_view key, const std::string& value, Capture& capture) {
  if (key == "total-ns") return read_duration(value, capture.timing.total);
  if (key == "first-byte-ns") return read_duration(value, capture.timing.first_byte);
  if (key == "connected-ns") return read_duration(value, capture.timing.connected);
  if (key == "received") return read_number(value, capture.received_bytes);
  if (key == "error") return take_error(value, capture);
  if (key == "new-connection") capture.is_new_connection = value == "1";
  if (key == "protocol") capture.protocol = value;
  if (key == "address") capture.remote_address = value;
  if (key == "error-text") capture.error_text = value;
  return true;
}

Result<void> take_transfer(std::string_view field, Capture& capture) {
  while (!field.empty()) {
    const std::string_view part = trim(field.substr(0, field.find(';')));
    field.remove_prefix(std::min(field.find(';'), field.size() - 1) + 1);
    const auto equals = part.find('=');
    auto value = strict_percent_decode(equals == part.npos ? "%" : part.substr(equals + 1));
    if (!value || !take_transfer_value(part.substr(0, equals), *value, capture)) {
      return invalid(fmt::format("{} has \"{}\"", kTransferField, shown(part)));
    }
  }
  return {};
}

// What a record of either kind says of its transfer.
Result<void> take_fields(const WarcRecord& record, Capture& capture) {
  const std::string_view target = record.field("WARC-Target-URI").value_or("");
  auto url = Url::from_serialised(std::string(target));
  if (!url) return invalid(fmt::format("WARC-Target-URI is \"{}\"", shown(target)));
  capture.url = std::move(*url);
  const std::string_view date = record.field("WARC-Date").value_or("");
  const auto started = read_date(date);
  if (!started) return invalid(fmt::format("WARC-Date is \"{}\"", shown(date)));
  capture.timing.started = *started;
  capture.remote_address = record.field("WARC-IP-Address").value_or("");
  capture.protocol = record.field("WARC-Protocol").value_or("");
  return take_transfer(record.field(kTransferField).value_or(""), capture);
}

// The names that storage/warc.h gave to fields about framing are taken back, and the field that
// stood in for them.
std::string received_head(std::string_view archived, std::uint64_t body_size, bool is_http2) {
  const std::string added = fmt::format("Content-Length: {}\r\n\r\n", body_size);
  const bool ends_with_added =
      archived.size() >= added.size() && archived.substr(archived.size() - added.size()) == added;
  std::string out;
  out.reserve(archived.size());
  std::string_view rest = archived;
  std::string_view line = take_line(rest);
  const bool is_rewritten = is_http2 && line.substr(0, 9) == "HTTP/1.1 " && line.size() >= 12;
  if (is_rewritten) {
    const std::string_view status = line.substr(9, 3);
    const bool is_usual = trim(line.substr(12)) == reason_phrase(status);
    out.append("HTTP/2 ").append(status).append(is_usual ? " \r\n" : line.substr(12));
  } else {
    out.append(line);
  }
  bool is_renamed = false;
  while (!rest.empty()) {
    line = take_line(rest);
    const std::string_view original =
        starts_with_name(line, kOriginal) ? line.substr(kOriginal.size()) : std::string_view{};
    const bool is_framing = starts_with_name(original, "Transfer-Encoding:") ||
                            starts_with_name(original, "Content-Length:");
    is_renamed |= is_framing;
    out.append(is_framing ? original : line);
  }
  if (is_renamed && ends_with_added) out.replace(out.size() - added.size(), added.size(), "\r\n");
  return out;
}

Result<void> take_answer(const WarcRecord& record, std::string_view block, Capture& capture) {
  if (!starts_with_name(record.field("Content-Type").value_or(""), "application/http"))
    return invalid("a response that is not HTTP");
  const auto head_size = http_head_size(block);
  if (head_size == block.npos)
    return invalid(fmt::format("an HTTP head without an end in {} bytes", block.size()));
  const std::string_view head = block.substr(0, head_size);
  const auto parsed = parse_http_head(head);
  if (!parsed)
    return invalid(fmt::format("an HTTP status line that is none: \"{}\"",
                               shown(head.substr(0, head.find('\n')))));
  const std::string_view digest = record.field("WARC-Payload-Digest").value_or("");
  const auto read = read_digest(digest);
  if (!read) return invalid(fmt::format("WARC-Payload-Digest is \"{}\"", shown(digest)));
  const std::string_view truncated = record.field("WARC-Truncated").value_or("");
  capture.status = parsed->status;
  capture.digest = *read;
  capture.body.size = record.block_length - head_size;
  capture.head = received_head(head, capture.body.size, capture.protocol == "h2");
  capture.is_truncated = truncated == "length";
  if (truncated == "disconnect") capture.error = FetchError::kTruncated;
  if (!capture.has_answer())
    return invalid(fmt::format("a response with the error {}", to_string(capture.error)));
  return {};
}

Result<void> take_metadata(const WarcRecord& record, std::string_view block, Capture& capture) {
  if (block.size() < record.block_length)
    return invalid("a metadata record that is not there to its end");
  std::optional<FetchError> error;
  while (!block.empty()) {
    std::string_view line = take_line(block);
    while (!line.empty() && (line.back() == '\r' || line.back() == '\n')) line.remove_suffix(1);
    constexpr std::string_view kError = "error: ";
    constexpr std::string_view kDetail = "error-detail: ";
    if (line.substr(0, kError.size()) == kError) error = read_error(line.substr(kError.size()));
    if (line.substr(0, kDetail.size()) == kDetail) capture.error_text = line.substr(kDetail.size());
  }
  capture.error = error.value_or(FetchError::kNone);
  if (capture.has_answer()) return invalid("a metadata record without the error of a transfer");
  return {};
}

}  // namespace

std::uint64_t WarcRecord::length() const { return header_size + block_length + kHeaderEnd.size(); }

std::optional<std::string_view> WarcRecord::field(std::string_view name) const {
  for (const WarcField& field : fields) {
    if (are_same_ignoring_case(field.name, name)) return field.value;
  }
  return std::nullopt;
}

std::size_t http_head_size(std::string_view block) {
  for (auto at = block.find('\n'); at != block.npos; at = block.find('\n', at + 1)) {
    if (block.substr(at + 1, 1) == "\n") return at + 2;
    if (block.substr(at + 1, 2) == "\r\n") return at + 3;
  }
  return block.npos;
}

Result<Capture> read_outline(std::string_view bytes) {
  const auto record = parse_record_header(bytes);
  if (!record) return record.error();
  if (record->type != "response" && record->type != "metadata") {
    return invalid(fmt::format("a record of type {} is of no transfer", shown(record->type)));
  }
  Capture capture;
  if (auto taken = take_fields(*record, capture); !taken) return taken.error();
  const std::string_view block = bytes.substr(record->header_size, record->block_length);
  auto taken = record->type == "response" ? take_answer(*record, block, capture)
                                          : take_metadata(*record, block, capture);
  if (!taken) return taken.error();
  return capture;
}

Result<WarcRecord> parse_record_header(std::string_view bytes) {
  const std::string_view limited = bytes.substr(0, kMaxRecordHeader);
  if (limited.substr(0, kVersion.size()) != kVersion ||
      limited.substr(kVersion.size(), 2) != kLineEnd) {
    return invalid(
        fmt::format("no WARC/1.1 record begins here but \"{}\"", shown(limited.substr(0, 16))));
  }
  const auto end = limited.find(kHeaderEnd);
  if (end == limited.npos)
    return invalid(fmt::format("a header without an end in {} bytes", limited.size()));
  WarcRecord record;
  record.version = limited.substr(0, kVersion.size());
  record.header_size = end + kHeaderEnd.size();
  std::string_view rest = limited.substr(0, end + kLineEnd.size());
  rest.remove_prefix(kVersion.size() + kLineEnd.size());
  while (!rest.empty()) {
    const auto line_end = rest.find(kLineEnd);
    if (auto added = add_line(rest.substr(0, line_end), record); !added) return added.error();
    rest.remove_prefix(line_end + kLineEnd.size());
  }
  if (auto checked = check_once(record); !checked) return checked.error();
  if (auto taken = take_known(record); !taken) return taken.error();
  return record;
}

}  // namespace scraper::storage
