#include "parse/url/host.h"

#include <algorithm>

#include "base/ascii.h"
#include "base/percent.h"
#include "base/utf8.h"
#include "parse/url/url.h"

namespace scraper::parse {

namespace {

// What a byte means to the domain branch of the host parser. Nearly every host consists of kPlain
// bytes only.
enum HostByte : std::uint8_t { kPlain = 0, kUpper = 1, kNeedsDecoding = 2, kForbidden = 4 };

constexpr std::string_view kForbiddenHost = std::string_view("\0\t\n\r #/:<>?@[\\]^|", 17);

constexpr std::array<std::uint8_t, 256> make_host_bytes() {
  std::array<std::uint8_t, 256> bytes{};
  for (std::size_t c = 0; c < bytes.size(); ++c) {
    if (c < 0x20 || c == 0x7F) bytes[c] = kForbidden;
    if (c >= 'A' && c <= 'Z') bytes[c] = kUpper;
    if (c >= 0x80) bytes[c] = kNeedsDecoding;
  }
  for (const char c : kForbiddenHost) bytes[static_cast<unsigned char>(c)] = kForbidden;
  bytes['%'] = kNeedsDecoding;
  return bytes;
}

constexpr std::array<std::uint8_t, 256> kHostBytes = make_host_bytes();

unsigned classify(std::string_view host) {
  unsigned seen = 0;
  for (const char c : host) seen |= kHostBytes[static_cast<unsigned char>(c)];
  return seen;
}

// Domain to ASCII of what was percent-decoded, then the check for forbidden domain code points ('%'
// is one of them by now).
bool append_decoded_domain(std::string& out, std::string_view domain) {
  const auto ascii = domain_to_ascii(domain);
  if (!ascii || ascii->empty() || (classify(*ascii) & (kForbidden | kNeedsDecoding)) != 0)
    return false;
  out += *ascii;
  return true;
}

bool append_domain(std::string& out, std::string_view input) {
  const unsigned seen = classify(input);
  if ((seen & kNeedsDecoding) != 0) return append_decoded_domain(out, percent_decode(input));
  if ((seen & kForbidden) != 0) return false;
  if (seen == kPlain) {
    out += input;
  } else {
    std::transform(input.begin(), input.end(), std::back_inserter(out), ascii_lower);
  }
  return true;
}

bool append_opaque_host(std::string& out, std::string_view input) {
  if (input.find_first_of(kForbiddenHost) != input.npos) return false;
  append_encoded(out, input, EncodeSet::kC0Control);
  return true;
}

bool append_bracketed(std::string& out, std::string_view input) {
  if (input.back() != ']') return false;
  const auto pieces = parse_ipv6(input.substr(1, input.size() - 2));
  if (!pieces) return false;
  out += '[';
  append_ipv6(out, *pieces);
  out += ']';
  return true;
}

}  // namespace

std::optional<std::string> domain_to_ascii(std::string_view domain) {
  if (!is_ascii(domain)) return unicode_domain_to_ascii(domain);
  return ascii_lowered(domain);
}

bool append_host(std::string& out, std::string_view input, bool is_special) {
  if (!input.empty() && input[0] == '[') return append_bracketed(out, input);
  if (!is_special) return append_opaque_host(out, input);
  const std::size_t start = out.size();
  if (!append_domain(out, input)) return false;
  const std::string_view domain = std::string_view(out).substr(start);
  if (!ends_in_number(domain)) return true;
  const auto address = parse_ipv4(domain);
  if (!address) return false;
  out.resize(start);
  append_ipv4(out, *address);
  return true;
}

}  // namespace scraper::parse
