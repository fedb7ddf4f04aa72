// What the seen test in memory (storage/seen_table.h), of which layout `order-table` is made, is
// made from again.
//
// SeenFile: 17 bytes a URL (fingerprint, depth) in order of discovery, appended at the barrier; the
// ledger says how long it is.
#pragma once

#include <cstdint>
#include <filesystem>
#include <string>

#include "base/fingerprint.h"
#include "scraper/frontier/seen_table.h"

namespace scraper::layouts {

using storage::SeenTable;

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
