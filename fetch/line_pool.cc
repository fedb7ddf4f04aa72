#include "fetch/line_pool.h"

#include <fcntl.h>
#include <sys/socket.h>
#include <unistd.h>

#include <algorithm>
#include <cerrno>
#include <utility>

namespace scraper::fetch {

void Line::begin() {
  for (Slot& slot : slots_) {
    if (slot.socket != CURL_SOCKET_BAD) arm(slot, slot.socket, false);  // kept, so it is connected
  }
}

void Line::end() {
  for (Slot& slot : slots_) disarm(slot);
}

// Without a descriptor left for a duplicate, a transfer that is cancelled while it connects ends at its next progress, within a
// second.
bool Line::opened(curl_socket_t socket) {
  if (find(socket) != nullptr) settle(socket);  // the number of one that was closed without a word
  Slot* const slot = find(CURL_SOCKET_BAD);
  if (slot == nullptr) {
    errno = EMFILE;
    return false;
  }
  slot->socket = socket;
  slot->identity = socket_identity(socket);
  if (const int duplicate = ::fcntl(socket, F_DUPFD_CLOEXEC, 0); duplicate >= 0) arm(*slot, duplicate, true);
  return true;
}

void Line::connected() {
  for (Slot& slot : slots_) {
    if (slot.socket == CURL_SOCKET_BAD || slot.target.load() == slot.socket) continue;
    disarm(slot);
    if (socket_identity(slot.socket) == slot.identity) {
      arm(slot, slot.socket, false);
    } else {
      slot.socket = CURL_SOCKET_BAD;
    }
  }
}

void Line::closing(curl_socket_t socket) {
  if (Slot* const slot = find(socket)) {
    disarm(*slot);
    slot->socket = CURL_SOCKET_BAD;
  }
  ::close(socket);
}

void Line::settle(curl_socket_t socket) {
  Slot* const slot = find(socket);
  if (slot == nullptr || socket_identity(socket) == slot->identity) return;
  disarm(*slot);
  slot->socket = CURL_SOCKET_BAD;
}

void Line::shut_down() {
  for (Slot& slot : slots_) {
    const int target = slot.target.exchange(kHeld);
    if (target >= 0) ::shutdown(target, SHUT_RDWR);
    slot.target.store(target);
    slot.target.notify_all();
  }
}

bool Line::is_connected() const {
  return std::any_of(slots_.begin(), slots_.end(), [](const Slot& slot) { return slot.socket != CURL_SOCKET_BAD; });
}

Line::Slot* Line::find(curl_socket_t socket) {
  const auto slot = std::find_if(slots_.begin(), slots_.end(), [=](const Slot& s) { return s.socket == socket; });
  return slot == slots_.end() ? nullptr : &*slot;
}

void Line::arm(Slot& slot, int target, bool is_duplicate) {
  slot.is_duplicate = is_duplicate;
  int expected = kFree;
  while (!slot.target.compare_exchange_strong(expected, target)) {
    slot.target.wait(kHeld);  // one shutdown(2) long
    expected = kFree;
  }
}

void Line::disarm(Slot& slot) {
  int target = slot.target.load();
  while (target == kHeld || !slot.target.compare_exchange_strong(target, kFree)) {
    slot.target.wait(kHeld);
    target = slot.target.load();
  }
  if (target >= 0 && std::exchange(slot.is_duplicate, false)) ::close(target);
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
