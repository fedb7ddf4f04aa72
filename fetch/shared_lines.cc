#include "fetch/shared_lines.h"

#include <cassert>

namespace scraper::fetch {

SharedLines::SharedLine& SharedLines::join(const std::string& origin) {
  auto& line = lines_[origin];
  if (line == nullptr) {
    line = std::make_unique<SharedLine>(watcher_, origin);
  } else if (line->transfers_ == 0) {
    idle_.erase(line->age_);
    idle_sockets_ -= line->sockets();
  }
  ++line->transfers_;
  return *line;
}

void SharedLines::leave(SharedLine& line) {
  assert(line.transfers_ > 0);
  if (--line.transfers_ > 0) return;
  line.age_ = idle_.insert(idle_.end(), &line);
  idle_sockets_ += line.sockets();
  if (line.sockets() == 0) close(line);
  while (idle_sockets_ > most_idle_) close(*idle_.front());
}

void SharedLines::close(SharedLine& idle) {
  idle_.erase(idle.age_);
  idle_sockets_ -= idle.sockets();
  lines_.erase(lines_.find(idle.origin_));
}

}  // namespace scraper::fetch
