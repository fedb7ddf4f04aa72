// SharedLines: kept connections of the async engine. A line for each origin that has transfers or
// idle connections; all transfers of an origin that are in flight use its line together, so HTTP/2
// streams share a connection. One loop's thread.
//
// Not the multi handle's own cache, because of what libcurl 7.88.1 does when that is full: it
// forgets to drop the entry of the host whose connection it closes. In a crawl of many hosts the
// cache grows without end and is walked for each new connection (measured: 80 us of CPU a transfer
// become 960 after 40,000 hosts).
#pragma once

#include <list>
#include <memory>
#include <string>
#include <unordered_map>
#include <utility>

#include "fetch/line.h"

namespace scraper::fetch {

class SharedLines {
 public:
  class SharedLine final : public Line {
   public:
    SharedLine(SocketWatcher& watcher, std::string origin)
        : Line(watcher), origin_(std::move(origin)) {}

   private:
    friend class SharedLines;
    const std::string origin_;
    std::size_t transfers_ = 0;
    std::list<SharedLine*>::iterator age_;  // while no transfer uses it
  };

  SharedLines(SocketWatcher& watcher, std::size_t most_idle)
      : watcher_(watcher), most_idle_(most_idle) {}

  SharedLine& join(const std::string& origin);

  // Once for each join(), when the transfer's easy handle is gone. What was idle longest is closed
  // when there is too much of it.
  void leave(SharedLine& line);

  void close_all() { lines_.clear(); }  // nobody has joined

 private:
  void close(SharedLine& idle);

  SocketWatcher& watcher_;
  const std::size_t most_idle_;
  std::unordered_map<std::string, std::unique_ptr<SharedLine>> lines_;
  std::list<SharedLine*> idle_;  // longest first
  std::size_t idle_sockets_ = 0;
};

}  // namespace scraper::fetch
