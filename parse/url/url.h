// The URL parser: the WHATWG URL Standard's basic URL parser (4.4), host parser (3.5),
// percent-encode sets (1.3) and serialiser (4.5), with UTS 46 domain names by ICU. The only place
// where what somebody wrote becomes a Url. Pure; any thread.
#pragma once

#include <optional>
#include <string>
#include <string_view>
#include <vector>

#include "base/url.h"

namespace scraper::parse {

// Nothing on failure (the standard's "failure"; validation errors are no failure). `base` may be
// null. `input` need not be UTF-8: what is ill-formed becomes U+FFFD. Beyond the standard's
// failures, an input or base past 256 MiB and a domain past ASCII of more than 2,048 bytes are
// refused. Linear in the input. The URL takes the memory of `storage`, whose contents do not
// matter: who parses many gives back that of the last one.
std::optional<Url> parse_url(std::string_view input, const Url* base = nullptr,
                             std::string storage = {});

// Domain to ASCII (URL Standard 3.3, beStrict false): nothing on failure.
std::optional<std::string> domain_to_ascii(std::string_view domain);

// What a crawl does to queries beyond that, when asked to.
struct QueryRules {
  std::vector<std::string> strip;  // names of parameters that are left out, as the canonical URL
                                   // spells them; "utm_*" is all that begin so
  bool sorts = false;  // parameters by name, those of one name in their order, empty ones left out
};
inline constexpr std::size_t kMaxStripBytes =
    1'024;  // of all names together, each with a byte more

// The canonical URL, a URL's identity in the crawl, from a parsed one: fragment off,
// percent-encoding in normal form (hex digits upper case; what needs no encoding, i.e. RFC 3986
// unreserved, decoded in path and query), an empty query dropped. Of schemes other than http and
// https only the fragment goes. Idempotent, and parse_url() of it gives it again.
Url canonical_url(const Url& url, const QueryRules& rules = {}, std::string storage = {});

// Whether canonical_url() is but the URL without its fragment, as it mostly is. True of no other;
// may be false of one.
bool is_canonical(const Url& url, const QueryRules& rules);

}  // namespace scraper::parse
