// Line: the connections of one origin, kept from one transfer to the next in a libcurl share. Both
// engines keep them so: with threads a line is lent to one transfer at a time (fetch/line_pool.h),
// with async all transfers of the origin use it together (fetch/shared_lines.h). Easy handles are
// made for one transfer and keep nothing: on a reused one libcurl 7.88.1 corrupts memory when an
// answer's first field line is folded (it appends to a field of the answer before, which is freed
// by then).
//
// One thread at a time.
#pragma once

#include <cstdint>
#include <optional>
#include <vector>

#include "fetch/transfer.h"

namespace scraper::fetch {

// Who does what there is to do about a socket beyond remembering it. Outlives the lines that name
// it.
class SocketWatcher {
 public:
  virtual ~SocketWatcher() = default;
  virtual bool watch(curl_socket_t) { return true; }  // false: it cannot be watched
  virtual void close(curl_socket_t socket);           // the watching and the socket
  virtual void forget(curl_socket_t) {}               // libcurl has closed it
};

class Line : public SocketOwner {
 public:
  explicit Line(SocketWatcher& watcher) : share_(make_connection_share()), watcher_(watcher) {}
  Line(const Line&) = delete;
  Line& operator=(const Line&) = delete;
  ~Line() override { share_.reset(); }  // closes the sockets by way of closing()

  // For CURLOPT_SHARE; null when there was no memory, and then nothing is kept.
  CURLSH* share() { return share_.get(); }

  bool opened(curl_socket_t socket) final;
  void closing(curl_socket_t socket) final;
  void settle(curl_socket_t socket) final;

  std::size_t sockets() const { return sockets_.size(); }

 private:
  struct Open {
    curl_socket_t socket;
    std::optional<std::uint64_t> identity;
  };

  Share share_;
  SocketWatcher& watcher_;
  std::vector<Open> sockets_;
};

}  // namespace scraper::fetch
