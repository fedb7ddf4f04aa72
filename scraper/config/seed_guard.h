// Seeds, and sitemaps that are named, at addresses that the crawl may not ask: found before
// anything starts, so that the person is told which option allows it rather than shown a crawl of
// nothing. The address guard of the transfers stays what decides; this only speaks early.
//
// Judged is where a connection would really go (--connect-to). A literal address always is; names
// are looked up when there are at most 100 of them, for at most three seconds in all, and never
// with a proxy (which resolves itself) or for a dry run.
#pragma once

#include <boost/asio/ip/address.hpp>
#include <string>
#include <string_view>
#include <vector>

#include "base/error.h"
#include "scraper/rules/options.h"

namespace scraper::cli {

Result<void> check_seed_addresses(const CrawlOptions& options);

// Why none of `addresses` may be asked for `url`, and what allows it: "http://127.0.0.1/ is at a
// loopback address: --allow-net 127.0.0.0/8 allows it". Fine when one of them may be, or when there
// are none.
Result<void> check_addresses(std::string_view url,
                             const std::vector<boost::asio::ip::address>& addresses,
                             const fetch::AddressGuard& guard);

}  // namespace scraper::cli
