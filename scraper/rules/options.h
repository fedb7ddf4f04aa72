// What one crawl was asked to do: the effective options, after command line, config file and
// defaults. Plain data, made by scraper/cli, read by everybody in this room. Field names are the
// long option names; defaults are those of --help.
#pragma once

#include <chrono>
#include <cstdint>
#include <limits>
#include <optional>
#include <string>
#include <vector>

#include "base/page_record.h"
#include "base/progress.h"
#include "base/url.h"
#include "fetch/address_guard.h"
#include "fetch/fetcher.h"
#include "parse/page.h"
#include "parse/url/url.h"
#include "parse/workers/handoff_kind.h"

namespace scraper {

// Which URLs belong to a seed: itself, its directory and below, its host name (any scheme and
// port), its registrable domain, all.
enum class Scope : std::uint8_t { kPage, kDir, kHost, kDomain, kAny };

inline constexpr std::uint32_t kDepthInf = 1'000'000'000;
inline constexpr std::uint64_t kNoLimit = std::numeric_limits<std::uint64_t>::max();

struct Seed {
  Url url;                             // canonical
  std::optional<std::uint32_t> depth;  // instead of --depth
  std::optional<Scope> scope;          // instead of --scope
  std::uint64_t limit = kNoLimit;      // pages stored from this seed
  std::string tag;                     // copied into the result lines
  std::string where;                   // "seeds/demo.txt:3", "command line"
};

enum class PrintMode : std::uint8_t { kNone, kUrl, kJsonl };
enum class ColorMode : std::uint8_t { kAuto, kAlways, kNever };

struct CrawlOptions {
  std::vector<Seed> seeds;

  std::string output = "./crawl-out";
  bool is_fresh = false;
  bool is_resume = false;  // --resume: `output` holds a crawl, whose seeds these are
  bool is_dry_run = false;
  std::uint64_t keep_free =
      64ull << 20;  // bytes of the disk of `output`: leases pause before less is left
  std::chrono::milliseconds room_patience{300'000};  // how long they pause before the crawl ends

  fetch::Engine engine = fetch::Engine::kThreads;
  std::size_t concurrency = 256;
  std::size_t per_host = 1;
  parse::Handoff handoff = parse::Handoff::kFile;
  parse::Parser parser = parse::Parser::kScan;  // `auto` is decided already
  std::size_t workers = 1;                      // parse processes; threads with the hand-off inline

  std::uint32_t depth = 5;
  std::uint64_t limit = kNoLimit;           // pages stored
  std::uint64_t limit_per_host = kNoLimit;  // pages asked of one host; the rest is over budget
  std::uint32_t max_links = 50'000;         // of one document
  std::uint32_t max_url = 2'048;            // bytes of a URL that is found
  std::optional<std::chrono::milliseconds> max_time;
  std::uint64_t quota = kNoLimit;  // bytes received
  Scope scope = Scope::kHost;
  LinkKindSet follow = kUsualKinds;
  bool reads_robots_sitemaps = false;  // --sitemap: those that robots.txt names
  std::vector<Url> sitemaps;           // --sitemap=URL
  parse::QueryRules query_rules;       // strip-query, sort-query: of canonical URLs
  std::vector<std::string> include;    // RE2, searched in the canonical URL
  std::vector<std::string> exclude;

  std::chrono::milliseconds delay{1'000};
  double rate = 0;  // requests a second in all; 0: no limit
  bool obeys_robots = true;
  std::vector<fetch::Cidr> allow_net;
  bool allow_private = false;
  unsigned retries = 2;
  unsigned max_redirect = 20;

  std::string contact;  // URL or mail address, put into the user agent
  fetch::FetchOptions
      fetch;  // user agent, headers, time-outs, limits of a transfer, proxy, connect-to

  bool ignores_meta_nofollow = false;  // robots meta tag and X-Robots-Tag
  bool obeys_rel_nofollow = false;     // of a single link
  bool obeys_noindex = false;          // what asks not to be indexed is not stored
  bool wants_links = false;
  bool wants_text = false;
  PrintMode print = PrintMode::kNone;
  ProgressMode progress = ProgressMode::kAuto;
  ColorMode color = ColorMode::kAuto;
  bool is_quiet = false;
  bool is_verbose = false;
};

}  // namespace scraper
