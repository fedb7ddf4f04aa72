// What an audit finds: damage as values, counted by kind and listed up to a bound. One thread at a
// time.
#pragma once

#include <array>
#include <cstddef>
#include <cstdint>
#include <string>
#include <string_view>
#include <vector>

namespace scraper::storage {

// What is wrong, by where it shows. The names are those of --json and stable.
enum class FindingKind : std::uint8_t {
  kFile,        // missing, shorter or longer than committed, not ours
  kLedger,      // cannot be read, or its rows contradict each other
  kBooks,       // the sum does not close
  kRecord,      // of the archive: not whole, not what its own header says, or without a row
  kCapture,     // a row of a capture and its record differ
  kLine,        // of pages.jsonl
  kSitemap,     // sitemaps.jsonl and the rows of sitemaps
  kQuarantine,  // quarantine/
  kOptions,     // crawl.toml and seeds.txt
  kBody,        // what is read from a stored body again is not what its line says
  kClosure,     // a link that a stored body has is not in the ledger
  kDepth,       // not the least number of links from a seed
};
inline constexpr std::size_t kFindingKinds = 12;
std::string_view to_string(FindingKind kind);

// Texts are as they came: not safe to show.
struct Finding {
  FindingKind kind = FindingKind::kFile;
  std::string where;  // a file of OUT and an offset, a row, a URL
  std::string what;
};

class Findings {
 public:
  static constexpr std::size_t kMostListed = 1'000;

  void add(FindingKind kind, std::string where, std::string what);

  // What is no damage and has to be said all the same.
  void note(std::string text) { notes_.push_back(std::move(text)); }

  std::uint64_t count(FindingKind kind) const { return counts_[static_cast<std::size_t>(kind)]; }
  std::uint64_t total() const;
  const std::vector<Finding>& listed() const { return listed_; }  // the first ones
  const std::vector<std::string>& notes() const { return notes_; }

 private:
  std::array<std::uint64_t, kFindingKinds> counts_{};
  std::vector<Finding> listed_;
  std::vector<std::string> notes_;
};

}  // namespace scraper::storage
