// Domain names past ASCII: UTS 46 by ICU, with the flags the URL Standard asks for (3.3, beStrict
// false).
#include <unicode/uidna.h>
#include <unicode/utf8.h>

#include <cassert>

#include "base/utf8.h"
#include "parse/url/host.h"

namespace scraper::parse {

namespace {

// Punycode takes quadratic time in the number of distinct characters. The longest name the DNS can
// hold has 253 octets in its ASCII form and under 1,000 in UTF-8; past this many the domain is
// refused, so that a page full of long ones costs what its size allows.
constexpr std::size_t kMaxUnicodeDomain = 2'048;

// CheckHyphens and VerifyDnsLength are false, so ICU's findings about these are none.
constexpr std::uint32_t kIgnoredErrors =
    UIDNA_ERROR_EMPTY_LABEL | UIDNA_ERROR_LABEL_TOO_LONG | UIDNA_ERROR_DOMAIN_NAME_TOO_LONG |
    UIDNA_ERROR_LEADING_HYPHEN | UIDNA_ERROR_TRAILING_HYPHEN | UIDNA_ERROR_HYPHEN_3_4;

// Immutable and usable from any thread; lives as long as the program.
const UIDNA& uts46() {
  static const UIDNA* const instance = [] {
    UErrorCode status = U_ZERO_ERROR;
    const UIDNA* opened =
        uidna_openUTS46(UIDNA_CHECK_BIDI | UIDNA_CHECK_CONTEXTJ | UIDNA_NONTRANSITIONAL_TO_ASCII |
                            UIDNA_NONTRANSITIONAL_TO_UNICODE,
                        &status);
    assert(U_SUCCESS(status));
    return opened;
  }();
  return *instance;
}

// What UTS 46 changed after the version that ICU 72 has (15.0), among characters it knows: capitals
// that were excluded are mapped, the sharp S keeps its sharpness, and default-ignorable characters
// are ignored. Done to the domain before ICU sees it.
struct MappingChange {
  UChar32 first;
  UChar32 last;
  UChar32 to;  // what `first` becomes, the others following; 0: ignored
};

constexpr MappingChange kMappingChanges[] = {
    {0x04C0, 0x04C0, 0x04CF},    {0x10A0, 0x10C5, 0x2D00},   {0x115F, 0x1160, 0},
    {0x17B4, 0x17B5, 0},         {0x180E, 0x180E, 0},        {0x1E9E, 0x1E9E, 0xDF},
    {0x2061, 0x2063, 0},         {0x206A, 0x206F, 0},        {0x2132, 0x2132, 0x214E},
    {0x2183, 0x2183, 0x2184},    {0x3164, 0x3164, 0},        {0xFFA0, 0xFFA0, 0},
    {0x1D173, 0x1D17A, 0},       {0x2F868, 0x2F868, 0x36FC}, {0x2F874, 0x2F874, 0x5F53},
    {0x2F91F, 0x2F91F, 0x243AB}, {0x2F95F, 0x2F95F, 0x7AEE}, {0x2F9BF, 0x2F9BF, 0x45D7},
};

const MappingChange* find_change(UChar32 c) {
  for (const MappingChange& change : kMappingChanges) {
    if (c >= change.first && c <= change.last) return &change;
  }
  return nullptr;
}

// Invalid UTF-8 is left as it is, for ICU to refuse.
std::string with_newer_mappings(std::string_view domain) {
  std::string out;
  const auto size = static_cast<std::int32_t>(domain.size());
  for (std::int32_t at = 0; at < size;) {
    const auto start = static_cast<std::size_t>(at);
    UChar32 c = 0;
    U8_NEXT(domain.data(), at, size, c);
    const MappingChange* change = find_change(c);
    if (change == nullptr) {
      out.append(domain, start, static_cast<std::size_t>(at) - start);
    } else if (change->to != 0) {
      append_code_point(out, static_cast<std::uint32_t>(change->to + (c - change->first)));
    }
  }
  return out;
}

// UTS 46 from revision 33 on: an ACE label must decode to something past ASCII. ICU 72 lets "xn--"
// and "xn--ascii-" pass.
bool has_hollow_ace_label(std::string_view domain) {
  while (true) {
    const auto dot = domain.find('.');
    const std::string_view label = domain.substr(0, dot);
    if (label.substr(0, 4) == "xn--" && label.back() == '-') return true;
    if (dot == domain.npos) return false;
    domain.remove_prefix(dot + 1);
  }
}

}  // namespace

std::optional<std::string> unicode_domain_to_ascii(std::string_view domain) {
  if (domain.size() > kMaxUnicodeDomain) return std::nullopt;
  const std::string mapped = with_newer_mappings(domain);
  std::string ascii(512, '\0');
  while (true) {
    UErrorCode status = U_ZERO_ERROR;
    UIDNAInfo info = UIDNA_INFO_INITIALIZER;
    const auto length = uidna_nameToASCII_UTF8(
        &uts46(), mapped.data(), static_cast<std::int32_t>(mapped.size()), ascii.data(),
        static_cast<std::int32_t>(ascii.size()), &info, &status);
    ascii.resize(static_cast<std::size_t>(length));
    if (status == U_BUFFER_OVERFLOW_ERROR) continue;
    if (U_FAILURE(status) || (info.errors & ~kIgnoredErrors) != 0 || has_hollow_ace_label(ascii))
      return std::nullopt;
    return ascii;
  }
}

}  // namespace scraper::parse
