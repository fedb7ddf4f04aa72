// The audit of a crawl from its disk alone: that the books close, that every URL, line and capture
// is there exactly once, and that every byte the ledger speaks of is what was written. What bodies
// say is for scraper/audit_bodies.h. Neither frontier nor fetch is linked.
//
// What is looked at: the ledger, every row; each segment's committed bytes, every record with its
// sums; pages.jsonl and sitemaps.jsonl, every line; quarantine/. Not covered: the block of a
// request or warcinfo record has no sum of its own, so only its header is held against the others.
//
// One thread, which waits for the disk. Bodies are never in memory whole; 33 bytes a URL are
// (storage/audited_urls.h), and a line.
#pragma once

#include <array>
#include <cstdint>
#include <functional>
#include <optional>
#include <string>
#include <string_view>
#include <vector>

#include "base/error.h"
#include "base/page_record.h"
#include "scraper/audit/disk/audited_urls.h"
#include "scraper/audit/disk/findings.h"
#include "storage/ledger.h"

namespace scraper::storage {

// How far a step has come, in bytes or rows.
using TellProgress =
    std::function<void(std::string_view step, std::uint64_t done, std::uint64_t of)>;

struct AuditSeed {
  std::string url;
  std::string tag;
};

struct AuditQuestion {
  std::string directory;  // OUT
  // As in seeds.txt, by number; nothing where that cannot be read: then nothing is said of lines'
  // seeds.
  std::optional<std::vector<AuditSeed>> seeds;
  LinkKindSet follow = 0;  // what a sitemap lists of these kinds is in the ledger
  TellProgress tell = [](std::string_view, std::uint64_t, std::uint64_t) {};
};

struct AuditFigures {
  Books books;
  std::uint64_t discovered = 0;  // rows of URLs
  UrlCounts states;
  std::uint64_t captures = 0;  // rows
  std::uint64_t records = 0;
  std::uint64_t segments = 0;
  std::uint64_t segment_bytes = 0;
  std::uint64_t lines = 0;
  std::uint64_t line_bytes = 0;
  std::uint64_t sitemap_lines = 0;
  std::uint64_t sitemap_sum = 0;  // of sitemap_line_sum() of each
  std::uint64_t set_aside = 0;
  std::uint64_t sitemaps_set_aside = 0;  // of them
};

struct Audited {
  AuditFigures figures;
  AuditedUrls urls;
  bool is_whole =
      false;  // false: the ledger could not be read to its end, the rest was not looked at
};

// The n-th line of a sitemap, so that none can take another's place.
std::uint64_t sitemap_line_sum(std::string_view line, std::uint64_t n, const FingerprintKey& key);

// Damage goes to `findings`. `ledger` is that of the directory, read-only.
Audited audit_disk(const AuditQuestion& question, const Ledger& ledger, Findings& findings);

}  // namespace scraper::storage
