#include "scraper/rules/room.h"

#include <fmt/format.h>

#include <algorithm>
#include <utility>

#include "base/units.h"

namespace scraper {

namespace {

constexpr Duration kFirstWait = std::chrono::seconds(1);
constexpr Duration kLongestWait = std::chrono::seconds(30);

}  // namespace

bool Room::missed(std::string why, TimePoint now) {
  if (is_paused()) return false;
  if (!since_) since_ = now;
  wait_ = std::clamp(2 * wait_, kFirstWait, kLongestWait);
  until_ = now + wait_;
  why_ = std::move(why);
  return true;
}

// A quarter more before it goes on, else it would pause again with the next page.
Room::Change Room::look(std::optional<std::uint64_t> free, bool is_owing, TimePoint now) {
  const std::uint64_t wanted = is_paused() ? keep_free_ + keep_free_ / 4 : keep_free_;
  if (free && *free < wanted) {
    auto why = fmt::format("the disk is nearly full: {} left, {} are kept free (--keep-free)",
                           human_bytes(static_cast<double>(*free)),
                           human_bytes(static_cast<double>(keep_free_)));
    return missed(std::move(why), now) ? Change::kPaused : Change::kNone;
  }
  if (!is_paused() || is_owing || now < *until_) return Change::kNone;
  until_.reset();
  return Change::kGoesOn;
}

void Room::found() {
  if (is_paused()) return;
  since_.reset();
  wait_ = Duration{};
}

}  // namespace scraper
