// A response's header block, read by rules that cannot hurt: pure, bounded by its input, no
// allocation but the list of fields. RFC 9112 sections 4 and 5. Lenient where browsers are (missing
// reason, bare LF), strict where leniency lets one response leak into the next (framing). Any
// thread. The views point into the bytes that were given.
#pragma once

#include <cstdint>
#include <optional>
#include <string>
#include <string_view>
#include <vector>

namespace scraper {

struct HeaderField {
  std::string_view name;   // as received; its case means nothing
  std::string_view value;  // optional white space at both ends removed
};

struct HttpHead {
  std::string_view version;  // "HTTP/1.1", "HTTP/2"
  int status = 0;            // 100 … 999
  std::string_view reason;
  std::vector<HeaderField>
      fields;  // in order; a line without ':' or with space before it is left out (RFC 9112 5.1)

  // The first field of that name (ASCII case-insensitive), nothing if there is none.
  std::optional<std::string_view> field(std::string_view name) const;
  std::vector<std::string_view> all(std::string_view name) const;
};

// `head` is the status line and the fields, with or without the empty line that ends them. Nothing
// when the status line is not one.
std::optional<HttpHead> parse_http_head(std::string_view head);

// Why the framing of this response cannot be trusted (RFC 9112 6.3), or nothing: two differing
// Content-Lengths, one that is no number, or Content-Length beside Transfer-Encoding.
std::optional<std::string> framing_fault(const HttpHead& head);

// Retry-After in seconds from `now_unix` (RFC 9110 10.2.3: delay-seconds or an HTTP-date), at most
// 24 h; nothing when it is neither.
std::optional<std::uint32_t> parse_retry_after(std::string_view value, std::int64_t now_unix);

}  // namespace scraper
