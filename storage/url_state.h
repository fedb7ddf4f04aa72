// What a URL of the books is called and what may become of it: the words that frontier, ledger and
// audit share. Pure.
#pragma once

#include <cstddef>
#include <cstdint>
#include <string_view>

namespace scraper::storage {

// In exactly one of them at any time; with which reason, see "States of a URL" in
// docs/architecture.md.
enum class UrlState : std::uint8_t {
  kPending,
  kCaptured,
  kStored,
  kFailed,
  kDuplicate,
  kExcluded,
  kDisallowed,
  kOverBudget
};
inline constexpr std::size_t kUrlStates = 8;
std::string_view to_string(UrlState state);

// Numbers count from 0 in order of discovery.
using UrlId = std::uint32_t;
using HostId = std::uint32_t;
using OriginId = std::uint32_t;
inline constexpr UrlId kNoUrl = 0xFFFFFFFF;

// A sitemap's number, given by the crawl. It is no page and has no row; where it stands as a
// referrer it is one of these.
using SitemapId = std::uint32_t;
inline constexpr UrlId kFirstSitemap = 0x80000000;
constexpr UrlId referrer_of(SitemapId sitemap) { return kFirstSitemap | sitemap; }
constexpr bool is_sitemap(UrlId referrer) {
  return referrer >= kFirstSitemap && referrer != kNoUrl;
}

// What is asked for.
enum class LeaseKind : std::uint8_t { kPage, kRobots, kSitemap };

}  // namespace scraper::storage
