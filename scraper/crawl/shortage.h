// When the machine has no room (disk, descriptors, memory) leases pause: what could not be written
// or requested is owed, and the crawl goes on when there is room again. Any other failure, and
// patience that has run out, ends the crawl; what was committed stays as it is.
//
// Owner's thread only.
#pragma once

#include <cstddef>
#include <cstdint>
#include <optional>

#include "base/alarm.h"
#include "base/capture.h"
#include "base/error.h"
#include "scraper/crawl/meter.h"
#include "scraper/crawl/stopping.h"
#include "scraper/rules/options.h"
#include "scraper/rules/room.h"

namespace scraper {

class Shortage {
 public:
  Shortage(const CrawlOptions& options, Stopping& stopping, const Meter& meter, const Clock& clock);

  // Whether a transfer failed for want of something of ours: no word about the site, and nothing
  // the next page would not meet too.
  bool is_to_blame(const Capture& capture);

  // Pauses where there was no room (kExhausted), else ends the crawl.
  void on_error(Error error);

  // A capture has found its place: what goes wrong from now on is something new.
  void found() { room_.found(); }

  // Every second or so. `free`: bytes of the disk, nothing where that is not known; `is_owing`:
  // something is still to be written. True when the crawl goes on after a pause.
  bool look(std::optional<std::uint64_t> free, bool is_owing);

  bool is_paused() const { return room_.is_paused(); }

  // --concurrency, or less where descriptors ran out.
  std::size_t most_in_flight() const { return most_in_flight_; }

 private:
  void ask_fewer(const Capture& capture);
  void give_up();
  void report_pause() const;

  const CrawlOptions& options_;
  Stopping& stopping_;
  const Meter& meter_;
  const Clock& clock_;
  Room room_;
  std::size_t most_in_flight_;
};

}  // namespace scraper
