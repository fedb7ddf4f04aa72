// The bytes of a page record on their way from a worker to the owner. A worker has read what a stranger sent and may be his by now,
// so decode() trusts nothing: every length is checked against what is there, counts against limits, strings must be UTF-8 without
// NUL, URLs must be printable ASCII. Pure; any thread. The format is described in record_codec.cc; both ends are always the same
// build, so it has a version only to be refused.
#pragma once

#include <string>
#include <string_view>
#include <vector>

#include "scraper/base/error.h"
#include "scraper/base/page_record.h"

namespace scraper::parse {

// The largest encoded record: a sitemap of 50,000 URLs fits, with long URLs and what it says of them. The worker leaves links and text
// out (links_cut) rather than pass it.
inline constexpr std::size_t kMaxRecord = 32u << 20;
inline constexpr std::size_t kMaxText = 8u << 20;  // bytes of PageRecord::text

void encode(const PageRecord& record, std::string& out);

// Takes the bytes, so that the record's views can point into them.
Result<PageRecord> decode(std::vector<char> bytes);

}  // namespace scraper::parse
