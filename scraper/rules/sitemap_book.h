// The sitemap book: which sitemaps have been named, and what came of them. A sitemap is asked for
// once, captured and read by a worker like a page, but it is none: it has no result line. What it
// lists is at depth 1: it stands beside the seeds. Owner's thread only.
#pragma once

#include <cstdint>
#include <optional>
#include <string>
#include <string_view>
#include <unordered_map>
#include <vector>

#include "base/url.h"
#include "scraper/frontier/frontier.h"
#include "scraper/rules/options.h"

namespace scraper {

class SitemapBook {
 public:
  // A sitemap may be listed by an index and that by another; the protocol has one level, and nobody
  // needs more.
  static constexpr unsigned kMostLevels = 2;
  static constexpr std::size_t kMost = 50'000;  // of all sites together
  static constexpr std::size_t kMostNotes = 10;

  explicit SitemapBook(const CrawlOptions& options);

  // One that the person or a robots.txt names: the number to ask for it by. Nothing when it was
  // named before or is one too many.
  std::optional<storage::SitemapId> add(const Url& url) { return add(url, 0); }

  // One that an index lists. Nothing too when it is on a host that has nothing to do with the
  // index's, or nested too deeply.
  std::optional<storage::SitemapId> add_listed(const Url& url, storage::SitemapId index);

  std::string_view url(storage::SitemapId id) const { return rows_[id].url; }

  // One redirect more on the way to it: false when there have been five already.
  bool follow(storage::SitemapId id);

  // Rows that the ledger has to be told of, and back, in order of their numbers. What was not dealt
  // with is to be asked for again.
  struct Row {
    std::string url;
    unsigned level = 0;
    unsigned redirects = 0;
    bool is_done = false;
    bool is_changed = false;
  };
  const Row& row(storage::SitemapId id) const { return rows_[id]; }
  std::vector<storage::SitemapId> take_changed();
  std::size_t changed_rows() const { return changed_.size(); }
  void restore(std::string_view url, unsigned level, bool is_done);
  void restore_counts(std::uint64_t failed, std::uint64_t left_out, std::uint64_t entries);
  std::size_t size() const { return rows_.size(); }

  // How a URL that a sitemap lists is reached: a link from the seed on its host; where there is
  // none, from the first seed.
  struct Start {
    storage::Path path;
    std::uint32_t seed = 0;
  };
  Start start_of(std::string_view url) const;

  void read(storage::SitemapId id, std::uint64_t entries);
  void failed(storage::SitemapId id, std::string_view reason);

  struct Counts {
    std::uint64_t named = 0;  // and asked for, or to be
    std::uint64_t read = 0;
    std::uint64_t failed = 0;    // robots.txt forbids it, it is not there, it is none
    std::uint64_t left_out = 0;  // one too many, nested too deeply, or on a host of its own
    std::uint64_t entries = 0;   // URLs listed
  };
  const Counts& counts() const { return counts_; }

  // The first few that failed.
  struct Note {
    std::string url;
    std::string reason;
  };
  const std::vector<Note>& notes() const { return notes_; }

 private:
  std::optional<storage::SitemapId> add(const Url& url, unsigned level);
  void done(storage::SitemapId id);
  void changed(storage::SitemapId id);
  static Start start_from(const CrawlOptions& options, std::size_t seed);

  std::vector<Row> rows_;
  std::vector<storage::SitemapId> changed_;
  std::unordered_map<std::string, storage::SitemapId> known_;
  std::unordered_map<std::string, Start> starts_;  // by the host of a seed
  Start otherwise_;
  Counts counts_;
  std::vector<Note> notes_;
};

}  // namespace scraper
