// The rows of the ledger as values: what is written of a URL, a host, a capture, and of the crawl
// as a whole. How they look on disk is in ledger.cc. Views are read during the call they are given
// to, and valid during the call they are got in.
#pragma once

#include <array>
#include <cstdint>
#include <string>
#include <string_view>
#include <vector>

#include "base/clock.h"
#include "base/fingerprint.h"
#include "base/place.h"
#include "storage/results.h"
#include "storage/url_state.h"

namespace scraper::storage {

// A URL and the best way to it. Its number (UrlId) counts from 0 in order of discovery and is its
// name in every other row.
struct UrlEntry {
  UrlId referrer = kNoUrl;  // or a sitemap's, see referrer_of()
  std::uint32_t seed = 0;
  std::uint32_t depth = 0;
  std::int64_t spent = 0;  // of --depth, links; a larger --depth leaves more of it over
  std::uint16_t hops = 0;
  bool is_nofollow = false;
  std::string_view url;
};

// What became of it. A URL without such a row is pending and was never asked for.
struct StateEntry {
  UrlState state = UrlState::kPending;
  bool is_ruled_out = false;
  std::uint8_t attempts = 0;
  std::uint32_t detail = 0;
  std::string_view reason;
  Place place;               // of the last capture; length 0: none
  Results::DepthPlace line;  // width 0: none
};

// What a page led to, where a shorter way to it may still be found.
struct LinksEntry {
  bool is_redirect = false;
  std::vector<UrlId> links;
};

struct HostEntry {
  std::string_view name;
  std::string_view some_url;
  Duration delay{};       // where its robots.txt asks for a longer one than --delay
  WallTime next_start{};  // not asked before
  Duration held{};
  std::uint64_t requests = 0;
  std::uint64_t pages = 0;
};

struct OriginEntry {
  std::string_view name;
  HostId host = 0;
  bool is_known = false;        // its robots.txt, until `until`
  bool is_unreachable = false;  // to be asked for again at `until`
  WallTime until{};
  std::string_view cause;
};

// What its robots.txt said: a page record as a worker encoded it, empty where there are no rules.
struct RobotsEntry {
  std::string_view record;
  bool has_copy = false;
  std::uint32_t missed = 0;
};

// A record of the archive that a transfer left; the request record beside it has no row. Every
// transfer that was archived has one.
struct CaptureEntry {
  LeaseKind kind = LeaseKind::kPage;
  std::uint32_t number = 0;  // UrlId, OriginId or SitemapId, by kind
  std::uint32_t attempt = 1;
  std::uint64_t length = 0;
  std::uint32_t crc32c = 0;
  WallTime started{};
  std::uint16_t status = 0;
  std::string_view error;  // empty: an answer
};

// A robots.txt or a sitemap whose capture had not been parsed. All of them are one row, written
// with a batch that changes it.
struct UnparsedErrand {
  LeaseKind kind = LeaseKind::kRobots;
  std::uint32_t number = 0;  // OriginId or SitemapId
  std::string url;
  Place place;
};

struct SitemapEntryRow {
  std::string_view url;
  std::uint32_t level = 0;
  bool is_done = false;
};

// A file of OUT and how far it is committed.
struct FileEntry {
  std::string name;  // "warc/00000.warc", "pages.jsonl"
  std::uint64_t length = 0;
  std::uint64_t lines = 0;  // of files of lines
};

// The row of the file with this name; without a name where there is none.
FileEntry file_named(const std::vector<FileEntry>& files, std::string_view name);

// The crawl as a whole; one row, written with every batch.
struct Books {
  FingerprintKey key;
  std::uint64_t barrier = 0;  // batches committed
  WallTime written{};
  UrlCounts counts;
  std::uint64_t received_bytes = 0;
  std::uint64_t set_aside = 0;        // files of quarantine/
  std::uint64_t sitemap_counts[3]{};  // failed, left out, entries listed
  std::string end;                    // why the last run ended; empty: it did not end in order
};

// A place that a redirect of a seed added to the scope.
struct AdmittedEntry {
  std::string_view url;
  std::uint8_t scope = 0;
};

}  // namespace scraper::storage
