#include <fmt/format.h>

#include <algorithm>
#include <charconv>

#include "base/ascii.h"
#include "fetch/fetcher.h"

namespace scraper::fetch {

namespace {

// Takes one field off `rest`: up to the next ':' outside brackets. False when the brackets do not
// close.
bool take_field(std::string_view& rest, std::string_view& field) {
  std::size_t end = 0;
  if (!rest.empty() && rest.front() == '[') {
    end = rest.find(']');
    if (end == rest.npos) return false;
    ++end;
    if (end < rest.size() && rest[end] != ':') return false;
  } else {
    end = std::min(rest.find(':'), rest.size());
  }
  field = rest.substr(0, end);
  rest.remove_prefix(std::min(end + 1, rest.size()));
  return true;
}

bool parse_port(std::string_view digits, std::uint16_t& port) {
  if (digits.empty()) return true;
  const auto [end, error] = std::from_chars(digits.data(), digits.data() + digits.size(), port);
  return error == std::errc{} && end == digits.data() + digits.size() && port != 0;
}

bool is_host(std::string_view host) {
  if (!host.empty() && host.front() == '[') return literal_address(host).has_value();
  return std::none_of(host.begin(), host.end(), [](char c) {
    return c <= ' ' || c == '/' || c == '@' || c == '[' || c == ']' || c == 0x7F;
  });
}

}  // namespace

Result<ConnectTo> ConnectTo::parse(std::string_view text) {
  std::string_view rest = text;
  std::string_view fields[4];
  const bool has_three_colons = [&] {
    for (std::size_t i = 0; i < 4; ++i) {
      if (i > 0 && fields[i - 1].data() + fields[i - 1].size() == text.data() + text.size())
        return false;
      if (!take_field(rest, fields[i])) return false;
    }
    return fields[3].data() + fields[3].size() == text.data() + text.size();
  }();
  ConnectTo entry;
  if (!has_three_colons || !is_host(fields[0]) || !parse_port(fields[1], entry.from_port) ||
      !is_host(fields[2]) || !parse_port(fields[3], entry.to_port)) {
    return usage_error(fmt::format(
        "'{}' is no HOST1:PORT1:HOST2:PORT2 (each may be empty; IPv6 in brackets)", text));
  }
  entry.from_host = ascii_lowered(fields[0]);
  entry.to_host = ascii_lowered(fields[2]);
  return entry;
}

Endpoint endpoint_of(const Url& url, const std::vector<ConnectTo>& connect_to) {
  Endpoint endpoint{std::string(url.host()), url.effective_port()};
  for (const ConnectTo& entry : connect_to) {
    const bool fits = (entry.from_host.empty() || entry.from_host == url.host()) &&
                      (entry.from_port == 0 || entry.from_port == url.effective_port());
    if (!fits) continue;
    if (!entry.to_host.empty()) endpoint.host = entry.to_host;
    if (entry.to_port != 0) endpoint.port = entry.to_port;
    break;
  }
  return endpoint;
}

}  // namespace scraper::fetch
