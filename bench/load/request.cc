#include "bench/load/request.h"

#include <fmt/format.h>
#include <strings.h>

#include <charconv>
#include <optional>

namespace scraper::bench {

namespace {

using What = LoadRequest::What;

bool is_same(std::string_view a, std::string_view lower) {
  return a.size() == lower.size() && ::strncasecmp(a.data(), lower.data(), a.size()) == 0;
}

std::string_view trimmed(std::string_view text) {
  while (!text.empty() && (text.front() == ' ' || text.front() == '\t')) text.remove_prefix(1);
  while (!text.empty() && (text.back() == ' ' || text.back() == '\t')) text.remove_suffix(1);
  return text;
}

// All before `end`, which is taken too; everything when there is no `end`.
std::string_view take_until(std::string_view& text, std::string_view end) {
  const std::size_t at = text.find(end);
  const std::string_view taken = text.substr(0, at);
  text.remove_prefix(at == text.npos ? text.size() : at + end.size());
  return taken;
}

bool has_token(std::string_view list, std::string_view token) {
  while (!list.empty()) {
    if (is_same(trimmed(take_until(list, ",")), token)) return true;
  }
  return false;
}

// "/b/" and then a number of at most `most`, taken from `path`.
std::optional<std::uint64_t> take_number(std::string_view& path, std::string_view name,
                                         std::uint64_t most) {
  if (!path.starts_with(name)) return std::nullopt;
  std::uint64_t number = 0;
  const char* const begin = path.data() + name.size();
  const auto [end, fault] = std::from_chars(begin, path.data() + path.size(), number);
  if (fault != std::errc() || number > most) return std::nullopt;
  path.remove_prefix(static_cast<std::size_t>(end - path.data()));
  return number;
}

void read_target(std::string_view target, LoadRequest& request) {
  std::string_view path = target.substr(0, target.find('?'));
  request.what = What::kNotFound;
  if (path == "/hang") request.what = What::kHang;
  if (path == "/stats") request.what = What::kStats;
  const auto body = take_number(path, "/b/", kMaxLoadBody);
  if (!body) return;
  const auto delay = take_number(path, "/d/", static_cast<std::uint64_t>(kMaxLoadDelay.count()));
  const bool is_new = path == "/n";
  if (!is_new && !path.empty()) return;
  request.what = What::kBody;
  request.body = *body;
  request.delay = std::chrono::milliseconds(delay.value_or(0));
  request.is_last |= is_new;
}

// The fields that matter here (RFC 9112, 3.2, 6, 9.3); false for a line that is no field and for a
// request with a body.
bool read_fields(std::string_view fields, bool& has_host, bool& is_last) {
  while (!fields.empty()) {
    std::string_view value = take_until(fields, "\r\n");
    const std::size_t colon = value.find_first_of(": \t");
    if (colon == 0 || colon == value.npos || value[colon] != ':') return false;
    const std::string_view name = take_until(value, ":");
    value = trimmed(value);
    if (is_same(name, "host")) has_host = true;
    if (is_same(name, "connection") && has_token(value, "close")) is_last = true;
    if (is_same(name, "transfer-encoding") || (is_same(name, "content-length") && value != "0"))
      return false;
  }
  return true;
}

bool is_request_line(std::string_view line, std::string_view& method, std::string_view& target,
                     bool& is_old) {
  method = take_until(line, " ");
  target = take_until(line, " ");
  is_old = line == "HTTP/1.0";
  return !method.empty() && target.starts_with('/') && (is_old || line == "HTTP/1.1");
}

bool begins_with_method(std::string_view bytes) {
  const std::size_t space = bytes.find(' ');
  const std::string_view method = bytes.substr(0, space);
  return method.size() <= 16 &&
         method.find_first_not_of("ABCDEFGHIJKLMNOPQRSTUVWXYZ") == method.npos;
}

}  // namespace

std::size_t read_load_request(std::string_view bytes, LoadRequest& request) {
  request = LoadRequest();
  const std::size_t end = bytes.find("\r\n\r\n");
  if (!begins_with_method(bytes)) return bytes.size();
  if (end == bytes.npos && bytes.size() <= kMaxLoadHead) return 0;
  if (end == bytes.npos || end > kMaxLoadHead) return bytes.size();
  std::string_view head = bytes.substr(0, end + 2);
  const std::string_view line = take_until(head, "\r\n");
  std::string_view method, target;
  bool is_old = false;
  bool has_host = false;
  bool is_last = false;
  if (!is_request_line(line, method, target, is_old) || !read_fields(head, has_host, is_last) ||
      !(is_old || has_host)) {
    return bytes.size();
  }
  request.is_last = is_last || is_old;
  if (method == "GET") {
    read_target(target, request);
  } else {
    request.what = What::kNotAllowed;
  }
  return end + 4;
}

std::string load_path(std::uint64_t body, std::chrono::milliseconds delay, bool is_last) {
  std::string path = fmt::format("/b/{}", body);
  if (delay.count() > 0) path += fmt::format("/d/{}", delay.count());
  return is_last ? path + "/n" : path;
}

}  // namespace scraper::bench
