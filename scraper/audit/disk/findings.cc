#include "scraper/audit/disk/findings.h"

#include <numeric>
#include <utility>

namespace scraper::storage {

std::string_view to_string(FindingKind kind) {
  switch (kind) {
    case FindingKind::kFile: return "file";
    case FindingKind::kLedger: return "ledger";
    case FindingKind::kBooks: return "books";
    case FindingKind::kRecord: return "record";
    case FindingKind::kCapture: return "capture";
    case FindingKind::kLine: return "line";
    case FindingKind::kSitemap: return "sitemap";
    case FindingKind::kQuarantine: return "quarantine";
    case FindingKind::kOptions: return "options";
    case FindingKind::kBody: return "body";
    case FindingKind::kClosure: return "closure";
    case FindingKind::kDepth: return "depth";
  }
  return "unknown";
}

void Findings::add(FindingKind kind, std::string where, std::string what) {
  ++counts_[static_cast<std::size_t>(kind)];
  if (listed_.size() < kMostListed) listed_.push_back({kind, std::move(where), std::move(what)});
}

std::uint64_t Findings::total() const {
  return std::accumulate(counts_.begin(), counts_.end(), std::uint64_t{0});
}

}  // namespace scraper::storage
