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

// A share and the sockets it has open, for one thread at a time; but the owner may shut them down at any moment while a transfer
// runs. It does so by a duplicate of the descriptor that the line made for itself: libcurl does not always tell when it closes a
// socket (see SocketOwner), and shutdown(2) on a number that has gone to somebody else would hurt a stranger. A duplicate's slot
// holds the descriptor, kFree, or kHeld while the owner is at it; it is closed only after its slot went from the descriptor to
// kFree. Idle lines have no duplicates.
class Line final : public SocketOwner {
 public:
  Line() : share_(make_connection_share()) {}
  Line(const Line&) = delete;
  Line& operator=(const Line&) = delete;
  ~Line() override { share_.reset(); }  // closes the sockets by way of closing()

  // For CURLOPT_SHARE; null when there was no memory, and then nothing is kept.
  CURLSH* share() { return share_.get(); }

  // Around each transfer.
  void begin();
  void end();

  bool opened(curl_socket_t socket) override;
  void closing(curl_socket_t socket) override;
  void settle(curl_socket_t socket) override;

  // Any thread, between begin() and end() of another: whoever reads from or writes to its sockets gets an end of file or an error.
  void shut_down();

  bool is_connected() const;

 private:
  static constexpr int kFree = -1;
  static constexpr int kHeld = -2;
  // Two address families are tried at once, and a kept connection may be found dead meanwhile.
  static constexpr std::size_t kSlots = 4;

  struct Slot {
    curl_socket_t socket = CURL_SOCKET_BAD;  // libcurl's
    std::atomic<int> duplicate{kFree};       // ours
  };

  Slot* find(curl_socket_t socket);
  static bool duplicate(Slot& slot);
  static void drop_duplicate(Slot& slot);

  std::array<Slot, kSlots> slots_;
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
