// Url: a URL that has been parsed and serialised by the WHATWG URL Standard, held as its
// serialisation with the offsets of its parts.
//
// This is the word all rooms share; the parser that makes one from what a stranger wrote is
// parse/url.h. There is one parser: what the guard judged, what robots.txt was asked about and what
// libcurl is given is the same string. Immutable; any thread.
#pragma once

#include <cstdint>
#include <optional>
#include <string>
#include <string_view>
#include <utility>

namespace scraper {

// Byte offsets into the serialisation, in this order:
//
//   https://user:pass@example.com:8080/path?query#fragment
//         |  |   |    |          |   |    |     |
//         |  |   |    |          |   path query hash
//         |  |   |    |          host_end (a ':' follows when there is a port)
//         |  |   |    host_start (past the '@')
//         |  |   username_end
//         |  username_start
//         scheme_end (the ':')
//
// A URL without a host (mailto:, data:) has username_start == host_end == path.
// query is the offset of '?' and hash that of '#'; an absent part has the offset of what follows
// it.
struct UrlParts {
  std::uint32_t scheme_end = 0;
  std::uint32_t username_start = 0;
  std::uint32_t username_end = 0;
  std::uint32_t host_start = 0;
  std::uint32_t host_end = 0;
  std::uint32_t path = 0;
  std::uint32_t query = 0;
  std::uint32_t hash = 0;
  std::uint32_t port = 0;  // 0: none written, the scheme's default (port 0 itself cannot be fetched
                           // and is refused as such)
  bool has_port = false;
  bool has_host = false;
};

class Url {
 public:
  Url() = default;
  Url(std::string href, const UrlParts& parts) : href_(std::move(href)), parts_(parts) {}

  // Splits a serialisation that one of our own parsers wrote: http or https, a host, only bytes a
  // serialisation may hold. Nothing when it has not that form; used on what workers answer and on
  // what is read back from disk, both untrusted.
  static std::optional<Url> from_serialised(std::string href);

  // Whether from_serialised() would take it; allocates nothing.
  static bool is_serialised(std::string_view href);

  const std::string& href() const { return href_; }
  std::string take_href() && { return std::move(href_); }  // with its memory, for the next URL
  bool empty() const { return href_.empty(); }

  std::string_view scheme() const { return slice(0, parts_.scheme_end); }  // without ':'
  std::string_view username() const { return slice(parts_.username_start, parts_.username_end); }
  std::string_view password() const;
  std::string_view host() const {
    return slice(parts_.host_start, parts_.host_end);
  }  // IPv6 in brackets
  bool has_host() const { return parts_.has_host; }
  std::optional<std::uint16_t> port() const;  // as written; nothing for the default
  std::uint16_t effective_port()
      const;  // 80 or 443 where none is written, 0 for schemes without one
  std::string_view path() const { return slice(parts_.path, parts_.query); }
  std::string_view query() const;     // without '?'
  std::string_view fragment() const;  // without '#'
  std::string_view path_and_query() const { return slice(parts_.path, parts_.hash); }
  std::string_view without_fragment() const { return slice(0, parts_.hash); }

  bool is_http() const { return scheme() == "http" || scheme() == "https"; }

  // "https://example.com:8443": scheme, host and port without credentials; what robots.txt and
  // connections belong to.
  std::string origin() const;

  const UrlParts& parts() const { return parts_; }

  friend bool operator==(const Url& a, const Url& b) { return a.href_ == b.href_; }

 private:
  std::string_view slice(std::uint32_t from, std::uint32_t to) const {
    return std::string_view(href_).substr(from, to - from);
  }

  std::string href_;
  UrlParts parts_;
};

// 80, 443 and so on for the standard's special schemes (URL Standard 4.2), 0 for any other.
std::uint16_t default_port(std::string_view scheme);

}  // namespace scraper
