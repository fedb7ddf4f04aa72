// What a URL of the books is called and what may become of it: the words that frontier, ledger and
// audit share. Pure.
#pragma once

#include <array>
#include <cstddef>
#include <cstdint>
#include <string_view>

#include "base/enum_table.h"

namespace scraper::storage {

// In exactly one of them at any time; with which reason, see "States of a URL" in
// docs/architecture.md. The numbers stand in the ledger: a new one goes to the end.
enum class UrlState : std::uint8_t {
  kPending,
  kCaptured,
  kStored,
  kFailed,
  kDuplicate,
  kExcluded,
  kDisallowed,
  kOverBudget
};

// What holds of every URL in a state. Who has to know asks here and lists no states: a state that
// is added is one row, and the place where it is decided.
struct UrlStateTraits {
  UrlState value;
  std::string_view name;  // in result lines, report.json and words; stable

  // Of a run
  bool is_open;        // still to be fetched or parsed: a crawl that ends complete has none
  bool is_unfinished;  // open, or a run with other limits opens it: URLs may yet be found on it
  bool is_final;  // no run has anything to do with it; the others are looked at when one begins

  // Of its row and its line
  bool needs_capture;    // the row names its last capture
  bool may_have_reason;  // the row says why
  bool needs_reason;     // always
  bool may_lead;         // its page may have been read, and others found on it
  bool has_line;         // in pages.jsonl
  bool has_error;        // the line's `error` is the reason
};

// clang-format off
inline constexpr std::array<UrlStateTraits, 8> kUrlStates = {{
    {.value = UrlState::kPending, .name = "pending",
     .is_open = true, .is_unfinished = true, .is_final = false,
     .needs_capture = false, .may_have_reason = false, .needs_reason = false,
     .may_lead = false, .has_line = false, .has_error = false},
    {.value = UrlState::kCaptured, .name = "captured",
     .is_open = true, .is_unfinished = true, .is_final = false,
     .needs_capture = true, .may_have_reason = false, .needs_reason = false,
     .may_lead = false, .has_line = false, .has_error = false},
    {.value = UrlState::kStored, .name = "stored",
     .is_open = false, .is_unfinished = false, .is_final = true,
     .needs_capture = true, .may_have_reason = false, .needs_reason = false,
     .may_lead = true, .has_line = true, .has_error = false},
    {.value = UrlState::kFailed, .name = "failed",
     .is_open = false, .is_unfinished = false, .is_final = true,
     .needs_capture = true, .may_have_reason = true, .needs_reason = true,
     .may_lead = true, .has_line = true, .has_error = true},
    {.value = UrlState::kDuplicate, .name = "duplicate",
     .is_open = false, .is_unfinished = false, .is_final = true,
     .needs_capture = true, .may_have_reason = true, .needs_reason = false,
     .may_lead = true, .has_line = true, .has_error = false},
    // A shorter way or a larger --depth may open it.
    {.value = UrlState::kExcluded, .name = "excluded",
     .is_open = false, .is_unfinished = false, .is_final = false,
     .needs_capture = false, .may_have_reason = true, .needs_reason = true,
     .may_lead = true, .has_line = false, .has_error = false},
    {.value = UrlState::kDisallowed, .name = "disallowed",
     .is_open = false, .is_unfinished = false, .is_final = true,
     .needs_capture = false, .may_have_reason = true, .needs_reason = true,
     .may_lead = false, .has_line = false, .has_error = false},
    // A larger limit opens it.
    {.value = UrlState::kOverBudget, .name = "over budget",
     .is_open = false, .is_unfinished = true, .is_final = false,
     .needs_capture = false, .may_have_reason = true, .needs_reason = true,
     .may_lead = false, .has_line = false, .has_error = false},
}};
// clang-format on
static_assert(is_complete(kUrlStates));

constexpr const UrlStateTraits& traits(UrlState state) { return row_of(kUrlStates, state); }
constexpr std::string_view to_string(UrlState state) { return traits(state).name; }

// The `error` of the line of a URL with this state and reason; empty: null.
constexpr std::string_view error_of(UrlState state, std::string_view reason) {
  return traits(state).has_error ? reason : std::string_view();
}

// How many URLs are in each state.
struct UrlCounts {
  std::array<std::uint64_t, kUrlStates.size()> by_state{};

  constexpr std::uint64_t& operator[](UrlState state) {
    return by_state[static_cast<std::size_t>(state)];
  }
  constexpr std::uint64_t operator[](UrlState state) const {
    return by_state[static_cast<std::size_t>(state)];
  }
  // In all states of which this holds: sum(&UrlStateTraits::is_open).
  constexpr std::uint64_t sum(bool UrlStateTraits::*trait) const {
    std::uint64_t sum = 0;
    for (const UrlStateTraits& state : kUrlStates) sum += state.*trait ? (*this)[state.value] : 0;
    return sum;
  }
  constexpr std::uint64_t total() const {
    std::uint64_t sum = 0;
    for (const std::uint64_t count : by_state) sum += count;
    return sum;
  }
  friend bool operator==(const UrlCounts&, const UrlCounts&) = default;
};

// Numbers count from 0 in order of discovery.
using UrlId = std::uint32_t;
using HostId = std::uint32_t;
using OriginId = std::uint32_t;
inline constexpr UrlId kNoUrl = 0xFFFFFFFF;

// A sitemap's number, given by the crawl. It is no page and has no row; where it stands as a
// referrer it is one of these.
using SitemapId = std::uint32_t;
inline constexpr UrlId kFirstSitemap = 0x80000000;
constexpr UrlId referrer_of(SitemapId sitemap) { return kFirstSitemap | sitemap; }
constexpr bool is_sitemap(UrlId referrer) {
  return referrer >= kFirstSitemap && referrer != kNoUrl;
}

// What is asked for.
enum class LeaseKind : std::uint8_t { kPage, kRobots, kSitemap };

}  // namespace scraper::storage
