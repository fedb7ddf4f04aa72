// The seen test in memory, of which layout `order-table` is made: which row has this fingerprint? Some 12 bytes a URL.
//
// 63 bits of a fingerprint tell URLs apart; among 100 million, two are alike in one crawl of 1,800. 11 of them choose one of 2,048
// regions, 52 are the tag; an entry is 11 bytes: tag, row (32), depth (4). In a region entries stand in the order of their tags, each where
// its tag says or as near behind it as there is room (linear probing in order; O. Amble and D. E. Knuth, "Ordered hash tables", 1974): so
// a region may be 96 % full, and still a look-up, of what is not there too, reads a dozen entries side by side. A region that is full
// becomes a 32nd larger, alone, which takes a fraction of a millisecond. Regions are mappings: blocks of malloc that grow at different times
// left holes of a seventh of the table.
//
// The depth is a bound, not the truth: a link that does not beat it needs no row read. One that does, or meets 15, asks the row.
//
// SeenFile is what the table is made from again: 17 bytes a URL (fingerprint, depth) in order of discovery, appended at the barrier; the
// ledger says how long it is.
#pragma once

#include <cstdint>
#include <cstdlib>
#include <filesystem>
#include <optional>
#include <string>
#include <vector>

#include "scraper/base/fingerprint.h"

namespace scraper::layouts {

class SeenTable {
 public:
  SeenTable() : regions_(kRegions) {}
  ~SeenTable();
  SeenTable(const SeenTable&) = delete;
  SeenTable& operator=(const SeenTable&) = delete;

  static constexpr std::uint32_t kMostDepth = 15;
  static constexpr unsigned kRegionBits = 11;
  static std::size_t region_of(const Fingerprint& fingerprint) { return fingerprint.low >> (64 - kRegionBits); }

  struct Found {
    std::uint32_t row;
    std::uint32_t depth;  // at most this, unless it is kMostDepth
  };
  std::optional<Found> find(const Fingerprint& fingerprint) const;
  void add(const Fingerprint& fingerprint, Found found);  // is not there yet

  // Room for `rows` in all, evenly spread, before any is added.
  void reserve(std::uint64_t rows);

  std::uint64_t bytes() const;  // mapped

 private:
  static constexpr std::size_t kRegions = std::size_t{1} << kRegionBits;

  struct Region {
    unsigned char* slots = nullptr;
    std::uint32_t homes = 0;  // where a tag may say; kSpill more for those that are pushed beyond the last
    std::uint32_t size = 0;
  };

  static std::uint32_t place_of(const Region& region, std::uint64_t tag);
  static bool insert(Region& region, std::uint64_t tag, Found found);
  static void grow(Region& region, std::uint32_t homes);

  std::vector<Region> regions_;
};

class SeenFile {
 public:
  explicit SeenFile(const std::filesystem::path& path);
  ~SeenFile();
  SeenFile(const SeenFile&) = delete;
  SeenFile& operator=(const SeenFile&) = delete;

  static constexpr std::size_t kRecord = 17;

  void append(const Fingerprint& fingerprint, std::uint32_t depth);  // to what the next write takes
  void write();
  void sync();
  void cut(std::uint64_t rows);                 // what no barrier acknowledged
  void load(SeenTable& table) const;            // all of it
  Fingerprint read(std::uint64_t row) const;    // one pread
  std::uint64_t bytes() const { return end_; }  // written

 private:
  int descriptor_;
  std::uint64_t end_ = 0;
  std::string owed_;
};

}  // namespace scraper::layouts
