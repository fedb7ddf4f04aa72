// CurlLoop: what the async engine drives its transfers with: one curl multi handle whose sockets
// and timers are waited for on the owner's executor, by curl_multi_socket_action. No thread of its
// own: one beside the owner's has to be woken for each URL and wakes the owner for each capture
// (docs/performance.md has the figures).
//
// Owner's thread, all of it. A transfer's Completion is called in a turn of its own, never inside
// begin() or cancel(). A socket is watched from the moment it is opened until it is closed, and
// never by two waits for the same direction; while no transfer is in flight nothing is waited for,
// so that the executor may run out of work. Easy handles are made for one transfer; fetch/line.h
// says why.
#pragma once

#include <boost/asio/any_io_executor.hpp>
#include <boost/asio/posix/stream_descriptor.hpp>
#include <boost/asio/steady_timer.hpp>
#include <memory>
#include <optional>
#include <string>
#include <unordered_map>
#include <vector>

#include "base/completion.h"
#include "fetch/shared_lines.h"
#include "fetch/transfer.h"

namespace scraper::fetch {

// One transfer on its way.
struct AsyncJob {
  AsyncJob(FetchRequest request, const TransferSetup& setup)
      : transfer(std::move(request), setup) {}

  Transfer transfer;
  std::string name;  // transfer.name()
  Completion<Capture> done;
  Capture capture;
};

using AsyncJobPointer = std::unique_ptr<AsyncJob>;

// Shared with the waits that are under way: after close() they find nothing to do.
class CurlLoop final : public std::enable_shared_from_this<CurlLoop>, private SocketWatcher {
 public:
  // `setup` outlives close().
  static Result<std::shared_ptr<CurlLoop>> make(const TransferSetup& setup,
                                                boost::asio::any_io_executor owner);
  void begin(AsyncJobPointer job);
  void cancel(std::uint64_t id);
  void cancel_all();
  void close();  // once, before the last reference goes: drops what is in flight and what was not
                 // yet delivered

  const FetchStats& stats() const { return stats_; }

 private:
  using Descriptor = boost::asio::posix::stream_descriptor;

  struct Watch {
    explicit Watch(Descriptor d) : descriptor(std::move(d)) {}
    Descriptor descriptor;
    std::optional<std::uint64_t> identity;
    int wanted = CURL_POLL_NONE;  // CURL_POLL_IN, CURL_POLL_OUT or both
    bool is_reading = false;      // a wait is under way
    bool is_writing = false;
    bool is_lent = false;  // libcurl's own (its resolver's), not closed by us
  };
  using WatchPointer = std::shared_ptr<Watch>;

  struct MultiFree {
    void operator()(CURLM* multi) const { curl_multi_cleanup(multi); }
  };

  struct Active {
    Easy easy;
    AsyncJobPointer job;
    SharedLines::SharedLine& line;
  };

  CurlLoop(const TransferSetup& setup, boost::asio::any_io_executor owner);
  bool make_multi();

  static int on_socket(CURL*, curl_socket_t socket, int wanted, void* loop, void*);
  static int on_timer(CURLM*, long milliseconds, void* loop);

  void finish(CURL* easy, CURLcode code);
  void cancel_begun(CURL* easy);
  void deliver_soon(AsyncJobPointer job);
  void deliver();
  void rest();

  // SocketWatcher.
  bool watch(curl_socket_t socket) override;
  void close(curl_socket_t socket) override;
  void forget(curl_socket_t socket) override;

  void release(curl_socket_t socket);
  WatchPointer watch_of(curl_socket_t socket);
  void arm(const WatchPointer& watch);
  void ready(const WatchPointer& watch, int events);
  void set_deadline(TimePoint deadline);
  void kick();
  void drive(curl_socket_t socket, int events);
  void collect();
  void continue_paused();

  std::vector<std::string> names_to_forget();

  const TransferSetup& setup_;
  const boost::asio::any_io_executor owner_;
  boost::asio::steady_timer timer_;
  TimePoint deadline_ = TimePoint::max();  // libcurl's next
  TimePoint timer_at_ = TimePoint::max();  // when the timer that runs goes off
  bool is_kicked_ = false;
  std::unordered_map<curl_socket_t, WatchPointer> watches_;
  std::unique_ptr<CURLM, MultiFree> multi_;
  SharedLines lines_;
  std::unordered_map<CURL*, Active> active_;
  std::unordered_map<std::uint64_t, CURL*> by_id_;
  std::unordered_map<std::string, std::size_t> names_in_use_;  // how many transfers
  std::vector<std::string> names_unused_;  // known to libcurl, which is to forget them
  std::uint64_t begun_ = 0;
  Turn turn_;
  std::vector<AsyncJobPointer> done_;  // to be delivered
  FetchStats stats_;
};

}  // namespace scraper::fetch
