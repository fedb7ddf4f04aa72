// Lines: the easy handles of the threads engine. A handle keeps at most the connections it made itself, so handles belong to
// origins and not to threads: the owner lends one with each transfer and takes it back with the capture.
#pragma once

#include <array>
#include <atomic>
#include <list>
#include <memory>
#include <string>
#include <unordered_map>
#include <vector>

#include "fetch/transfer.h"

namespace scraper::fetch {

// A share and the sockets it has open. The thread that runs a transfer on it opens and closes sockets; the owner may shut them
// down at any moment. A slot holds a descriptor, kFree, or kHeld while the owner is at it; a socket is closed only after its slot
// went from the descriptor to kFree, so shutdown(2) never meets a descriptor that already belongs to somebody else.
class Line final : public SocketOwner {
 public:
  Line() : share_(make_connection_share()) {}
  Line(const Line&) = delete;
  Line& operator=(const Line&) = delete;
  ~Line() override { share_.reset(); }  // closes the sockets by way of closing()

  // For CURLOPT_SHARE; null when there was no memory, and then nothing is kept.
  CURLSH* share() { return share_.get(); }

  bool opened(curl_socket_t socket) override;
  void closing(curl_socket_t socket) override;

  // Any thread, while the line is lent: whoever reads from or writes to its sockets gets an end of file or an error at once.
  void shut_down();

  bool is_connected() const;  // not while a transfer runs on it

 private:
  static constexpr curl_socket_t kFree = -1;
  static constexpr curl_socket_t kHeld = -2;
  // Two address families are tried at once, and a kept connection may be found dead meanwhile.
  static constexpr std::size_t kSlots = 4;
  using Slot = std::atomic<curl_socket_t>;

  std::array<Slot, kSlots> slots_{kFree, kFree, kFree, kFree};
  Share share_;
};

// The lines that no transfer uses. Owner's thread.
class LinePool {
 public:
  explicit LinePool(std::size_t most_idle) : most_idle_(most_idle) {}

  // A line connected to `origin`, the one used last, or a new one.
  std::unique_ptr<Line> lend(const std::string& origin);

  void give_back(std::string origin, std::unique_ptr<Line> line);

  // The lines that lost their connection, or were idle longest and had to make room. Closing them (a TLS connection says good-bye)
  // is left to the caller.
  std::vector<std::unique_ptr<Line>> take_evicted() { return std::exchange(evicted_, {}); }

  std::size_t idle() const { return by_age_.size(); }

 private:
  struct Idle {
    std::string origin;
    std::unique_ptr<Line> line;
  };
  using Place = std::list<Idle>::iterator;

  std::unique_ptr<Line> remove(Place place);

  std::size_t most_idle_;
  std::list<Idle> by_age_;  // idle longest first
  std::unordered_map<std::string, std::vector<Place>> by_origin_;
  std::vector<std::unique_ptr<Line>> evicted_;
};

}  // namespace scraper::fetch
