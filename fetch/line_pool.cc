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
    // Without a duplicate (no descriptor left) a cancelled transfer ends at its next progress, within a second.
    if (slot.socket != CURL_SOCKET_BAD) duplicate(slot);
  }
}

void Line::end() {
  for (Slot& slot : slots_) drop_duplicate(slot);
}

bool Line::opened(curl_socket_t socket) {
  if (find(socket) != nullptr) settle(socket);  // the number of one that was closed without a word
  Slot* const slot = find(CURL_SOCKET_BAD);
  if (slot == nullptr) {
    errno = EMFILE;
    return false;
  }
  slot->socket = socket;
  if (duplicate(*slot)) return true;
  slot->socket = CURL_SOCKET_BAD;
  return false;
}

void Line::closing(curl_socket_t socket) {
  if (Slot* const slot = find(socket)) {
    drop_duplicate(*slot);
    slot->socket = CURL_SOCKET_BAD;
  }
  ::close(socket);
}

// The duplicate keeps the socket's identity from being given away, so this is exact.
void Line::settle(curl_socket_t socket) {
  Slot* const slot = find(socket);
  if (slot == nullptr) return;
  const int duplicate = slot->duplicate.load();
  if (duplicate >= 0 && socket_identity(duplicate) == socket_identity(socket)) return;
  drop_duplicate(*slot);
  slot->socket = CURL_SOCKET_BAD;
}

void Line::shut_down() {
  for (Slot& slot : slots_) {
    const int duplicate = slot.duplicate.exchange(kHeld);
    if (duplicate >= 0) ::shutdown(duplicate, SHUT_RDWR);
    slot.duplicate.store(duplicate);
    slot.duplicate.notify_all();
  }
}

bool Line::is_connected() const {
  return std::any_of(slots_.begin(), slots_.end(), [](const Slot& slot) { return slot.socket != CURL_SOCKET_BAD; });
}

Line::Slot* Line::find(curl_socket_t socket) {
  const auto slot = std::find_if(slots_.begin(), slots_.end(), [=](const Slot& s) { return s.socket == socket; });
  return slot == slots_.end() ? nullptr : &*slot;
}

bool Line::duplicate(Slot& slot) {
  const int made = ::fcntl(slot.socket, F_DUPFD_CLOEXEC, 0);
  int expected = kFree;
  while (made >= 0 && !slot.duplicate.compare_exchange_strong(expected, made)) {
    slot.duplicate.wait(kHeld);
    expected = kFree;
  }
  return made >= 0;
}

void Line::drop_duplicate(Slot& slot) {
  int duplicate = slot.duplicate.load();
  while (duplicate == kHeld || !slot.duplicate.compare_exchange_strong(duplicate, kFree)) {
    slot.duplicate.wait(kHeld);  // one shutdown(2) long
    duplicate = slot.duplicate.load();
  }
  if (duplicate >= 0) ::close(duplicate);
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
