// The robots book: what each origin's robots.txt says to us, and the line that forbids a URL. RFC
// 9309 2.3.1: a file that is there is obeyed, 4xx means there are no rules, at most five redirects
// are followed; 2.4: a copy is used for a day. 5xx and no answer forbid everything for now and the
// file is asked for again later; an older copy is used until then. Owner's thread only.
#pragma once

#include <memory>
#include <optional>
#include <string_view>
#include <unordered_map>

#include "base/clock.h"
#include "base/error.h"
#include "base/page_record.h"
#include "storage/url_state.h"

namespace scraper {

class RobotsBook {
 public:
  static constexpr Duration kGoodFor = std::chrono::hours(24);

  // The file as read; one without rules when there is none.
  void obey(storage::OriginId origin, PageRecord record);

  // It could not be had, once more: how long it is left alone now. Doubles from a minute to half an
  // hour.
  Duration missed(storage::OriginId origin);
  bool has_copy(storage::OriginId origin) const;

  // What the ledger keeps of an origin, and back: the record as a worker encoded it, empty where
  // there are no rules.
  struct Kept {
    std::string_view record;
    bool has_copy = false;
    unsigned missed = 0;
  };
  Kept kept(storage::OriginId origin) const;
  Result<void> restore(storage::OriginId origin, const Kept& kept);

  // One redirect more on the way to this origin's file: false when there have been five already.
  bool follow(storage::OriginId origin);

  // Nothing when allowed; an origin never spoken of allows everything.
  std::optional<std::uint32_t> disallowing_line(storage::OriginId origin,
                                                std::string_view url) const;

 private:
  struct Entry {
    std::unique_ptr<PageRecord> record;  // with rules, and what they point into; null: none
    unsigned redirects = 0;
    unsigned missed = 0;  // since it was had
    bool has_copy = false;
  };
  std::unordered_map<storage::OriginId, Entry> entries_;
};

}  // namespace scraper
