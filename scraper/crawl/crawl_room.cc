// When the machine fails. Where there is no room (disk, descriptors, memory) leases pause: what
// could not be written or asked for is owed, and the crawl goes on when there is room again. Any
// other failure, and patience that has run out, ends the crawl; what was committed stays as it is.
#include <fmt/format.h>

#include <algorithm>
#include <utility>

#include "base/file.h"
#include "base/json_writer.h"
#include "base/say.h"
#include "scraper/config/values.h"
#include "scraper/crawl/crawl.h"

namespace scraper {

// Whatever it was, the crawl can be gone on with from the last barrier.
void Crawl::fail_of_machine(Error error) {
  if (error.code == Errc::kFile) error.code = Errc::kExhausted;
  fail(std::move(error));
}

void Crawl::meet(Error error) {
  if (error.code != Errc::kExhausted || is_stopping_) return fail_of_machine(std::move(error));
  const bool is_new = room_.missed(std::move(error.context), now());
  if (room_.is_hopeless(now())) return give_up();
  if (is_new) tell_of_pause();
}

// No descriptor, or no room for a body. Half as many at once should do; they become more again, one
// a second.
void Crawl::ask_fewer(const Capture& capture) {
  if (!room_.is_paused())
    most_in_flight_ = std::max<std::size_t>(1, std::min(most_in_flight_, in_flight_ + 1) / 2);
  meet({Errc::kExhausted, capture.error_text});
}

void Crawl::look_for_room(bool is_owing) {
  if (is_stopping_) return;
  const Room::Change change = room_.look(free_space(directory_->path()), is_owing, now());
  if (room_.is_hopeless(now())) return give_up();
  if (!room_.is_paused() && most_in_flight_ < options_.concurrency) ++most_in_flight_;
  if (change == Room::Change::kPaused) tell_of_pause();
  if (change != Room::Change::kGoesOn) return;
  if (!options_.is_quiet) say("\nscraper: there is room again, going on\n");
  wake();
}

void Crawl::give_up() {
  std::string why = room_.why();
  if (options_.room_patience.count() > 0) {
    why +=
        fmt::format("; no room for {} (--wait-for-room)", cli::show_time(options_.room_patience));
  }
  fail({Errc::kExhausted, std::move(why)});
}

void Crawl::tell_of_pause() const {
  if (options_.is_quiet) return;
  say(fmt::format(
      "\nscraper: paused: {}; {} requests in flight, goes on when there is room, ends after {}\n",
      printable(room_.why()), in_flight_, cli::show_time(options_.room_patience)));
}

}  // namespace scraper
