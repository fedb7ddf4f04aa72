#include "scraper/crawl/shortage.h"

#include <fmt/format.h>

#include <algorithm>
#include <string>
#include <utility>

#include "base/printable.h"
#include "base/say.h"
#include "scraper/config/values.h"

namespace scraper {

Shortage::Shortage(const CrawlOptions& options, Stopping& stopping, const Meter& meter,
                   const Clock& clock)
    : options_(options),
      stopping_(stopping),
      meter_(meter),
      clock_(clock),
      room_(options.keep_free, options.room_patience),
      most_in_flight_(options.concurrency) {}

bool Shortage::is_to_blame(const Capture& capture) {
  if (capture.error == FetchError::kExhausted) {
    ask_fewer(capture);
    return true;
  }
  if (capture.error != FetchError::kLocal) return false;
  stopping_.fail({Errc::kExhausted, capture.error_text});
  return true;
}

void Shortage::on_error(Error error) {
  if (error.code != Errc::kExhausted || stopping_.is_stopping())
    return stopping_.fail_of_machine(std::move(error));
  const bool is_new = room_.missed(std::move(error.context), clock_.now());
  if (room_.is_hopeless(clock_.now())) return give_up();
  if (is_new) report_pause();
}

// No descriptor, or no room for a body. Half as many at once should do; they become more again, one
// a second.
void Shortage::ask_fewer(const Capture& capture) {
  if (!room_.is_paused()) {
    const std::size_t now = meter_.in_flight.value() + 1;
    most_in_flight_ = std::max<std::size_t>(1, std::min(most_in_flight_, now) / 2);
  }
  on_error({Errc::kExhausted, capture.error_text});
}

bool Shortage::look(std::optional<std::uint64_t> free, bool is_owing) {
  if (stopping_.is_stopping()) return false;
  const Room::Change change = room_.look(free, is_owing, clock_.now());
  if (room_.is_hopeless(clock_.now())) {
    give_up();
    return false;
  }
  if (!room_.is_paused() && most_in_flight_ < options_.concurrency) ++most_in_flight_;
  if (change == Room::Change::kPaused) report_pause();
  if (change != Room::Change::kGoesOn) return false;
  if (!options_.is_quiet) say("\nscraper: there is room again, going on\n");
  return true;
}

void Shortage::give_up() {
  std::string why = room_.why();
  if (options_.room_patience.count() > 0) {
    why +=
        fmt::format("; no room for {} (--wait-for-room)", cli::show_time(options_.room_patience));
  }
  stopping_.fail({Errc::kExhausted, std::move(why)});
}

void Shortage::report_pause() const {
  if (options_.is_quiet) return;
  say(fmt::format(
      "\nscraper: paused: {}; {} requests in flight, goes on when there is room, ends "
      "after {}\n",
      printable(room_.why()), meter_.in_flight.value(), cli::show_time(options_.room_patience)));
}

}  // namespace scraper
