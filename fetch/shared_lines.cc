#include "fetch/shared_lines.h"

#include <cassert>

namespace scraper::fetch {

bool SharedLines::Line::opened(curl_socket_t socket) {
  if (!lines_.watcher_.watch(socket)) return false;
  ++sockets_;
  return true;
}

void SharedLines::Line::closing(curl_socket_t socket) {
  --sockets_;
  lines_.watcher_.close(socket);
}

void SharedLines::Line::settle(curl_socket_t socket) {
  if (!lines_.watcher_.settle(socket)) --sockets_;
}

SharedLines::Line& SharedLines::join(const std::string& origin) {
  auto& line = lines_[origin];
  if (line == nullptr) {
    line = std::make_unique<Line>(*this, origin);
  } else if (line->transfers_ == 0) {
    idle_.erase(line->age_);
    idle_sockets_ -= line->sockets_;
  }
  ++line->transfers_;
  return *line;
}

void SharedLines::leave(Line& line) {
  assert(line.transfers_ > 0);
  if (--line.transfers_ > 0) return;
  line.age_ = idle_.insert(idle_.end(), &line);
  idle_sockets_ += line.sockets_;
  if (line.sockets_ == 0) close(line);
  while (idle_sockets_ > most_idle_) close(*idle_.front());
}

void SharedLines::close(Line& idle) {
  idle_.erase(idle.age_);
  idle_sockets_ -= idle.sockets_;
  lines_.erase(lines_.find(idle.origin_));
}

}  // namespace scraper::fetch
