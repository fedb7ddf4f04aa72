#include "base/url.h"

#include <charconv>

namespace scraper {

namespace {

// The serialiser never leaves controls, spaces, '<', '>' or bytes past ASCII (negative here) in an
// http URL. A '"' may stand in a host: it is no forbidden domain code point (URL Standard 3.1).
bool is_bad(signed char c) { return (c <= 0x20) | (c == 0x7F) | (c == '<') | (c == '>'); }

// All of them are looked at, so that the compiler can take many at a time.
bool holds_bad(std::string_view text) {
  bool is_any_bad = false;
  for (const char c : text) is_any_bad |= is_bad(static_cast<signed char>(c));
  return is_any_bad;
}

bool parse_port(std::string_view digits, UrlParts& parts) {
  std::uint32_t port = 0;
  const auto [end, error] = std::from_chars(digits.data(), digits.data() + digits.size(), port);
  if (error != std::errc{} || end != digits.data() + digits.size() || port > 65535) return false;
  parts.port = port;
  parts.has_port = true;
  return true;
}

// Fills the offsets of what lies between "//" and the path.
bool split_authority(std::string_view href, std::uint32_t start, std::uint32_t end,
                     UrlParts& parts) {
  const std::string_view authority = href.substr(start, end - start);
  parts.username_start = parts.username_end = parts.host_start = start;
  if (const auto at = authority.rfind('@'); at != authority.npos) {
    const auto colon = authority.substr(0, at).find(':');
    parts.username_end = start + static_cast<std::uint32_t>(colon == authority.npos ? at : colon);
    parts.host_start = start + static_cast<std::uint32_t>(at) + 1;
  }
  const std::string_view host_port = href.substr(parts.host_start, end - parts.host_start);
  const auto bracket = host_port.rfind(']');
  const auto colon = host_port.find(':', bracket == host_port.npos ? 0 : bracket);
  parts.host_end =
      colon == host_port.npos ? end : parts.host_start + static_cast<std::uint32_t>(colon);
  parts.has_host = parts.host_end > parts.host_start;
  return parts.has_host &&
         (colon == host_port.npos || parse_port(host_port.substr(colon + 1), parts));
}

std::optional<UrlParts> split_serialised(std::string_view view) {
  UrlParts parts;
  if (view.substr(0, 7) == "http://") {
    parts.scheme_end = 4;
  } else if (view.substr(0, 8) == "https://") {
    parts.scheme_end = 5;
  } else {
    return std::nullopt;
  }
  if (holds_bad(view)) return std::nullopt;
  const std::uint32_t start = parts.scheme_end + 3;
  const auto size = static_cast<std::uint32_t>(view.size());
  const auto slash = view.find('/', start);
  if (slash == view.npos) return std::nullopt;
  parts.path = static_cast<std::uint32_t>(slash);
  if (view.substr(start, slash - start).find_first_of("?#\\") != view.npos) return std::nullopt;
  if (!split_authority(view, start, parts.path, parts)) return std::nullopt;
  const auto hash = view.find('#', slash);
  parts.hash = hash == view.npos ? size : static_cast<std::uint32_t>(hash);
  const auto question = view.substr(0, parts.hash).find('?', slash);
  parts.query = question == view.npos ? parts.hash : static_cast<std::uint32_t>(question);
  return parts;
}

}  // namespace

std::optional<Url> Url::from_serialised(std::string href) {
  const auto parts = split_serialised(href);
  if (!parts) return std::nullopt;
  return Url(std::move(href), *parts);
}

bool Url::is_serialised(std::string_view href) { return split_serialised(href).has_value(); }

std::string_view Url::password() const {
  if (!parts_.has_host || parts_.username_end + 1 >= parts_.host_start ||
      href_[parts_.username_end] != ':')
    return {};
  return slice(parts_.username_end + 1, parts_.host_start - 1);
}

std::optional<std::uint16_t> Url::port() const {
  if (!parts_.has_port) return std::nullopt;
  return static_cast<std::uint16_t>(parts_.port);
}

std::uint16_t Url::effective_port() const {
  return parts_.has_port ? static_cast<std::uint16_t>(parts_.port) : default_port(scheme());
}

std::string_view Url::query() const {
  return parts_.hash > parts_.query ? slice(parts_.query + 1, parts_.hash) : std::string_view{};
}

std::string_view Url::fragment() const {
  const auto size = static_cast<std::uint32_t>(href_.size());
  return size > parts_.hash ? slice(parts_.hash + 1, size) : std::string_view{};
}

std::string Url::origin() const {
  std::string out(scheme());
  out.append("://").append(host());
  if (parts_.has_port) out.append(":").append(std::to_string(parts_.port));
  return out;
}

std::uint16_t default_port(std::string_view scheme) {
  if (scheme == "http" || scheme == "ws") return 80;
  if (scheme == "https" || scheme == "wss") return 443;
  if (scheme == "ftp") return 21;
  return 0;
}

}  // namespace scraper
