// The bytes of a page record on their way from a worker to the owner. A worker has read what a
// stranger sent and may be his by now, so decode() trusts nothing: every length is checked against
// what is there, counts against limits, strings must be UTF-8 without NUL, URLs must be printable
// ASCII; but not those of links that no sitemap lists, of which most are known already: see
// is_sound(). Pure; any thread. The format is described in record_codec.cc; both ends are always
// the same build, so it has a version only to be refused.
#pragma once

#include <string>
#include <string_view>
#include <vector>

#include "base/error.h"
#include "base/page_record.h"

namespace scraper::parse {

// The largest encoded record: a sitemap of 50,000 URLs fits, with long URLs and what it says of
// them. The worker leaves links and text out (links_cut) rather than pass it.
inline constexpr std::size_t kMaxRecord = 32u << 20;
inline constexpr std::size_t kMaxText = 8u << 20;  // bytes of PageRecord::text

void encode(const PageRecord& record, std::string& out);

// Takes the bytes, so that the record's views can point into them.
Result<PageRecord> decode(std::vector<char> bytes);

// Whether a link's URL is one and the fingerprint its own. To be asked by who takes a link for new,
// or does more with it than to look its fingerprint up: a worker's word decides nothing about a URL
// that nobody has met.
bool is_sound(const Fingerprint& fingerprint, std::string_view url, const FingerprintKey& key);

}  // namespace scraper::parse
