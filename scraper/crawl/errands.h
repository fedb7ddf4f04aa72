// Errands: the robots.txt files and sitemaps that a crawl asks for on its way. Each is captured and
// read by a worker like a page, but has no result line. What came of one is taken in one turn of
// the owner.
//
// A source of changes: what robots.txt said, which sitemaps are done, and which errands are
// captured and still wait for a worker, so that a run after a kill parses them without asking.
// Owner's thread only.
#pragma once

#include <cstdint>
#include <map>
#include <memory>
#include <set>
#include <string>
#include <string_view>
#include <utility>
#include <vector>

#include "base/alarm.h"
#include "base/page_record.h"
#include "parse/outcome.h"
#include "parse/workers/pool.h"
#include "scraper/crawl/archived.h"
#include "scraper/crawl/checkpoints.h"
#include "scraper/crawl/quarantined.h"
#include "scraper/frontier/frontier.h"
#include "scraper/rules/options.h"
#include "scraper/rules/robots_book.h"
#include "scraper/rules/sitemap_book.h"
#include "storage/change_source.h"
#include "storage/line_file.h"

namespace scraper {

class Errands final : public storage::ChangeSource {
 public:
  Errands(const CrawlOptions& options, storage::Frontier& frontier, Quarantined& quarantined,
          Checkpoints& checkpoints, const Clock& clock);

  // What the ledger has of an earlier run, and OUT/sitemaps.jsonl, where sitemaps are read.
  Result<void> load(const storage::Ledger& ledger, const storage::Books& before);
  Result<void> open_lines(const std::string& out, const std::vector<storage::FileEntry>& files);

  // Captured by an earlier run, to be parsed now. Before anything is offered.
  struct Unparsed {
    storage::Lease lease;
    Place place;
  };
  std::vector<Unparsed> take_up();

  // Those that the user named, and those that an earlier run did not get to.
  void offer_sitemaps();

  // The most bytes of a body that are read.
  static std::uint64_t most_bytes(storage::LeaseKind kind);
  static parse::TaskKind task_of(storage::LeaseKind kind);

  // The way of one: captured, then taken or missed.
  void captured(const storage::Lease& lease, Place place);
  void take(const storage::Lease& lease, const Archived& archived, parse::ParseOutcome outcome);
  void miss(const storage::Lease& lease, std::string_view reason);

  // The frontier's questions and news.
  std::optional<std::uint32_t> disallowing_line(storage::OriginId origin,
                                                std::string_view url) const {
    return robots_.disallowing_line(origin, url);
  }
  void sitemap_forbidden(storage::SitemapId sitemap, std::string_view reason) {
    sitemaps_.failed(sitemap, reason);
  }

  const SitemapBook& sitemaps() const { return sitemaps_; }
  bool has_sitemaps_to_do() const;
  const storage::LineFile* lines() const { return lines_.get(); }

  std::size_t changes() const override;
  Result<void> flush() override;
  void write_changes(storage::Barrier& checkpoint, const storage::Instant& at) override;
  void write_totals(storage::Books& totals) const override;

 private:
  using Name = std::pair<storage::LeaseKind, std::uint32_t>;
  static Name name_of(const storage::Lease& errand);

  bool follow_redirect(const storage::Lease& lease, const Capture& capture,
                       const PageRecord& record);
  void take_robots(const storage::Lease& lease, const Capture& capture, PageRecord record);
  void miss_robots(storage::OriginId origin, std::string_view reason);
  void take_robots_sitemaps(const Url& robots, const PageRecord& record);
  void take_sitemap(const storage::Lease& lease, const Capture& capture, const PageRecord& record);
  void take_listed(const storage::Lease& lease, const PageRecord& record);

  const CrawlOptions& options_;
  storage::Frontier& frontier_;
  Quarantined& quarantined_;
  Checkpoints& checkpoints_;
  const Clock& clock_;
  RobotsBook robots_;
  SitemapBook sitemaps_;
  std::unique_ptr<storage::LineFile> lines_;  // null where no sitemaps are read
  std::map<Name, storage::UnparsedErrand> unparsed_;
  bool has_unparsed_changed_ = false;
  std::set<storage::OriginId> robots_changed_;
};

}  // namespace scraper
