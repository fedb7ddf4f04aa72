#include "base/http_head.h"

#include <algorithm>
#include <array>
#include <charconv>
#include <ctime>

#include "base/ascii.h"

namespace scraper {

namespace {

constexpr std::uint32_t kLongestRetryAfter = 24 * 3600;

std::string_view trim(std::string_view text) {
  const auto first = text.find_first_not_of(" \t\r");
  if (first == text.npos) return {};
  return text.substr(first, text.find_last_not_of(" \t\r") - first + 1);
}

// Cuts one line off the front; the line end is LF with or without CR before it.
std::string_view next_line(std::string_view& rest) {
  const auto end = rest.find('\n');
  std::string_view line = rest.substr(0, end);
  rest = end == rest.npos ? std::string_view{} : rest.substr(end + 1);
  if (!line.empty() && line.back() == '\r') line.remove_suffix(1);
  return line;
}

bool parse_status_line(std::string_view line, HttpHead& head) {
  if (line.substr(0, 5) != "HTTP/") return false;
  const auto space = line.find(' ');
  if (space == line.npos) return false;
  head.version = line.substr(0, space);
  const std::string_view rest = line.substr(space + 1);
  if (rest.size() < 3 || (rest.size() > 3 && rest[3] != ' ')) return false;
  const auto [end, error] = std::from_chars(rest.data(), rest.data() + 3, head.status);
  if (error != std::errc{} || end != rest.data() + 3 || head.status < 100) return false;
  head.reason = rest.size() > 4 ? trim(rest.substr(4)) : std::string_view{};
  return true;
}

std::optional<std::uint64_t> parse_number(std::string_view digits) {
  std::uint64_t value = 0;
  const auto [end, error] = std::from_chars(digits.data(), digits.data() + digits.size(), value);
  if (error != std::errc{} || end != digits.data() + digits.size() || digits.empty())
    return std::nullopt;
  return value;
}

// IMF-fixdate, the one form that may be sent (RFC 9110 5.6.7): "Sun, 06 Nov 1994 08:49:37 GMT".
std::optional<std::int64_t> parse_http_date(std::string_view text) {
  std::tm time{};
  const std::string copy(text.substr(0, 40));
  const char* end = strptime(copy.c_str(), "%a, %d %b %Y %H:%M:%S GMT", &time);
  if (end == nullptr || *end != '\0') return std::nullopt;
  return timegm(&time);
}

}  // namespace

std::optional<std::string_view> HttpHead::field(std::string_view name) const {
  for (const auto& f : fields) {
    if (are_same_ignoring_case(f.name, name)) return f.value;
  }
  return std::nullopt;
}

std::vector<std::string_view> HttpHead::all(std::string_view name) const {
  std::vector<std::string_view> values;
  for (const auto& f : fields) {
    if (are_same_ignoring_case(f.name, name)) values.push_back(f.value);
  }
  return values;
}

std::optional<HttpHead> parse_http_head(std::string_view text) {
  HttpHead head;
  if (!parse_status_line(next_line(text), head)) return std::nullopt;
  while (!text.empty()) {
    const std::string_view line = next_line(text);
    if (line.empty()) break;
    const auto colon = line.find(':');
    const bool is_folded =
        line[0] == ' ' ||
        line[0] == '\t';  // obs-fold: dropped, never joined to the field before it
    if (is_folded || colon == line.npos || colon == 0 || line[colon - 1] == ' ' ||
        line[colon - 1] == '\t')
      continue;
    head.fields.push_back({line.substr(0, colon), trim(line.substr(colon + 1))});
  }
  return head;
}

std::optional<std::string> framing_fault(const HttpHead& head) {
  const auto lengths = head.all("content-length");
  if (!lengths.empty() && head.field("transfer-encoding"))
    return "Content-Length beside Transfer-Encoding";
  std::optional<std::uint64_t> first;
  for (std::string_view list : lengths) {
    while (true) {  // a list of equal values is allowed (RFC 9110 8.6)
      const auto comma = list.find(',');
      const auto value = parse_number(trim(list.substr(0, comma)));
      if (!value) return "Content-Length is no number";
      if (first && *first != *value) return "two differing Content-Lengths";
      first = value;
      if (comma == list.npos) break;
      list.remove_prefix(comma + 1);
    }
  }
  return std::nullopt;
}

std::optional<std::uint32_t> parse_retry_after(std::string_view value, std::int64_t now_unix) {
  value = trim(value);
  if (const auto delay = parse_number(value)) {
    return static_cast<std::uint32_t>(std::min<std::uint64_t>(*delay, kLongestRetryAfter));
  }
  if (!value.empty() && value.find_first_not_of("0123456789") == value.npos)
    return kLongestRetryAfter;  // a number past 64 bits
  const auto date = parse_http_date(value);
  if (!date) return std::nullopt;
  return static_cast<std::uint32_t>(
      std::clamp<std::int64_t>(*date - now_unix, 0, kLongestRetryAfter));
}

}  // namespace scraper
