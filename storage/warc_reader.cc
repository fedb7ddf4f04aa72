#include "storage/warc_reader.h"

#include <fmt/format.h>

#include <algorithm>
#include <array>
#include <charconv>
#include <string>

#include "scraper/base/http_head.h"
#include "scraper/base/json_writer.h"

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

// RFC 9110 5.6.2: what a field's name consists of.
bool is_token(std::string_view text) {
  constexpr std::string_view kOthers = "!#$%&'*+-.^_`|~";
  return !text.empty() && std::all_of(text.begin(), text.end(), [&](char c) {
    return (c >= '0' && c <= '9') || (c >= 'a' && c <= 'z') || (c >= 'A' && c <= 'Z') || kOthers.find(c) != kOthers.npos;
  });
}

bool holds_controls(std::string_view text) {
  return std::any_of(text.begin(), text.end(), [](char c) { return (c >= 0 && c < ' ' && c != '\t') || c == '\x7F'; });
}

bool is_folded(std::string_view line) { return !line.empty() && (line[0] == ' ' || line[0] == '\t'); }

// A line that folds makes the value before it longer: the views lie in the same bytes.
Result<void> add_line(std::string_view line, WarcRecord& record) {
  if (holds_controls(line)) return invalid(fmt::format("a control character in the header line \"{}\"", shown(line)));
  if (is_folded(line)) {
    if (record.fields.empty()) return invalid("the header's first line is folded");
    std::string_view& value = record.fields.back().value;
    if (trim(line).empty()) return {};
    const char* const begin = value.empty() ? trim(line).data() : value.data();
    value = {begin, static_cast<std::size_t>(trim(line).data() + trim(line).size() - begin)};
    return {};
  }
  const auto colon = line.find(':');
  if (colon == line.npos || !is_token(line.substr(0, colon))) {
    return invalid(fmt::format("a header line that is no field: \"{}\"", shown(line)));
  }
  if (record.fields.size() == kMaxRecordFields) return invalid(fmt::format("more than {} header fields", kMaxRecordFields));
  record.fields.push_back({line.substr(0, colon), trim(line.substr(colon + 1))});
  return {};
}

// ISO 28500:2017 4: only WARC-Concurrent-To may be there more than once. Of fields that the standard does not know nothing is said.
Result<void> check_once(const WarcRecord& record) {
  for (auto field = record.fields.begin(); field != record.fields.end(); ++field) {
    const bool is_known = field_name_is(field->name.substr(0, 5), "WARC-") || field_name_is(field->name, "Content-Length") ||
                          field_name_is(field->name, "Content-Type");
    if (!is_known || field_name_is(field->name, "WARC-Concurrent-To")) continue;
    const auto same = [&](const WarcField& other) { return field_name_is(other.name, field->name); };
    if (std::any_of(record.fields.begin(), field, same)) return invalid(fmt::format("{} twice", field->name));
  }
  return {};
}

Result<void> take_known(WarcRecord& record) {
  for (const std::string_view name : {"WARC-Type", "WARC-Record-ID", "WARC-Date", "Content-Length"}) {
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

}  // namespace

std::uint64_t WarcRecord::length() const { return header_size + block_length + kHeaderEnd.size(); }

std::optional<std::string_view> WarcRecord::field(std::string_view name) const {
  for (const WarcField& field : fields) {
    if (field_name_is(field.name, name)) return field.value;
  }
  return std::nullopt;
}

Result<WarcRecord> parse_record_header(std::string_view bytes) {
  const std::string_view limited = bytes.substr(0, kMaxRecordHeader);
  if (limited.substr(0, kVersion.size()) != kVersion || limited.substr(kVersion.size(), 2) != kLineEnd) {
    return invalid(fmt::format("no WARC/1.1 record begins here but \"{}\"", shown(limited.substr(0, 16))));
  }
  const auto end = limited.find(kHeaderEnd);
  if (end == limited.npos) return invalid(fmt::format("a header without an end in {} bytes", limited.size()));
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
