// What robots.txt and sitemaps do to a crawl. Everything here happens in one turn of the owner.
#include <fmt/format.h>

#include <algorithm>
#include <utility>

#include "base/json_writer.h"
#include "base/say.h"
#include "parse/record_codec.h"
#include "parse/url/url.h"
#include "scraper/crawl/crawl.h"
#include "storage/sitemap_lines.h"

namespace scraper {

using storage::Lease;
using storage::LeaseKind;

namespace {

constexpr auto kLongestCrawlDelay =
    std::chrono::minutes(5);  // a robots.txt may slow us down, not stop us for ever

bool is_success(const Capture& capture) { return capture.status >= 200 && capture.status < 300; }

}  // namespace

void Crawl::take_errand(const Lease& lease, const Capture& capture, Place place,
                        parse::ParseOutcome outcome) {
  auto* const record = std::get_if<PageRecord>(&outcome);
  const auto* const failure = std::get_if<parse::ParseFailure>(&outcome);
  if (failure != nullptr && !set_aside(lease.url, place, *failure))
    return;  // as captured: another run parses it
  unparsed_errands_.erase(name_of(lease));
  have_errands_changed_ = true;
  if (failure != nullptr) {
    miss_errand(lease, outcome_of_quarantined(failure->reason).reason);
  } else if (follow_redirect(lease, capture, *record)) {
    return;
  } else if (lease.kind == LeaseKind::kRobots) {
    take_robots(lease, capture, std::move(*record));
  } else {
    take_sitemap(lease, capture, *record);
  }
}

void Crawl::miss_errand(const Lease& lease, std::string_view reason) {
  if (lease.kind == LeaseKind::kRobots) return miss_robots(lease.origin, reason);
  sitemap_book_.failed(lease.sitemap, reason);
  frontier_->sitemap_done();
}

bool Crawl::follow_redirect(const Lease& lease, const Capture& capture, const PageRecord& record) {
  if (capture.status < 300 || capture.status >= 400 || record.location.empty()) return false;
  const auto target = Url::from_serialised(std::string(record.location));
  const bool is_robots = lease.kind == LeaseKind::kRobots;
  if (!target || !(is_robots ? robots_.follow(lease.origin) : sitemap_book_.follow(lease.sitemap)))
    return false;
  frontier_->ask_again(lease, *target, now(), 1);
  return true;
}

// ---- robots.txt

// RFC 9309 2.3.1: 4xx, and redirects that lead nowhere, mean that there is none.
void Crawl::take_robots(const Lease& lease, const Capture& capture, PageRecord record) {
  if (capture.status >= 500 || capture.status == 429)
    return miss_robots(lease.origin, fmt::format("http {}", capture.status));
  if (!is_success(capture)) record = {};
  if (record.robots_rules.crawl_delay_seconds >= 0) {
    const auto asked = std::chrono::duration_cast<Duration>(std::chrono::duration<double>(
        std::min(record.robots_rules.crawl_delay_seconds, seconds(kLongestCrawlDelay))));
    if (asked > options_.delay) frontier_->set_delay(frontier_->host_of(lease.origin), asked);
  }
  if (options_.reads_robots_sitemaps) take_robots_sitemaps(capture.url, record);
  robots_.obey(lease.origin, std::move(record));
  robots_changed_.insert(lease.origin);
  frontier_->robots_known(lease.origin, now() + RobotsBook::kGoodFor);
}

// A copy that is there is used until a new one is to be had; without one nothing is asked for
// (2.3.1.4).
void Crawl::miss_robots(storage::OriginId origin, std::string_view reason) {
  const TimePoint again = now() + robots_.missed(origin);
  robots_changed_.insert(origin);
  if (robots_.has_copy(origin)) return frontier_->robots_known(origin, again);
  frontier_->robots_unreachable(origin, again, reason);
}

void Crawl::take_robots_sitemaps(const Url& robots, const PageRecord& record) {
  for (const std::string_view named : record.robots_rules.sitemaps) {
    const auto url = parse::parse_url(named, &robots);
    if (!url || !url->is_http() || url->href().size() > options_.max_url) continue;
    if (const auto id = sitemap_book_.add(*url)) frontier_->offer_sitemap(*id, *url);
  }
}

// ---- sitemaps

void Crawl::take_sitemap(const Lease& lease, const Capture& capture, const PageRecord& record) {
  if (!is_success(capture)) return miss_errand(lease, fmt::format("http {}", capture.status));
  const bool is_none = record.links.empty() && record.fault != PageFault::kNone;
  if (is_none) return miss_errand(lease, to_string(record.fault));
  take_listed(lease, record);
  storage::render_entries(sitemap_book_.url(lease.sitemap), record,
                          [this](const std::string& line) {
                            sitemap_lines_->append(line);
                            note_line(line.size());
                          });
  write_lines();
  sitemap_book_.read(lease.sitemap, record.sitemap_entries.size());
  frontier_->sitemap_done();
  if (options_.is_verbose)
    say(fmt::format("sitemap {}: {} entries\n", printable(sitemap_book_.url(lease.sitemap)),
                    record.sitemap_entries.size()));
}

void Crawl::take_listed(const Lease& lease, const PageRecord& record) {
  storage::Found found;
  found.referrer = storage::referrer_of(lease.sitemap);
  for (const Link& link : record.links) {
    if (!holds(options_.follow, link.kind) || !parse::is_sound(link.fingerprint, link.url, key_))
      continue;
    if (link.kind != LinkKind::kSitemap) {
      const SitemapBook::Start start = sitemap_book_.start_of(link.url);
      found.fingerprint = link.fingerprint;
      found.url = link.url;
      found.path = start.path;
      found.seed = start.seed;
      frontier_->offer(found);
    } else if (const auto url = Url::from_serialised(std::string(link.url))) {
      if (const auto id = sitemap_book_.add_listed(*url, lease.sitemap))
        frontier_->offer_sitemap(*id, *url);
    }
  }
}

}  // namespace scraper
