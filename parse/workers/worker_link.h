// WorkerLink: one worker from its start to its end, as the pool sees it: what it was given, what it
// has answered, how long it has been silent. It knows the three hand-offs between processes
// (parse/handoff.h): it tells a worker where its records are or carries them there, reads and
// checks messages, takes page records out of ring or socket and decodes them. What a worker says is
// foreign: the first thing out of order (a wrong id, a place outside the ring, a record that does
// not decode, a message too many) ends it.
//
// It decides nothing about documents: after anything has happened it calls `wake`, and the pool
// looks. Owner's thread only; its handlers run on the owner's executor and keep it alive until
// shut_down.
#pragma once

#include <boost/asio/any_io_executor.hpp>
#include <boost/asio/posix/stream_descriptor.hpp>
#include <boost/asio/steady_timer.hpp>
#include <chrono>
#include <cstdint>
#include <deque>
#include <functional>
#include <memory>
#include <string>
#include <string_view>
#include <utility>
#include <vector>

#include "base/clock.h"
#include "base/error.h"
#include "base/page_record.h"
#include "parse/workers/handoff.h"
#include "parse/workers/pool_task.h"
#include "parse/workers/worker_feed.h"
#include "parse/workers/worker_process.h"

namespace scraper::parse {

struct LinkOptions {
  std::string worker_path;
  Hello hello;
  Duration max_wall{};
};

class WorkerLink : public std::enable_shared_from_this<WorkerLink> {
 public:
  static Result<std::shared_ptr<WorkerLink>> start(const boost::asio::any_io_executor& owner,
                                                   const LinkOptions& options,
                                                   std::function<void()> wake);

  // Takes no work before it has said that it is ready, nor once it is ending.
  bool is_ready() const { return state_ == State::kReady; }
  bool is_starting() const { return state_ == State::kStarting; }
  bool is_gone() const { return state_ == State::kGone; }  // reaped; ending() says of what

  std::size_t outstanding() const { return outstanding_.size(); }
  std::uint64_t given() const { return given_; }
  std::uint64_t answered() const { return consumed_; }

  // A document that was there when a worker died is given alone.
  bool is_trying_suspect() const {
    return !outstanding_.empty() && outstanding_.front().deaths > 0;
  }

  // pipe, shm: it has as many bytes as it may, or there is no room for them, until it has answered,
  // or read, more.
  bool is_full() const {
    const bool has_enough = outstanding_.size() > 1 && carried_ >= kMaxCarried;
    return is_inbox_full_ || has_enough || outbox_.bytes() >= 2 * kMaxCarried;
  }

  // file. False: a batch of that segment needs the segment's descriptor.
  bool knows(std::uint32_t segment) const;

  // file: takes the tasks (1 … kMaxBatch, of one segment) if it can be told about them; else leaves
  // them, and the link is ending. `segment` is -1 for one it knows.
  void give(std::vector<Task>& tasks, int segment);

  // pipe, shm: takes the tasks (1 … kMaxBatch), with their bytes, from the first on; leaves what
  // there is no room for, and everything when it cannot be told any more and is ending. Those that
  // are left may have lost their bytes. A task without bytes is one whose record cannot be read:
  // the worker answers so.
  void carry(std::vector<Task>& tasks);

  // What came back since the last call, in order.
  using Answered = std::vector<std::pair<Task, PageRecord>>;
  Answered take_answered() { return std::exchange(answered_, {}); }

  // Once gone: what it leaves unanswered, the one it was at first.
  std::deque<Task> take_outstanding();

  // Idle and no longer wanted: it ends in good order.
  void retire();
  bool is_retired() const { return is_retired_; }

  std::string ending() const { return verdict_.empty() ? process_->ending() : verdict_; }
  std::chrono::nanoseconds busy() const;  // the time something was outstanding
  std::uint64_t peak_memory();
  double cpu_seconds() const { return process_->cpu_seconds(); }
  pid_t pid() const { return process_->pid(); }

  // Two steps, so that many workers end side by side: closes everything, after which no handler
  // does anything; then waits until `deadline` for the process to end by itself, kills it
  // otherwise, and reaps it.
  void shut_down();
  void await_end(TimePoint deadline);

 private:
  enum class State { kStarting, kReady, kEnding, kGone };

  WorkerLink(const boost::asio::any_io_executor& owner, std::unique_ptr<WorkerProcess> process,
             const LinkOptions& options, std::function<void()> wake);

  void watch_socket();
  void watch_exit();
  void on_readable();
  void on_writable();
  void on_exit();
  void on_deadline();
  void set_deadline(TimePoint deadline);
  bool is_getting_on();
  bool drain(unsigned most);
  Receipt receive();
  Receipt receive_from_pipe();
  void take_message();
  void take(const Announced& announced);
  void take_answers();
  void take(const Answer& answer);
  void take_from_ring(const Answer& answer);
  void begin_record(const Answer& answer);
  void take_record(std::uint32_t cpu_micros, std::vector<char> bytes);
  void make_room();

  std::size_t put_in_inbox(std::vector<Task>& tasks, Batch& batch);
  bool send_from_outbox();
  bool tell(Batch& batch, int segment);
  void note_given(std::vector<Task>& tasks, std::size_t count);
  void condemn(std::string verdict);
  void end_within_grace();
  void note_idle();

  std::unique_ptr<WorkerProcess> process_;
  const Handoff handoff_;
  const Duration max_wall_;
  const double max_cpu_seconds_;
  std::function<void()> wake_;
  boost::asio::posix::stream_descriptor socket_;
  boost::asio::posix::stream_descriptor exit_;
  boost::asio::steady_timer timer_;

  State state_ = State::kStarting;
  bool is_shut_ = false;
  bool is_retired_ = false;
  std::string verdict_;  // why we killed it
  TimePoint deadline_ = TimePoint::max();
  TimePoint timer_at_ =
      TimePoint::max();  // when the timer that runs goes off; later deadlines do not move it
  double cpu_when_late_ =
      -1;                // what it had used when its document was past max_wall; -1: it is not
  double cpu_seen_ = 0;  // when we looked last

  std::deque<Task> outstanding_;
  Answered answered_;
  std::deque<std::uint32_t> segments_;  // file: those the worker has, mirrored
  Outbox outbox_;                       // pipe
  Inbox inbox_;                         // shm
  bool is_inbox_full_ = false;
  bool waits_to_write_ = false;
  std::uint64_t carried_ = 0;  // bytes of `outstanding_`, with pipe and shm
  std::uint64_t given_ = 0;
  std::uint64_t consumed_ = 0;
  std::uint64_t announced_ = 0;  // file, shm

  // pipe: the answer whose record is coming in.
  Answer record_of_;
  std::vector<char> record_;
  std::size_t record_got_ = 0;
  std::vector<char> first_piece_;

  bool has_asked_for_room_ = false;  // since its last answer
  TimePoint busy_since_{};
  std::chrono::nanoseconds busy_{};
  std::uint64_t peak_memory_ = 0;
  Incoming incoming_;
};

}  // namespace scraper::parse
