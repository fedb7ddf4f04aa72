// What the steps of an audit share (storage/audit.h). Internal to audit*.cc.
#pragma once

#include <string>
#include <string_view>
#include <unordered_map>
#include <vector>

#include "base/capture.h"
#include "base/fingerprint.h"
#include "base/place.h"
#include "scraper/audit/disk/audit.h"
#include "storage/row_codec.h"

namespace scraper::storage {

struct AuditState {
  const AuditQuestion& question;
  const Ledger& ledger;
  Findings& findings;
  AuditFigures figures;
  AuditedUrls urls;
  std::vector<FileEntry> files;
  std::vector<std::uint64_t> origins;  // prints of their robots.txt, by number
  std::vector<std::uint64_t> sitemaps;
  struct Listed {
    bool is_done = false;
    std::uint64_t lines = 0;  // seen so far
  };
  std::unordered_map<std::string, Listed> sitemap_urls;

  // False, and a finding, when the ledger could not be read to the end.
  bool is_read(const Result<void>& result, std::string_view what);

  std::uint64_t print(std::string_view bytes) const {
    return fingerprint(bytes, figures.books.key).low;
  }
  std::string url_of(UrlId id) const;  // for a finding: "URL 17 (http://…)"
  std::string path(std::string_view name) const {
    return question.directory + "/" + std::string(name);
  }
  const FileEntry* file(std::string_view name) const;
};

std::string row_of(UrlId id);                                       // "URL 17"
std::string at_place(std::uint32_t segment, std::uint64_t offset);  // "warc/00000.warc at 1234"

// ---- what a line says, part by part: each is summed where it comes from, and the sums of a whole
// line are the same

// Of a transfer, as a line says it.
struct TransferFacts {
  Place place;
  std::uint64_t status = 0;  // 0: no answer
  std::string digest;        // empty: no answer
  std::uint64_t size = 0;
  bool is_truncated = false;
  std::uint64_t attempts = 0;
  std::string fetched_at;
  std::uint64_t micros = 0;
  std::uint64_t first_byte_micros = 0;
  std::string address;
  std::string protocol;
  friend bool operator==(const TransferFacts&, const TransferFacts&) = default;
};
TransferFacts facts_of(const Capture& outline, const Place& place, std::uint64_t attempts);
std::uint64_t sum_of(const TransferFacts& facts, const FingerprintKey& key);

// Of the way to a URL.
struct WayFacts {
  std::uint64_t referrer = 0;  // its print; 0: none
  std::uint64_t depth = 0;
  std::string_view seed;  // empty: not known
  std::string_view tag;
};
std::uint64_t sum_of(const WayFacts& facts, const FingerprintKey& key);

// Of a state.
struct StateFacts {
  std::string_view state;
  std::string_view error;  // of a failed URL
  Results::DepthPlace line;
};
std::uint64_t sum_of(const StateFacts& facts, const FingerprintKey& key);

std::uint32_t sum_of(const Place& place);  // never 0

// ---- the steps

bool audit_books(AuditState& state);     // books, files, hosts, origins, sitemaps
bool audit_urls(AuditState& state);      // numbers, referrers, seeds, depths
bool audit_segments(AuditState& state);  // captures' rows and the archive
bool audit_states(AuditState& state);    // and the sum
void audit_lines(AuditState& state);
void audit_sitemap_lines(AuditState& state);
void audit_files(AuditState& state);  // lengths, names, quarantine

}  // namespace scraper::storage
