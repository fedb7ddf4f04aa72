// The seen test in memory: which row has this fingerprint? 10.4 bytes a URL, and 8 MiB. Owner's
// thread only.
//
// 59 bits of a fingerprint tell URLs apart, which by chance makes two of 100 million alike in one
// crawl of 115 (of 20 million: of 2,900); on purpose nobody can without the crawl's key. 11 of them
// choose one of 2,048 regions, 48 are the tag; an entry is 10 bytes: tag and row (32). In a region
// entries stand in the order of their tags, each where its tag says or as near behind it as there
// is room (linear probing in order; O. Amble and D. E. Knuth, "Ordered hash tables", 1974): so a
// region may be 96 % full, and still a look-up, of what is not there too, reads a dozen entries
// side by side. A region that is full becomes a 32nd larger, alone, in a fraction of a millisecond.
// Regions are mappings of their own: blocks of malloc that grow at different times leave holes
// between them.
#pragma once

#include <cstdint>
#include <optional>
#include <vector>

#include "base/fingerprint.h"
#include "storage/url_state.h"

namespace scraper::storage {

class SeenTable {
 public:
  SeenTable() : regions_(kRegions) {}
  ~SeenTable();
  SeenTable(const SeenTable&) = delete;
  SeenTable& operator=(const SeenTable&) = delete;

  static constexpr UrlId kMostRows = kFirstSitemap;  // numbers from there on are not of URLs

  std::optional<UrlId> find(const Fingerprint& fingerprint) const;

  // `fingerprint` is not there yet; rows are below kMostRows. Throws std::bad_alloc, and nothing
  // has changed then.
  void add(const Fingerprint& fingerprint, UrlId row);

  std::uint64_t bytes() const;  // mapped

  static constexpr unsigned kRegionBits = 11;
  static constexpr std::size_t kRegions = std::size_t{1} << kRegionBits;

 private:
  struct Region {
    unsigned char* slots = nullptr;
    std::uint32_t homes =
        0;  // where a tag may say; some more slots for those that are pushed beyond the last
    std::uint32_t size = 0;
  };

  static std::uint32_t place_of(const Region& region, std::uint64_t tag);
  static bool insert(Region& region, std::uint64_t tag, UrlId row);
  static bool lay_out(const Region& from, Region& to);
  static void grow(Region& region);

  std::vector<Region> regions_;
};

}  // namespace scraper::storage
