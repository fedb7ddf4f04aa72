#include "bench/parts/frontier_model.h"

#include <algorithm>
#include <array>
#include <cmath>
#include <string_view>

namespace scraper::growth {

namespace {

constexpr std::array<std::string_view, 64> kWords = {
    "about",   "account", "archive",  "article", "atlas",   "author",   "autumn",  "bread",
    "bridge",  "camera",  "career",   "chapter", "city",    "cloud",    "coffee",  "compare",
    "craft",   "data",    "design",   "detail",  "edition", "engine",   "event",   "family",
    "forum",   "gallery", "garden",   "guide",   "harbour", "health",   "history", "index",
    "island",  "journal", "kitchen",  "library", "local",   "market",   "matter",  "media",
    "member",  "modern",  "music",    "news",    "notes",   "open",     "paper",   "people",
    "photo",   "policy",  "product",  "public",  "record",  "review",   "river",   "school",
    "science", "season",  "software", "story",   "street",  "thoughts", "travel",  "weather"};
constexpr std::array<std::string_view, 8> kTopLevels = {".com",   ".org", ".net", ".de",
                                                        ".co.uk", ".io",  ".fr",  ".edu"};
constexpr std::array<std::string_view, 4> kEnds = {"", ".html", "/", ".php"};

std::string_view word(std::uint64_t hash, unsigned n) { return kWords[hash >> (6 * n) & 63]; }

// One of 0 … below - 1, the n-th with weight 1/n.
std::uint64_t by_rank(std::uint64_t below, double fraction) {
  const double rank = std::exp(std::log(static_cast<double>(below)) * fraction);
  return std::min(below - 1, static_cast<std::uint64_t>(rank) - 1);
}

std::uint32_t hosts_after(std::uint64_t rows) {
  return static_cast<std::uint32_t>(1000 + rows / kNew / 40);
}

std::uint32_t host_of(std::uint64_t row) {
  const bool is_elsewhere = row % kNew == kNew - 1;
  Random random(is_elsewhere ? ~row : row / kNew);
  return static_cast<std::uint32_t>(by_rank(hosts_after(row), random.fraction()));
}

std::string host_name(std::uint32_t host) {
  const std::uint64_t hash = Random::mixed(host + 1);
  std::string name = hash >> 63 ? "www." : "";
  name += word(hash, 0);
  if (hash >> 62 & 1) name += word(hash, 1);
  name += std::to_string(host);
  return name += kTopLevels[hash >> 56 & 7];
}

}  // namespace

std::uint64_t Random::mixed(std::uint64_t n) {
  n = (n ^ n >> 30) * 0xBF58476D1CE4E5B9;
  n = (n ^ n >> 27) * 0x94D049BB133111EB;
  return n ^ n >> 31;
}

bool is_excluded(std::uint64_t row) { return Random::mixed(row ^ 0xE7C1) % 10 < 3; }

void append_url(std::uint64_t row, std::string& out) {
  const std::uint32_t host = host_of(row);
  const std::uint64_t page = Random::mixed(row / kNew + 77);  // siblings share a folder
  const std::uint64_t own = Random::mixed(row + 99);
  out += own % 8 == 0 ? "http://" : "https://";
  out += host_name(host);
  for (unsigned n = 0; n < 1 + page % 3; ++n) (out += '/') += word(page, n + 1);
  (out += '/') += word(own, 1);
  for (unsigned n = 0; n < (own >> 60) % 4; ++n) (out += '-') += word(own, n + 2);
  (out += own >> 59 & 1 ? '-' : '/') += std::to_string(row);
  out += kEnds[own >> 57 & 3];
  if (own >> 54 & 1) return;
  ((out += "?ref=") += word(own, 8)) += "&page=";
  out += std::to_string(own >> 50 & 15);
}

std::uint64_t known_link(std::uint64_t rows, Random& random) {
  const bool is_recent = random.next() >> 63;
  const std::uint64_t rank = by_rank(rows, random.fraction());
  return is_recent ? rows - 1 - rank : rank;
}

}  // namespace scraper::growth
