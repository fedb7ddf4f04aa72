// The crawl that frontier_growth plays to the frontier, as pure functions of a URL's number in
// order of discovery. Nothing is fetched and no page is written.
//
//   A page has kLinks links, of which kNew are new. Rows page * kNew … page * kNew + kNew - 1 are
//   what page number `page` led to: all but the last on one host, the last on any. Hosts are chosen
//   like words of a language (the n-th with weight 1/n) out of as many as there are by then; a
//   crawl of 20 million URLs meets 100,000. Three URLs of ten are excluded when they are found and
//   never stand in a queue. Of links to what is known half go to the popular (the n-th found with
//   weight 1/n), half to the recent (the n-th last likewise).
//
// URLs are 70 bytes long on average, made of words, no two alike.
#pragma once

#include <cstdint>
#include <string>

namespace scraper::growth {

inline constexpr std::uint64_t kLinks = 100;
inline constexpr std::uint64_t kNew = 5;

// SplitMix64 (G. L. Steele Jr., D. Lea and C. H. Flood): a stream, and its finaliser as a hash of
// numbers.
class Random {
 public:
  explicit Random(std::uint64_t seed) : state_(seed) {}
  std::uint64_t next() { return mixed(state_ += 0x9E3779B97F4A7C15); }
  double fraction() { return static_cast<double>(next() >> 11) * 0x1p-53; }
  static std::uint64_t mixed(std::uint64_t n);

 private:
  std::uint64_t state_;
};

bool is_excluded(std::uint64_t row);

void append_url(std::uint64_t row, std::string& out);

// The row a link to something known leads to, of `rows` there are.
std::uint64_t known_link(std::uint64_t rows, Random& random);

}  // namespace scraper::growth
