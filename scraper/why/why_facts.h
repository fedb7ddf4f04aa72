// What the disk knows about one URL of a crawl: its rows, the way to it, its captures, the rule
// that decided. Nothing is written and no lock is taken; beside a crawl that runs it is all as of
// that one's last barrier.
//
// No index leads from a URL to its row, so every row is looked at once: a crawl of a hundred
// million URLs takes minutes. Any one thread, which waits. Texts are as they came, so they are not
// safe to show.
#pragma once

#include <cstdint>
#include <optional>
#include <string>
#include <string_view>
#include <vector>

#include "base/clock.h"
#include "base/error.h"
#include "base/place.h"
#include "scraper/config/sizing.h"
#include "scraper/rules/options.h"
#include "storage/ledger_rows.h"

namespace scraper {

// A page on the way from the URL back to its seed.
struct WhyStep {
  std::string url;
  bool is_redirect = false;
  bool is_sitemap = false;
};

struct WhyAttempt {
  unsigned attempt = 1;
  WallTime started{};
  int status = 0;     // 0: no answer
  std::string error;  // empty: an answer
  Place place;
};

// A line of an archived robots.txt.
struct WhyLine {
  std::uint32_t number = 0;
  std::string text;
  Place place;         // of the capture it was read from; length 0: not found in the archive
  WallTime fetched{};  // then
};

// What is known of the host and origin of the URL.
struct WhyOrigin {
  bool is_known = false;  // of the crawl: some URL of it has been found
  bool has_robots = false;
  std::string cause;  // why its robots.txt could not be had; empty otherwise
  WallTime robots_again{};
  std::uint64_t pages = 0;  // asked of the host
  WallTime next_start{};
};

struct Why {
  std::string url;
  bool is_seen = false;

  storage::UrlState state =
      storage::UrlState::kPending;  // of a URL never seen: what would become of it
  std::string reason;
  unsigned attempts = 0;
  std::optional<std::uint32_t> depth;  // nothing: only pages that ask not to follow lead there
  std::uint32_t most_depth = 0;
  const Seed* seed = nullptr;  // of the options
  std::vector<WhyStep> way;    // who it was found on first; the last is the seed, but where is_seed
  bool is_seed = false;
  std::vector<WhyAttempt> captures;
  std::optional<Place> capture;          // the last answer's
  std::optional<std::uint64_t> line_at;  // in pages.jsonl
  std::string location;                  // of a redirect
  std::optional<WhyLine> robots;
  WhyOrigin origin;

  std::uint64_t discovered = 0;
  std::uint64_t unfinished = 0;  // pending or captured
  std::uint64_t barrier = 0;
  WallTime written{};
  std::string end;  // why the last run ended; empty: it has not, or was killed
};

// `asked` must outlive the answer. kUsage for what is no URL, with the words for the person.
Result<Why> find_out_why(std::string_view url, const CrawlOptions& asked);

}  // namespace scraper
