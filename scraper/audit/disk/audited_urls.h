// What an audit remembers of each URL of a crawl: 33 bytes, arrays by number, whatever the URLs'
// lengths; while the rows are read the arrays grow, and may take twice that. A URL itself is looked
// up in the ledger when there is something to say of it.
//
// URLs are told apart by the low 8 bytes of their fingerprints. That two of a hundred million share
// them by chance happens once in some 4,000 such crawls; nobody can bring it about who does not
// know the crawl's key. One thread at a time.
#pragma once

#include <cstdint>
#include <optional>
#include <vector>

#include "storage/url_state.h"

namespace scraper::storage {

inline constexpr std::uint32_t kNoDepth =
    0xFFFFFFFF;  // only pages that ask not to follow lead there

class AuditedUrls {
 public:
  enum Flag : std::uint16_t {
    kIsReferrer = 1,    // others were found on it
    kHasState = 2,      // a row says what became of it
    kHasLine = 4,       // its state's row says where its line stands
    kLineSeen = 8,      // and there one is
    kSetAside = 16,     // by its state, no worker got through it
    kIsReached = 32,    // a page at the right depth leads to it
    kMayLack = 64,      // its last transfer failed by our own doing: nothing became of it
    kLineSame = 128,    // and what is read from its body again says the same
    kCaptureBad = 256,  // its last capture cannot be read
    kNotJudged = 512,   // gumbo did not get through its body
  };

  std::size_t size() const { return prints_.size(); }

  // In order of numbers. `print` is the low half of the fingerprint.
  void add(std::uint64_t print, std::uint32_t depth);

  // When all are there. Gives each pair of numbers that are the same URL to `same`.
  template <class Same>
  void index(const Same& same) {
    slots_.assign(prints_.size() + prints_.size() / 2 + 1, kNoUrl);
    for (UrlId id = 0; id < prints_.size(); ++id) {
      std::uint32_t& slot = slots_[slot_of(prints_[id])];
      if (slot != kNoUrl) {
        same(slot, id);
      } else {
        slot = id;
      }
    }
  }
  std::optional<UrlId> find(std::uint64_t print) const;

  std::uint64_t print(UrlId id) const { return prints_[id]; }
  std::uint32_t depth(UrlId id) const { return depths_[id]; }
  UrlState state(UrlId id) const { return static_cast<UrlState>(states_[id]); }
  void set_state(UrlId id, UrlState state) { states_[id] = static_cast<std::uint8_t>(state); }
  bool is(UrlId id, Flag flag) const { return (flags_[id] & flag) != 0; }
  void set(UrlId id, Flag flag) { flags_[id] = static_cast<std::uint16_t>(flags_[id] | flag); }
  void clear(UrlId id, Flag flag) { flags_[id] = static_cast<std::uint16_t>(flags_[id] & ~flag); }

  // Of the place of its last capture; 0: none.
  std::uint32_t& place_sum(UrlId id) { return places_[id]; }

  // First of all that its line has to say, then of the line as it is.
  std::uint64_t& line_sum(UrlId id) { return lines_[id]; }
  std::uint64_t line_sum(UrlId id) const { return lines_[id]; }

 private:
  // Of this URL, or the free one where it belongs.
  std::size_t slot_of(std::uint64_t print) const;

  std::vector<std::uint64_t> prints_;
  std::vector<std::uint64_t> lines_;
  std::vector<std::uint32_t> depths_;
  std::vector<std::uint32_t> places_;
  std::vector<std::uint8_t> states_;
  std::vector<std::uint16_t> flags_;
  std::vector<std::uint32_t> slots_;  // numbers by prints, open addressing, two thirds full
};

}  // namespace scraper::storage
