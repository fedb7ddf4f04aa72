#include "scraper/crawl/errands.h"

#include <fmt/format.h>

#include <algorithm>
#include <optional>

#include "base/printable.h"
#include "base/say.h"
#include "parse/record_codec.h"
#include "parse/url/url.h"
#include "scraper/rules/outcome.h"
#include "storage/sitemap_lines.h"

namespace scraper {

using storage::Lease;
using storage::LeaseKind;

namespace {

// A robots.txt may slow us down, not stop us for ever.
constexpr auto kLongestCrawlDelay = std::chrono::minutes(5);

// RFC 9309 2.5: a reader may stop at 500 KiB; some room for a gzip that does not help.
constexpr std::uint64_t kMostRobots = 512u << 10;
constexpr std::uint64_t kMostSitemap = 50u << 20;  // the protocol's limit

const std::string kSitemaps = "sitemaps.jsonl";

bool is_success(const Capture& capture) { return capture.status >= 200 && capture.status < 300; }

}  // namespace

Errands::Errands(const CrawlOptions& options, storage::Frontier& frontier, Quarantined& quarantined,
                 Checkpoints& checkpoints, const Clock& clock)
    : options_(options),
      frontier_(frontier),
      quarantined_(quarantined),
      checkpoints_(checkpoints),
      clock_(clock),
      sitemaps_(options) {}

Errands::Name Errands::name_of(const Lease& errand) {
  return {errand.kind, errand.kind == LeaseKind::kRobots ? errand.origin : errand.sitemap};
}

std::uint64_t Errands::most_bytes(LeaseKind kind) {
  return kind == LeaseKind::kRobots ? kMostRobots : kMostSitemap;
}

parse::TaskKind Errands::task_of(LeaseKind kind) {
  return kind == LeaseKind::kRobots ? parse::TaskKind::kRobots : parse::TaskKind::kSitemap;
}

// ---- the beginning

Result<void> Errands::load(const storage::Ledger& ledger, const storage::Books& before) {
  auto step =
      ledger.each_sitemap([this](storage::SitemapId, const storage::SitemapEntryRow& entry) {
        sitemaps_.restore(entry.url, entry.level, entry.is_done);
      });
  if (!step) return step;
  sitemaps_.restore_counts(before.sitemap_counts[0], before.sitemap_counts[1],
                           before.sitemap_counts[2]);
  auto errands = ledger.unparsed();
  if (!errands) return errands.error();
  for (storage::UnparsedErrand& errand : *errands) {
    if (errand.kind == LeaseKind::kPage ||
        (errand.kind == LeaseKind::kSitemap && errand.number >= sitemaps_.size()))
      continue;
    unparsed_.emplace(Name(errand.kind, errand.number), std::move(errand));
  }
  std::optional<Error> bad;
  step = ledger.each_robots([&](storage::OriginId origin, const storage::RobotsEntry& entry) {
    auto restored = robots_.restore(origin, {entry.record, entry.has_copy, entry.missed});
    if (!restored) bad = restored.error();
  });
  if (step && bad) return *bad;
  return step;
}

Result<void> Errands::open_lines(const std::string& out,
                                 const std::vector<storage::FileEntry>& files) {
  if (!options_.reads_robots_sitemaps && options_.sitemaps.empty()) return {};
  const storage::FileEntry at = storage::file_named(files, kSitemaps);
  auto file = storage::LineFile::resume(out + "/" + kSitemaps, at.length, at.lines);
  if (!file) return file.error();
  lines_ = std::move(*file);
  return {};
}

std::vector<Errands::Unparsed> Errands::take_up() {
  std::vector<Unparsed> all;
  for (const auto& [name, errand] : unparsed_) {
    if (auto lease = frontier_.take_up(errand)) all.push_back({std::move(*lease), errand.place});
  }
  return all;
}

bool Errands::has_sitemaps_to_do() const {
  for (storage::SitemapId id = 0; id < sitemaps_.size(); ++id) {
    if (!sitemaps_.row(id).is_done) return true;
  }
  return false;
}

void Errands::offer_sitemaps() {
  for (storage::SitemapId id = 0; id < sitemaps_.size(); ++id) {
    if (sitemaps_.row(id).is_done || unparsed_.contains({LeaseKind::kSitemap, id})) continue;
    if (const auto url = Url::from_serialised(sitemaps_.row(id).url))
      frontier_.offer_sitemap(id, *url);
  }
  for (const Url& url : options_.sitemaps) {
    if (const auto id = sitemaps_.add(url)) frontier_.offer_sitemap(*id, url);
  }
}

// ---- the way of an errand

void Errands::captured(const Lease& lease, Place place) {
  unparsed_[name_of(lease)] = {lease.kind, name_of(lease).second, lease.url, place};
  has_unparsed_changed_ = true;
}

void Errands::take(const Lease& lease, const Archived& archived, parse::ParseOutcome outcome) {
  auto* const record = std::get_if<PageRecord>(&outcome);
  const auto* const failure = std::get_if<parse::ParseFailure>(&outcome);
  // Otherwise it stays as captured: another run parses it.
  if (failure != nullptr && !quarantined_.take(lease.url, archived.place, *failure)) return;
  unparsed_.erase(name_of(lease));
  has_unparsed_changed_ = true;
  const Capture& capture = archived.outline;
  if (failure != nullptr) {
    miss(lease, outcome_of_quarantined(failure->reason).reason);
  } else if (follow_redirect(lease, capture, *record)) {
    return;
  } else if (lease.kind == LeaseKind::kRobots) {
    take_robots(lease, capture, std::move(*record));
  } else {
    take_sitemap(lease, capture, *record);
  }
}

void Errands::miss(const Lease& lease, std::string_view reason) {
  if (lease.kind == LeaseKind::kRobots) return miss_robots(lease.origin, reason);
  sitemaps_.failed(lease.sitemap, reason);
  frontier_.sitemap_done();
}

bool Errands::follow_redirect(const Lease& lease, const Capture& capture,
                              const PageRecord& record) {
  if (capture.status < 300 || capture.status >= 400 || record.location.empty()) return false;
  const auto target = Url::from_serialised(std::string(record.location));
  const bool is_robots = lease.kind == LeaseKind::kRobots;
  if (!target || !(is_robots ? robots_.follow(lease.origin) : sitemaps_.follow(lease.sitemap)))
    return false;
  frontier_.ask_again(lease, *target, clock_.now(), 1);
  return true;
}

// ---- robots.txt

// RFC 9309 2.3.1: 4xx, and redirects that lead nowhere, mean that there is none.
void Errands::take_robots(const Lease& lease, const Capture& capture, PageRecord record) {
  if (capture.status >= 500 || capture.status == 429)
    return miss_robots(lease.origin, fmt::format("http {}", capture.status));
  if (!is_success(capture)) record = {};
  const double crawl_delay = record.robots_rules.crawl_delay_seconds;
  if (crawl_delay >= 0) {
    const auto asked = std::chrono::duration_cast<Duration>(
        std::chrono::duration<double>(std::min(crawl_delay, seconds(kLongestCrawlDelay))));
    if (asked > options_.delay) frontier_.set_delay(frontier_.host_of(lease.origin), asked);
  }
  if (options_.reads_robots_sitemaps) take_robots_sitemaps(capture.url, record);
  robots_.obey(lease.origin, std::move(record));
  robots_changed_.insert(lease.origin);
  frontier_.robots_known(lease.origin, clock_.now() + RobotsBook::kGoodFor);
}

// A copy that is there is used until a new one is to be had; without one nothing is asked for
// (2.3.1.4).
void Errands::miss_robots(storage::OriginId origin, std::string_view reason) {
  const TimePoint again = clock_.now() + robots_.missed(origin);
  robots_changed_.insert(origin);
  if (robots_.has_copy(origin)) return frontier_.robots_known(origin, again);
  frontier_.robots_unreachable(origin, again, reason);
}

void Errands::take_robots_sitemaps(const Url& robots, const PageRecord& record) {
  for (const std::string_view named : record.robots_rules.sitemaps) {
    const auto url = parse::parse_url(named, &robots);
    if (!url || !url->is_http() || url->href().size() > options_.max_url) continue;
    if (const auto id = sitemaps_.add(*url)) frontier_.offer_sitemap(*id, *url);
  }
}

// ---- sitemaps

void Errands::take_sitemap(const Lease& lease, const Capture& capture, const PageRecord& record) {
  if (!is_success(capture)) return miss(lease, fmt::format("http {}", capture.status));
  const bool is_none = record.links.empty() && record.fault != PageFault::kNone;
  if (is_none) return miss(lease, to_string(record.fault));
  take_listed(lease, record);
  const std::uint64_t before = lines_->bytes();
  storage::render_entries(sitemaps_.url(lease.sitemap), record,
                          [this](const std::string& line) { lines_->append(line); });
  checkpoints_.note_lines(lines_->bytes() - before, *this, lines_->is_due());
  sitemaps_.read(lease.sitemap, record.sitemap_entries.size());
  frontier_.sitemap_done();
  if (options_.is_verbose)
    say(fmt::format("sitemap {}: {} entries\n", printable(sitemaps_.url(lease.sitemap)),
                    record.sitemap_entries.size()));
}

void Errands::take_listed(const Lease& lease, const PageRecord& record) {
  storage::Found found;
  found.referrer = storage::referrer_of(lease.sitemap);
  for (const Link& link : record.links) {
    if (!holds(options_.follow, link.kind) ||
        !parse::is_sound(link.fingerprint, link.url, checkpoints_.key()))
      continue;
    if (link.kind != LinkKind::kSitemap) {
      const SitemapBook::Start start = sitemaps_.start_of(link.url);
      found.fingerprint = link.fingerprint;
      found.url = link.url;
      found.path = start.path;
      found.seed = start.seed;
      frontier_.offer(found);
    } else if (const auto url = Url::from_serialised(std::string(link.url))) {
      if (const auto id = sitemaps_.add_listed(*url, lease.sitemap))
        frontier_.offer_sitemap(*id, *url);
    }
  }
}

// ---- a checkpoint

std::size_t Errands::changes() const {
  return robots_changed_.size() + sitemaps_.changed_rows() + (has_unparsed_changed_ ? 1 : 0);
}

Result<void> Errands::flush() { return lines_ == nullptr ? Result<void>() : lines_->flush(); }

void Errands::write_changes(storage::Barrier& checkpoint, const storage::Instant&) {
  storage::LedgerBatch& batch = checkpoint.batch;
  if (lines_ != nullptr) {
    batch.put(storage::FileEntry{kSitemaps, lines_->bytes(), lines_->lines()});
    checkpoint.files.push_back(kSitemaps);
  }
  for (const storage::OriginId origin : std::exchange(robots_changed_, {})) {
    const RobotsBook::Kept kept = robots_.kept(origin);
    batch.put_robots(origin, {kept.record, kept.has_copy, kept.missed});
  }
  if (std::exchange(has_unparsed_changed_, false)) {
    std::vector<storage::UnparsedErrand> errands;
    for (const auto& [name, errand] : unparsed_) errands.push_back(errand);
    batch.put_unparsed(errands);
  }
  for (const storage::SitemapId id : sitemaps_.take_changed()) {
    const SitemapBook::Row& row = sitemaps_.row(id);
    batch.put_sitemap(id, {row.url, row.level, row.is_done});
  }
}

void Errands::write_totals(storage::Books& totals) const {
  const SitemapBook::Counts& counts = sitemaps_.counts();
  totals.sitemap_counts[0] = counts.failed;
  totals.sitemap_counts[1] = counts.left_out;
  totals.sitemap_counts[2] = counts.entries;
}

}  // namespace scraper
