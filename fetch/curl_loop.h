// CurlLoop: one thread of the async engine. An Asio loop that waits for sockets and timers on behalf of one curl multi handle.
//
// Everything but post() and cancel() happens on the loop's own thread; what it is told comes in by its Mailbox, what is done goes out
// by the `answers` it was made with. Either way what belongs to one turn crosses together. A socket is watched from the moment it is opened until it is closed, and
// never by two waits for the same direction. Easy handles are made for one transfer; fetch/line.h says why.
#pragma once

#include <boost/asio/executor_work_guard.hpp>
#include <boost/asio/io_context.hpp>
#include <boost/asio/posix/stream_descriptor.hpp>
#include <boost/asio/steady_timer.hpp>
#include <memory>
#include <optional>
#include <unordered_map>
#include <variant>
#include <vector>

#include "fetch/shared_lines.h"
#include "fetch/thread.h"
#include "fetch/transfer.h"
#include "scraper/base/channel.h"
#include "scraper/base/completion.h"

namespace scraper::fetch {

// One transfer on its way: made by the owner, driven by a loop, back to the owner.
struct AsyncJob {
  AsyncJob(FetchRequest request, const TransferSetup& setup) : transfer(std::move(request), setup) {}

  Transfer transfer;
  std::string name;  // transfer.name()
  Completion<Capture> done;
  Capture capture;
};

using AsyncJobPointer = std::unique_ptr<AsyncJob>;

class CurlLoop final : private SocketWatcher {
 public:
  // `most_idle`: connections kept beside those in use. `setup` and `answers` outlive the loop.
  static Result<std::unique_ptr<CurlLoop>> start(const TransferSetup& setup, std::size_t most_idle,
                                                 boost::asio::any_io_executor owner, Mailbox<AsyncJobPointer>& answers);
  ~CurlLoop() override;  // ends what is in flight, then the thread

  // Owner's thread.
  void post(AsyncJobPointer job) { orders_.post(std::move(job)); }
  void cancel(std::uint64_t id) { orders_.post(CancelOne{id}); }
  void cancel_all() { orders_.post(CancelAll{}); }

 private:
  struct CancelOne {
    std::uint64_t id;
  };
  struct CancelAll {};
  struct Stop {};
  using Command = std::variant<AsyncJobPointer, CancelOne, CancelAll, Stop>;
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

  CurlLoop(const TransferSetup& setup, std::size_t most_idle, boost::asio::any_io_executor owner,
           Mailbox<AsyncJobPointer>& answers);
  bool make_multi();

  static int on_socket(CURL*, curl_socket_t socket, int wanted, void* loop, void*);
  static int on_timer(CURLM*, long milliseconds, void* loop);

  void obey(Command command);
  void begin(AsyncJobPointer job);
  void refuse(AsyncJobPointer job, Outcome outcome);
  void finish(CURL* easy, CURLcode code);
  void cancel_begun(CURL* easy);
  void cancel_everything();
  void stop();

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

  std::vector<std::string> names_to_forget();

  const TransferSetup& setup_;
  boost::asio::io_context io_{1};
  std::optional<boost::asio::executor_work_guard<boost::asio::io_context::executor_type>> work_{io_.get_executor()};
  Mailbox<Command> inbox_;
  Outbox<Command> orders_;  // the owner's
  Outbox<AsyncJobPointer> answers_;
  boost::asio::steady_timer timer_{io_};
  TimePoint deadline_ = TimePoint::max();  // libcurl's next
  TimePoint timer_at_ = TimePoint::max();  // when the timer that runs goes off
  bool is_kicked_ = false;
  bool is_cancelled_ = false;
  std::unordered_map<curl_socket_t, WatchPointer> watches_;
  std::unique_ptr<CURLM, MultiFree> multi_;
  SharedLines lines_;
  struct Active {
    Easy easy;
    AsyncJobPointer job;
    SharedLines::SharedLine& line;
  };
  std::unordered_map<CURL*, Active> active_;
  std::unordered_map<std::uint64_t, CURL*> by_id_;
  std::unordered_map<std::string, std::size_t> names_in_use_;  // how many transfers
  std::vector<std::string> names_unused_;                      // known to libcurl, which is to forget them
  std::uint64_t begun_ = 0;
  std::optional<Thread> thread_;
};

}  // namespace scraper::fetch
