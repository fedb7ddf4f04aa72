// Room: whether the crawl pauses because the machine has no room for more (disk, descriptors,
// memory), until when, and for how long that is borne. Pure: time and free space come as arguments.
// Owner's thread only.
//
// It pauses before the disk is full, so that what is in flight still has its place, and when
// something could not be had all the same. The second time in a row it waits twice as long, up to
// half a minute, so that no site is asked again and again for what cannot be kept.
#pragma once

#include <cstdint>
#include <optional>
#include <string>

#include "base/clock.h"

namespace scraper {

class Room {
 public:
  // `keep_free`: bytes of the disk that are not for the crawl. `patience`: from the first failure
  // on.
  Room(std::uint64_t keep_free, Duration patience) : keep_free_(keep_free), patience_(patience) {}

  // Something could not be had. True when the crawl pauses now and did not before.
  bool missed(std::string why, TimePoint now);

  // Every second or so. `free`: of the disk; nothing where that is not known. `is_owing`: something
  // is still to be written.
  enum class Change : std::uint8_t { kNone, kPaused, kGoesOn };
  Change look(std::optional<std::uint64_t> free, bool is_owing, TimePoint now);

  // A capture has found its place: what goes wrong from now on is something new.
  void found();

  bool is_paused() const { return until_.has_value(); }
  bool is_hopeless(TimePoint now) const { return is_paused() && now - *since_ >= patience_; }
  const std::string& why() const { return why_; }  // of the last pause, a line

 private:
  const std::uint64_t keep_free_;
  const Duration patience_;
  std::optional<TimePoint> since_;  // the first failure of this row
  std::optional<TimePoint> until_;  // not before
  Duration wait_{};
  std::string why_;
};

}  // namespace scraper
