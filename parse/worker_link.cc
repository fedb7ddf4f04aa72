#include "parse/worker_link.h"

#include <poll.h>

#include <algorithm>
#include <cassert>
#include <cerrno>
#include <iterator>

#include "parse/record_codec.h"

namespace scraper::parse {

namespace {

namespace asio = boost::asio;
using asio::posix::stream_descriptor;

// As many messages as one look at the socket takes in before others have their turn.
constexpr unsigned kMessagesATurn = 64;
// More than an honest worker can have left behind: an answer and a question for room for each task.
constexpr unsigned kMessagesAtEnd = 1'024;
constexpr std::chrono::seconds kGrace{1};

}  // namespace

Result<std::shared_ptr<WorkerLink>> WorkerLink::start(const asio::any_io_executor& owner, const LinkOptions& options,
                                                      std::function<void()> wake) {
  Result<std::unique_ptr<WorkerProcess>> process = WorkerProcess::spawn(options.worker_path, options.hello.ring_bytes);
  if (!process) return process.error();
  std::shared_ptr<WorkerLink> link(new WorkerLink(owner, std::move(*process), options, std::move(wake)));
  // A worker that has ended already is noticed by its pidfd, not here.
  send_message(link->socket_.native_handle(), options.hello, Wait::kNo);
  link->watch_socket();
  link->watch_exit();
  link->set_deadline(SteadyClock::now() + options.max_wall);
  return link;
}

WorkerLink::WorkerLink(const asio::any_io_executor& owner, std::unique_ptr<WorkerProcess> process, const LinkOptions& options,
                       std::function<void()> wake)
    : process_(std::move(process)),
      max_wall_(options.max_wall),
      wake_(std::move(wake)),
      socket_(owner, process_->release_socket()),
      exit_(owner, process_->release_exit()),
      timer_(owner) {}

void WorkerLink::watch_socket() {
  socket_.async_wait(stream_descriptor::wait_read, [self = shared_from_this()](const boost::system::error_code& error) {
    if (!error && !self->is_shut_) self->on_readable();
  });
}

void WorkerLink::watch_exit() {
  exit_.async_wait(stream_descriptor::wait_read, [self = shared_from_this()](const boost::system::error_code& error) {
    if (!error && !self->is_shut_) self->on_exit();
  });
}

void WorkerLink::on_readable() {
  if (drain(kMessagesATurn)) watch_socket();
  wake_();
}

// What it said before it died counts: only the first document without an answer is to blame.
void WorkerLink::on_exit() {
  if (!process_->reap(false)) return watch_exit();
  if (!is_retired_) drain(kMessagesAtEnd);
  note_idle();
  state_ = State::kGone;
  boost::system::error_code ignored;
  socket_.close(ignored);
  exit_.close(ignored);
  timer_.cancel();
  wake_();
}

// The timer is not moved with every answer: it goes off, sees that the deadline has moved on, and is set anew.
void WorkerLink::set_deadline(TimePoint deadline) {
  deadline_ = deadline;
  if (deadline >= timer_at_) return;
  timer_at_ = deadline;
  timer_.expires_at(deadline);
  timer_.async_wait([self = shared_from_this()](const boost::system::error_code& error) {
    if (!error && !self->is_shut_) self->on_deadline();
  });
}

void WorkerLink::on_deadline() {
  timer_at_ = TimePoint::max();
  // The owner itself may have been stopped for long; then the answer is here.
  if (state_ != State::kEnding) drain(kMessagesAtEnd);
  if (state_ == State::kGone || deadline_ == TimePoint::max()) {
    wake_();
    return;
  }
  if (SteadyClock::now() < deadline_) {
    set_deadline(deadline_);
  } else if (state_ == State::kEnding) {
    if (verdict_.empty() && !is_retired_) verdict_ = "crashed: closed its socket";
    process_->kill();
  } else {
    condemn("wall time");
  }
  wake_();
}

// Takes in what is there. False when there is nothing more to wait for.
bool WorkerLink::drain(unsigned most) {
  for (unsigned i = 0; i < most && verdict_.empty(); ++i) {
    switch (receive_message(socket_.native_handle(), incoming_, Wait::kNo, false)) {
      case Receipt::kMessage: take(incoming_); break;
      case Receipt::kNothingYet: return true;
      case Receipt::kEnd: end_within_grace(); return false;
      case Receipt::kBroken: condemn("bad answer: a message of a wrong form"); return false;
    }
  }
  return verdict_.empty();
}

void WorkerLink::take(const Incoming& message) {
  Answer answer;
  Ready ready;
  NeedRoom need_room;
  if (message.read(answer)) return take(answer);
  if (message.read(need_room) && !outstanding_.empty() && !has_asked_for_room_) {
    has_asked_for_room_ = true;
    return tell_consumed();
  }
  if (message.read(ready) && ready.version == kHandoffVersion && state_ == State::kStarting) {
    state_ = State::kReady;
    deadline_ = TimePoint::max();
    return;
  }
  condemn("bad answer: an unexpected message");
}

void WorkerLink::take(const Answer& answer) {
  if (outstanding_.empty()) return condemn("bad answer: to nothing");
  if (answer.id != outstanding_.front().id) return condemn("bad answer: to another document");
  if (answer.length == 0 || answer.length > kMaxRecord || answer.offset > process_->ring_bytes() ||
      answer.length > process_->ring_bytes() - answer.offset) {
    return condemn("bad answer: outside the ring");
  }
  const char* const begin = process_->ring() + answer.offset;
  Result<PageRecord> record = decode(std::vector<char>(begin, begin + answer.length));
  if (!record) return condemn("bad answer: " + record.error().context);
  record->cpu_micros = answer.cpu_micros;
  answered_.emplace_back(std::move(outstanding_.front()), std::move(*record));
  outstanding_.pop_front();
  ++consumed_;
  has_asked_for_room_ = false;
  if (outstanding_.empty()) note_idle();
  deadline_ = outstanding_.empty() ? TimePoint::max() : SteadyClock::now() + max_wall_;
}

void WorkerLink::tell_consumed() {
  Consumed consumed;
  consumed.consumed = consumed_;
  if (!send_message(socket_.native_handle(), consumed, Wait::kNo)) condemn("bad answer: does not listen");
}

bool WorkerLink::knows(std::uint32_t segment) const {
  return std::find(segments_.begin(), segments_.end(), segment) != segments_.end();
}

bool WorkerLink::give(std::vector<Task>& tasks, int file) {
  assert(state_ == State::kReady && !tasks.empty() && tasks.size() <= kMaxBatch);
  Batch batch;
  batch.consumed = consumed_;
  batch.segment = tasks.front().place.segment;
  for (const Task& task : tasks) {
    batch.tasks[batch.count++] = {task.id, task.place.offset, task.place.length, task.place.crc32c,
                                  static_cast<std::uint32_t>(task.kind)};
  }
  if (!send_bytes(socket_.native_handle(), &batch, batch.size(), file, Wait::kNo)) {
    if (errno == EAGAIN) condemn("bad answer: does not listen");
    end_within_grace();
    return false;
  }
  if (file >= 0) {
    segments_.push_back(batch.segment);
    if (segments_.size() > kKeptSegments) segments_.pop_front();
  }
  if (outstanding_.empty()) {
    busy_since_ = SteadyClock::now();
    set_deadline(busy_since_ + max_wall_);
  }
  given_ += tasks.size();
  std::move(tasks.begin(), tasks.end(), std::back_inserter(outstanding_));
  tasks.clear();
  return true;
}

std::deque<Task> WorkerLink::take_outstanding() {
  assert(state_ == State::kGone);
  return std::exchange(outstanding_, {});
}

void WorkerLink::retire() {
  assert(state_ == State::kReady && outstanding_.empty());
  peak_memory();
  is_retired_ = true;
  boost::system::error_code ignored;
  socket_.close(ignored);
  end_within_grace();
}

// It has closed its end, or we ours: it should end by itself, but need not.
void WorkerLink::end_within_grace() {
  if (state_ == State::kGone) return;
  state_ = State::kEnding;
  set_deadline(SteadyClock::now() + kGrace);
}

void WorkerLink::condemn(std::string verdict) {
  peak_memory();
  if (verdict_.empty()) verdict_ = std::move(verdict);
  state_ = State::kEnding;
  process_->kill();
}

void WorkerLink::note_idle() {
  if (busy_since_ == TimePoint{}) return;
  busy_ += SteadyClock::now() - busy_since_;
  busy_since_ = {};
}

std::chrono::nanoseconds WorkerLink::busy() const {
  return busy_ + (busy_since_ == TimePoint{} ? std::chrono::nanoseconds{} : SteadyClock::now() - busy_since_);
}

std::uint64_t WorkerLink::peak_memory() {
  peak_memory_ = std::max(peak_memory_, process_->peak_memory());
  return peak_memory_;
}

void WorkerLink::shut_down() {
  peak_memory();
  is_shut_ = true;
  timer_.cancel();
  boost::system::error_code ignored;
  socket_.close(ignored);
}

void WorkerLink::await_end(TimePoint deadline) {
  while (exit_.is_open() && !process_->reap(false)) {
    const auto left = std::chrono::ceil<std::chrono::milliseconds>(deadline - SteadyClock::now());
    pollfd exit{exit_.native_handle(), POLLIN, 0};
    if (left.count() <= 0 || (::poll(&exit, 1, static_cast<int>(left.count())) < 0 && errno != EINTR)) break;
  }
  process_->kill();
  process_->reap(true);
  boost::system::error_code ignored;
  exit_.close(ignored);
}

}  // namespace scraper::parse
