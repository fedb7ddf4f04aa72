#include "fetch/line.h"

#include <unistd.h>

#include <algorithm>
#include <iterator>

namespace scraper::fetch {

void SocketWatcher::close(curl_socket_t socket) { ::close(socket); }

bool Line::opened(curl_socket_t socket) {
  if (!watcher_.watch(socket)) return false;
  sockets_.push_back({socket, socket_identity(socket)});
  return true;
}

// Of several entries with this number the last is the one that is open.
void Line::closing(curl_socket_t socket) {
  const auto entry = std::find_if(sockets_.rbegin(), sockets_.rend(),
                                  [=](const Open& open) { return open.socket == socket; });
  if (entry != sockets_.rend()) sockets_.erase(std::next(entry).base());
  watcher_.close(socket);
}

void Line::settle(curl_socket_t socket) {
  const auto now = socket_identity(socket);
  const auto has_gone = [&](const Open& open) {
    return open.socket == socket && open.identity != now;
  };
  if (std::erase_if(sockets_, has_gone) > 0) watcher_.forget(socket);
}

}  // namespace scraper::fetch
