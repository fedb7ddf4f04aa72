// Kept connections of the async engine: a line for each origin that has transfers or idle connections. All transfers of an origin
// that are in flight use its line together, so HTTP/2 streams share a connection. One loop's thread.
//
// A line is a libcurl share, as in fetch/line_pool.h, and not the multi handle's own cache, because of what libcurl 7.88.1 does
// when that is full: it forgets to drop the entry of the host whose connection it closes. In a crawl of many hosts the cache grows
// without end and is walked for each new connection (measured: 80 us of CPU a transfer become 960 after 40,000 hosts).
#pragma once

#include <list>
#include <memory>
#include <optional>
#include <string>
#include <unordered_map>
#include <vector>

#include "fetch/transfer.h"

namespace scraper::fetch {

class SharedLines {
 public:
  class Line final : public SocketOwner {
   public:
    Line(SharedLines& lines, std::string origin) : share_(make_connection_share()), lines_(lines), origin_(std::move(origin)) {}
    Line(const Line&) = delete;
    Line& operator=(const Line&) = delete;
    ~Line() override { share_.reset(); }  // closes the sockets by way of closing()

    CURLSH* share() { return share_.get(); }
    bool opened(curl_socket_t socket) override;
    void closing(curl_socket_t socket) override;
    void settle(curl_socket_t socket) override;

   private:
    friend class SharedLines;
    Share share_;
    SharedLines& lines_;
    const std::string origin_;
    std::size_t transfers_ = 0;
    struct Open {
      curl_socket_t socket;
      std::optional<std::uint64_t> identity;
    };
    std::vector<Open> sockets_;
    std::list<Line*>::iterator age_;  // while no transfer uses it
  };

  // Watches the sockets of all lines; outlives this.
  class Watcher {
   public:
    virtual ~Watcher() = default;
    virtual bool watch(curl_socket_t socket) = 0;   // false: it cannot be watched
    virtual void close(curl_socket_t socket) = 0;   // the watching and the socket
    virtual void forget(curl_socket_t socket) = 0;  // libcurl has closed it
  };

  SharedLines(Watcher& watcher, std::size_t most_idle) : watcher_(watcher), most_idle_(most_idle) {}

  Line& join(const std::string& origin);

  // Once for each join(), when the transfer's easy handle is gone. What was idle longest is closed when there is too much of it.
  void leave(Line& line);

  void close_all() { lines_.clear(); }  // nobody has joined

 private:
  void close(Line& idle);

  Watcher& watcher_;
  const std::size_t most_idle_;
  std::unordered_map<std::string, std::unique_ptr<Line>> lines_;
  std::list<Line*> idle_;  // longest first
  std::size_t idle_sockets_ = 0;
};

}  // namespace scraper::fetch
