// The URL parser: the WHATWG URL Standard's basic URL parser (4.4), host parser (3.5), percent-encode sets (1.3) and serialiser
// (4.5), with UTS 46 domain names by ICU. The only place where what somebody wrote becomes a Url. Pure; any thread.
#pragma once

#include <optional>
#include <string>
#include <string_view>

#include "scraper/base/url.h"

namespace scraper::parse {

// Nothing on failure (the standard's "failure"; validation errors are no failure). `base` may be null. `input` need not be UTF-8:
// what is ill-formed becomes U+FFFD. Beyond the standard's failures, an input or base past 256 MiB and a domain past ASCII of more
// than 2,048 bytes are refused. Linear in the input.
std::optional<Url> parse_url(std::string_view input, const Url* base = nullptr);

// Domain to ASCII (URL Standard 3.3, beStrict false): nothing on failure.
std::optional<std::string> domain_to_ascii(std::string_view domain);

// The canonical URL, a URL's identity in the crawl, from a parsed one: fragment off, percent-encoding in normal form (hex digits
// upper case; what needs no encoding, i.e. RFC 3986 unreserved, decoded in path and query), an empty query dropped. Of schemes
// other than http and https the encoding stays. Idempotent, and parse_url() of it gives it again.
Url canonical_url(const Url& url);

}  // namespace scraper::parse
