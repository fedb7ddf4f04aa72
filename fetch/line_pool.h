// Lines: the connections of the threads engine. A kept connection belongs to its origin and not to the thread that made it: the
// owner lends a line with each transfer and takes it back with the capture.
#pragma once

#include <array>
#include <atomic>
#include <list>
#include <memory>
#include <optional>
#include <string>
#include <unordered_map>
#include <vector>

#include "fetch/transfer.h"

namespace scraper::fetch {

// A share and the sockets it has open, for one thread at a time; but the owner may shut them down at any moment while a transfer
// runs. Once a connection is made libcurl tells of its end, so closing() keeps the owner off a number that is about to go. Before
// that it may close the socket without a word (see SocketOwner), and shutdown(2) on a number that has gone to somebody else would
// hurt a stranger: while it connects, a socket is shut down by a duplicate of its descriptor. A transfer is thus one descriptor, two
// while it connects, and libcurl's own pair.
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
  void connected() override;
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
    std::optional<std::uint64_t> identity;   // of the socket
    bool is_duplicate = false;               // `target` is ours to close
    // What shut_down() acts on: kFree when there is nothing, kHeld while it is at it. Changed by the transfer's thread only from
    // what is no kHeld, so that no descriptor is closed under a shutdown(2).
    std::atomic<int> target{kFree};
  };

  Slot* find(curl_socket_t socket);
  static void arm(Slot& slot, int target, bool is_duplicate);
  static void disarm(Slot& slot);

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
