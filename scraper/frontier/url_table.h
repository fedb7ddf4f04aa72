// The rows of the frontier: one a URL, with its bytes, state, reason and path; the seen test;
// counts by state. No hosts, no time, no policy. Owner's thread only.
//
// In memory are the seen test (storage/seen_table.h) and the rows that are worked with; every other
// row is in the ledger and read when it is asked for. A row leaves memory in trim() only, so a
// reference is good until then.
#pragma once

#include <cstdint>
#include <deque>
#include <functional>
#include <map>
#include <optional>
#include <string>
#include <string_view>
#include <unordered_map>
#include <utility>
#include <vector>

#include "base/fingerprint.h"
#include "base/place.h"
#include "scraper/frontier/seen_table.h"
#include "storage/results.h"
#include "storage/url_state.h"

namespace scraper::storage {

struct UrlRow {
  std::string url;
  std::vector<UrlId> links;  // kept for a better path to spread along; see UrlTable::links()
  Place place;               // of the last capture; length 0: none
  Results::DepthPlace line;  // width 0: no line yet
  OriginId origin = 0;
  UrlId referrer = kNoUrl;
  std::uint32_t seed = 0;
  std::uint32_t depth = 0;
  std::int32_t left = 0;
  std::uint32_t detail = 0;
  std::uint16_t hops = 0;
  std::uint16_t reason = 0;  // of reasons(); 0: none
  std::uint8_t attempts = 0;
  UrlState state = UrlState::kPending;
  bool is_leased = false;
  bool is_ahead = false;  // counted in its host's, see HostRow
  bool is_parked =
      false;  // pending, and in no queue: it waits for its time or for its seed's limit
  bool is_redirect = false;        // its one link is a redirect's target
  bool is_nofollow = false;        // no path but from pages that ask not to follow
  bool is_ruled_out = false;       // by a rule about the URL itself, or by its page
  bool has_links_to_read = false;  // from the ledger, where there may be some
  bool was_used = false;           // since trim() looked at it
  std::uint8_t changes = 0;        // since the ledger was told: kPathChanged, …
};

// What the ledger has to be told of a row.
inline constexpr std::uint8_t kPathChanged = 1;
inline constexpr std::uint8_t kStateChanged = 2;
inline constexpr std::uint8_t kLinksChanged = 4;

class UrlTable {
 public:
  // What the ledger has of a row that is not in memory; and of its links, into `row`. May throw.
  struct Source {
    std::function<UrlRow(UrlId id)> row;
    std::function<void(UrlId id, UrlRow& row)> links;
  };
  explicit UrlTable(Source source) : source_(std::move(source)), reasons_{""} {}

  std::optional<UrlId> find(const Fingerprint& fingerprint) const {
    return seen_.find(fingerprint);
  }

  // The depth that a way has to beat to be a better one; a bound that is known without a look at
  // the row, which may be in the ledger only. kAskRow: only the row can tell.
  static constexpr std::uint32_t kAskRow = 15;
  std::uint32_t depth_bound(UrlId id) const;
  void lower_bound(UrlId id);  // a better way to it has been found

  // Numbers are given in order, below SeenTable::kMostRows.
  UrlId add(const Fingerprint& fingerprint, UrlRow row);

  UrlRow& operator[](UrlId id);
  std::size_t size() const { return size_; }
  const std::vector<UrlId>& links(UrlId id);

  // Every change of state and of depth goes through these two, which keep the counts.
  void set_state(UrlId id, UrlState state, std::string_view reason, std::uint32_t detail = 0);
  void set_depth(UrlId id, std::uint32_t depth);

  const UrlCounts& counts() const { return counts_; }
  std::map<std::pair<UrlState, std::string>, std::uint64_t> counts_by_reason() const;
  std::string_view reason(const UrlRow& row) const { return reasons_[row.reason]; }
  std::uint16_t reason_id(std::string_view reason);

  // The least depth among URLs that are unfinished: no URL can be found at a lesser one any more.
  std::uint32_t least_unfinished_depth() const {
    return unfinished_.empty() ? ~0u : unfinished_.begin()->first;
  }

  void keep_links(UrlId id, std::vector<UrlId> links);

  // Rows that the ledger has to be told of, each once, with what of them in `changes`; the others
  // and add() note it themselves.
  void changed(UrlId id, std::uint8_t what);
  std::size_t changed_rows() const { return changed_.size(); }
  std::vector<UrlId> take_changed() { return std::exchange(changed_, {}); }

  // Counts a row that the ledger has, in order; it is not kept in memory.
  void restore(const Fingerprint& fingerprint, const UrlRow& row);

  // The ledger has all that take_changed() gave: of rows that are neither leased nor parked nor
  // changed again `most` stay, by and large those that were used last.
  void trim(std::size_t most);

  std::size_t rows_in_memory() const { return rows_.size(); }

 private:
  void count(const UrlRow& row, int change);

  Source source_;
  void put_bound(UrlId id, std::uint32_t bound);

  SeenTable seen_;
  std::deque<std::uint8_t> bounds_;  // two rows a byte
  std::unordered_map<UrlId, UrlRow> rows_;
  std::deque<UrlId> order_;  // of rows_, as they came
  UrlId size_ = 0;
  std::vector<UrlId> changed_;
  std::vector<std::string> reasons_;
  std::map<std::string, std::uint16_t, std::less<>> reason_ids_;
  UrlCounts counts_;
  std::vector<std::uint64_t> by_reason_;               // the states of each reason
  std::map<std::uint32_t, std::uint64_t> unfinished_;  // by depth
};

}  // namespace scraper::storage
