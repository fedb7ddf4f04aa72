// The rows of the frontier in memory: one a URL, with its bytes, state, reason and path; the seen test; counts by state. No hosts,
// no time, no policy. Owner's thread only. About 170 bytes a URL.
#pragma once

#include <cstdint>
#include <map>
#include <memory>
#include <optional>
#include <string>
#include <string_view>
#include <unordered_map>
#include <vector>

#include "scraper/base/fingerprint.h"
#include "storage/frontier.h"

namespace scraper::storage {

struct UrlRow {
  std::uint64_t url_at = 0;  // in the arena
  std::uint32_t url_size = 0;
  OriginId origin = 0;
  UrlId referrer = kNoUrl;
  std::uint32_t seed = 0;
  std::uint32_t depth = 0;
  std::int32_t left = 0;
  std::uint32_t detail = 0;
  std::uint32_t link_count = 0;  // links kept for a better path to spread along
  std::uint64_t links_at = 0;
  Results::DepthPlace line;  // width 0: no line yet
  std::uint16_t hops = 0;
  std::uint16_t reason = 0;  // of reasons(); 0: none
  std::uint8_t attempts = 0;
  UrlState state = UrlState::kPending;
  bool is_leased = false;
  bool is_parked = false;     // waits for its origin's robots.txt
  bool is_redirect = false;   // its one link is a redirect's target
  bool is_nofollow = false;   // no path but from pages that ask not to follow
  bool is_ruled_out = false;  // by a rule about the URL itself, or by its page
  std::uint8_t changes = 0;   // since the ledger was told: kPathChanged, …
};

// What the ledger has to be told of a row.
inline constexpr std::uint8_t kPathChanged = 1;
inline constexpr std::uint8_t kStateChanged = 2;
inline constexpr std::uint8_t kLinksChanged = 4;

class UrlTable {
 public:
  UrlTable() : reasons_{""} {}

  std::optional<UrlId> find(const Fingerprint& fingerprint) const;
  UrlId add(const Fingerprint& fingerprint, std::string_view url, UrlRow row);

  UrlRow& operator[](UrlId id) { return rows_[id]; }
  const UrlRow& operator[](UrlId id) const { return rows_[id]; }
  std::size_t size() const { return rows_.size(); }
  std::string_view url(UrlId id) const;

  // Every change of state and of depth goes through these two, which keep the counts.
  void set_state(UrlId id, UrlState state, std::string_view reason, std::uint32_t detail = 0);
  void set_depth(UrlId id, std::uint32_t depth);

  std::uint64_t count(UrlState state) const { return counts_[static_cast<std::size_t>(state)]; }
  std::map<std::pair<UrlState, std::string>, std::uint64_t> counts_by_reason() const;
  std::string_view reason(UrlId id) const { return reasons_[rows_[id].reason]; }

  // The least depth among URLs that are pending or captured: no URL can be found at a lesser one any more.
  std::uint32_t least_unfinished_depth() const;

  void keep_links(UrlId id, const std::vector<UrlId>& links);

  // Rows that the ledger has to be told of, each once, with what of them in `changes`; the two above and add() note it themselves.
  void changed(UrlId id, std::uint8_t what);
  std::size_t changed_rows() const { return changed_.size(); }
  std::vector<UrlId> take_changed();

  // A row as the ledger has it. Nothing of it is a change.
  UrlId restore(const Fingerprint& fingerprint, std::string_view url, const UrlRow& row);
  void restore_state(UrlId id, UrlState state, std::string_view reason, std::uint32_t detail);
  void restore_links(UrlId id, const std::vector<UrlId>& links);
  UrlId link(UrlId id, std::uint32_t n) const { return links_[rows_[id].links_at + n]; }

 private:
  UrlId insert(const Fingerprint& fingerprint, std::string_view url, UrlRow row);
  void move_to(UrlRow& row, UrlState state, std::string_view reason, std::uint32_t detail);
  std::uint64_t keep_bytes(std::string_view url);
  std::uint16_t intern(std::string_view reason);
  static bool is_unfinished(UrlState state) { return state == UrlState::kPending || state == UrlState::kCaptured; }
  void count_unfinished(std::uint32_t depth, int change);

  std::vector<UrlRow> rows_;
  std::unordered_map<Fingerprint, UrlId, FingerprintHash> seen_;
  std::vector<std::unique_ptr<char[]>> chunks_;
  std::uint64_t chunk_used_ = 0;
  std::vector<UrlId> links_;
  std::vector<UrlId> changed_;
  std::vector<std::string> reasons_;
  std::map<std::string, std::uint16_t, std::less<>> reason_ids_;
  std::uint64_t counts_[kUrlStates] = {};
  std::map<std::uint32_t, std::uint64_t> unfinished_;  // by depth
};

}  // namespace scraper::storage
