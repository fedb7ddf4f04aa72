#include "fetch/line_pool.h"

#include <sys/socket.h>
#include <unistd.h>

#include <algorithm>
#include <utility>

namespace scraper::fetch {

bool Line::opened(curl_socket_t socket) {
  for (Slot& slot : slots_) {
    curl_socket_t expected = kFree;
    if (slot.compare_exchange_strong(expected, socket)) return true;
  }
  return false;
}

void Line::closing(curl_socket_t socket) {
  for (Slot& slot : slots_) {
    curl_socket_t expected = socket;
    while (!slot.compare_exchange_strong(expected, kFree)) {
      if (expected != kHeld) break;
      slot.wait(kHeld);  // one shutdown(2) long
      expected = socket;
    }
    if (expected == socket) break;
  }
  ::close(socket);
}

void Line::shut_down() {
  for (Slot& slot : slots_) {
    const curl_socket_t socket = slot.exchange(kHeld);
    if (socket >= 0) ::shutdown(socket, SHUT_RDWR);
    slot.store(socket);
    slot.notify_all();
  }
}

bool Line::is_connected() const {
  return std::any_of(slots_.begin(), slots_.end(), [](const Slot& slot) { return slot.load() >= 0; });
}

std::unique_ptr<Line> LinePool::lend(const std::string& origin) {
  const auto entry = by_origin_.find(origin);
  return entry == by_origin_.end() ? std::make_unique<Line>() : remove(entry->second.back());
}

void LinePool::give_back(std::string origin, std::unique_ptr<Line> line) {
  if (!line->is_connected()) {
    evicted_.push_back(std::move(line));
    return;
  }
  by_age_.push_back({std::move(origin), std::move(line)});
  by_origin_[by_age_.back().origin].push_back(std::prev(by_age_.end()));
  if (by_age_.size() > most_idle_) evicted_.push_back(remove(by_age_.begin()));
}

std::unique_ptr<Line> LinePool::remove(Place place) {
  const auto entry = by_origin_.find(place->origin);
  auto& places = entry->second;
  places.erase(std::find(places.begin(), places.end(), place));
  if (places.empty()) by_origin_.erase(entry);
  auto line = std::move(place->line);
  by_age_.erase(place);
  return line;
}

}  // namespace scraper::fetch
