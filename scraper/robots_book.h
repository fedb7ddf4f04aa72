// The robots book: what each origin's robots.txt says to us, and the line that forbids a URL. RFC 9309 2.3.1: a file that is there
// is obeyed, 4xx means there are no rules, 5xx and no answer forbid everything, at most five redirects are followed. Owner's thread
// only.
#pragma once

#include <optional>
#include <string_view>
#include <unordered_map>

#include "scraper/base/page_record.h"
#include "storage/frontier.h"

namespace scraper {

class RobotsBook {
 public:
  // `line` of a URL that is forbidden because the file could not be had.
  static constexpr std::uint32_t kNoFile = 0;

  void obey(storage::OriginId origin, PageRecord record);
  void forbid_all(storage::OriginId origin) { entries_[origin].forbids_all = true; }

  // One redirect more on the way to this origin's file: false when there have been five already.
  bool follow(storage::OriginId origin);

  // Nothing when allowed; an origin never spoken of allows everything.
  std::optional<std::uint32_t> disallowing_line(storage::OriginId origin, std::string_view url) const;

 private:
  struct Entry {
    PageRecord record;  // what the rules point into
    unsigned redirects = 0;
    bool forbids_all = false;
  };
  std::unordered_map<storage::OriginId, Entry> entries_;
};

}  // namespace scraper
