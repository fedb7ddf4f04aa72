#include "fetch/shared_lines.h"

#include <algorithm>
#include <cassert>
#include <iterator>

namespace scraper::fetch {

bool SharedLines::Line::opened(curl_socket_t socket) {
  if (!lines_.watcher_.watch(socket)) return false;
  sockets_.push_back({socket, socket_identity(socket)});
  return true;
}

// Of several entries with this number the last is the one that is open.
void SharedLines::Line::closing(curl_socket_t socket) {
  const auto entry = std::find_if(sockets_.rbegin(), sockets_.rend(), [=](const Open& open) { return open.socket == socket; });
  if (entry != sockets_.rend()) sockets_.erase(std::next(entry).base());
  lines_.watcher_.close(socket);
}

void SharedLines::Line::settle(curl_socket_t socket) {
  const auto now = socket_identity(socket);
  const auto has_gone = [&](const Open& open) { return open.socket == socket && open.identity != now; };
  if (std::erase_if(sockets_, has_gone) > 0) lines_.watcher_.forget(socket);
}

SharedLines::Line& SharedLines::join(const std::string& origin) {
  auto& line = lines_[origin];
  if (line == nullptr) {
    line = std::make_unique<Line>(*this, origin);
  } else if (line->transfers_ == 0) {
    idle_.erase(line->age_);
    idle_sockets_ -= line->sockets_.size();
  }
  ++line->transfers_;
  return *line;
}

void SharedLines::leave(Line& line) {
  assert(line.transfers_ > 0);
  if (--line.transfers_ > 0) return;
  line.age_ = idle_.insert(idle_.end(), &line);
  idle_sockets_ += line.sockets_.size();
  if (line.sockets_.empty()) close(line);
  while (idle_sockets_ > most_idle_) close(*idle_.front());
}

void SharedLines::close(Line& idle) {
  idle_.erase(idle.age_);
  idle_sockets_ -= idle.sockets_.size();
  lines_.erase(lines_.find(idle.origin_));
}

}  // namespace scraper::fetch
