#include "scraper/audit/disk/line_hash.h"

#include "base/fingerprint.h"

namespace scraper::storage {

std::optional<std::pair<std::size_t, std::size_t>> place_of_depth(std::string_view line) {
  constexpr std::string_view kKey = ",\"depth\":";
  const auto at = line.find(kKey);
  if (at == line.npos) return std::nullopt;
  const std::size_t begin = at + kKey.size();
  const auto end = line.find_first_not_of(" 0123456789", begin);
  if (end == line.npos || end == begin) return std::nullopt;
  return std::pair(begin, end - begin);
}

std::uint64_t line_hash(std::string_view line) {
  const auto depth = place_of_depth(line);
  const Fingerprint before = fingerprint(line.substr(0, depth ? depth->first : line.size()), {});
  return fingerprint(depth ? line.substr(depth->first + depth->second) : std::string_view(),
                     {before.low, before.high})
      .low;
}

}  // namespace scraper::storage
