// LinePool: kept connections of the threads engine. A connection belongs to its origin and not to
// the thread that made it: the owner lends a line with each transfer and takes it back with the
// capture. Owner's thread.
#pragma once

#include <list>
#include <memory>
#include <string>
#include <unordered_map>
#include <utility>
#include <vector>

#include "fetch/line.h"

namespace scraper::fetch {

class LinePool {
 public:
  explicit LinePool(std::size_t most_idle) : most_idle_(most_idle) {}

  // A line connected to `origin`, the one used last, or a new one. The pool outlives it.
  std::unique_ptr<Line> lend(const std::string& origin);

  void give_back(std::string origin, std::unique_ptr<Line> line);

  // The lines that lost their connection, or were idle longest and had to make room. Closing them
  // (a TLS connection says good-bye) is left to the caller.
  std::vector<std::unique_ptr<Line>> take_evicted() { return std::exchange(evicted_, {}); }

  std::size_t idle() const { return by_age_.size(); }

 private:
  struct Idle {
    std::string origin;
    std::unique_ptr<Line> line;
  };
  using Place = std::list<Idle>::iterator;

  std::unique_ptr<Line> remove(Place place);

  const std::size_t most_idle_;
  SocketWatcher sockets_;   // of lines driven by threads, which watch nothing
  std::list<Idle> by_age_;  // idle longest first
  std::unordered_map<std::string, std::vector<Place>> by_origin_;
  std::vector<std::unique_ptr<Line>> evicted_;
};

}  // namespace scraper::fetch
