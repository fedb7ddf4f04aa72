#include "parse/workers/worker_link.h"

#include <poll.h>

#include <algorithm>
#include <cassert>
#include <cerrno>

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

std::uint64_t length_of(const HeldBytes& bytes) { return bytes ? size_of(*bytes) : 0; }

TaskMessage to_message(const Task& task, std::uint64_t offset, std::uint64_t length) {
  return {task.id, offset, length, task.place.crc32c, static_cast<std::uint32_t>(task.kind)};
}

}  // namespace

Result<std::shared_ptr<WorkerLink>> WorkerLink::start(const asio::any_io_executor& owner,
                                                      const LinkOptions& options,
                                                      std::function<void()> wake) {
  Result<std::unique_ptr<WorkerProcess>> process = WorkerProcess::spawn(
      options.worker_path, options.hello.ring_bytes, options.hello.inbox_bytes);
  if (!process) return process.error();
  std::shared_ptr<WorkerLink> link(
      new WorkerLink(owner, std::move(*process), options, std::move(wake)));
  // A worker that has ended already is noticed by its pidfd, not here.
  send_message(link->socket_.native_handle(), options.hello, Wait::kNo);
  link->watch_socket();
  link->watch_exit();
  link->set_deadline(SteadyClock::now() + options.max_wall);
  return link;
}

WorkerLink::WorkerLink(const asio::any_io_executor& owner, std::unique_ptr<WorkerProcess> process,
                       const LinkOptions& options, std::function<void()> wake)
    : process_(std::move(process)),
      handoff_(static_cast<Handoff>(options.hello.handoff)),
      max_wall_(options.max_wall),
      max_cpu_seconds_(static_cast<double>(options.hello.max_cpu_micros) / 1e6),
      wake_(std::move(wake)),
      socket_(owner, process_->release_socket()),
      exit_(owner, process_->release_exit()),
      timer_(owner),
      inbox_(process_->inbox(), process_->inbox_bytes()) {
  if (handoff_ == Handoff::kPipe) first_piece_.resize(kPayload);
}

void WorkerLink::watch_socket() {
  socket_.async_wait(stream_descriptor::wait_read,
                     [self = shared_from_this()](const boost::system::error_code& error) {
                       if (!error && !self->is_shut_) self->on_readable();
                     });
}

void WorkerLink::watch_exit() {
  exit_.async_wait(stream_descriptor::wait_read,
                   [self = shared_from_this()](const boost::system::error_code& error) {
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
  if (!is_retired_) {
    drain(kMessagesAtEnd);
    take_answers();
  }
  note_idle();
  state_ = State::kGone;
  boost::system::error_code ignored;
  socket_.close(ignored);
  exit_.close(ignored);
  timer_.cancel();
  wake_();
}

// The timer is not moved with every answer: it goes off, sees that the deadline has moved on, and
// is set anew.
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
  if (state_ != State::kEnding) {
    drain(kMessagesAtEnd);
    take_answers();
  }
  if (state_ == State::kGone || deadline_ == TimePoint::max()) {
    wake_();
    return;
  }
  if (SteadyClock::now() < deadline_) {
    set_deadline(deadline_);
  } else if (state_ == State::kEnding) {
    if (verdict_.empty() && !is_retired_) verdict_ = "crashed: closed its socket";
    process_->kill();
  } else if (is_getting_on()) {
    set_deadline(SteadyClock::now() + max_wall_ / 4);
  } else {
    condemn("wall time");
  }
  wake_();
}

// Past its wall time a worker that still gets CPU time does not hang: the machine is busy, and its
// CPU limit will end it. Should it have none any more, being a stranger's, then twice that much is
// enough.
bool WorkerLink::is_getting_on() {
  const double cpu = process_->cpu_seconds();
  if (cpu_when_late_ < 0) {
    cpu_when_late_ = cpu_seen_ = cpu;
    return true;
  }
  const bool has_moved = cpu > std::exchange(cpu_seen_, cpu);
  return has_moved && cpu - cpu_when_late_ < 2 * max_cpu_seconds_;
}

// Takes in what is there. False when there is nothing more to wait for.
bool WorkerLink::drain(unsigned most) {
  for (unsigned i = 0; i < most && verdict_.empty(); ++i) {
    switch (receive()) {
      case Receipt::kMessage: take_message(); break;
      case Receipt::kNothingYet: return true;
      case Receipt::kEnd: end_within_grace(); return false;
      case Receipt::kBroken: condemn("bad answer: a message of a wrong form"); return false;
    }
  }
  return verdict_.empty();
}

// With pipe, a piece of a record is taken in where it belongs; it is a message only once the record
// is whole.
Receipt WorkerLink::receive() {
  if (handoff_ != Handoff::kPipe)
    return receive_message(socket_.native_handle(), incoming_, Wait::kNo, false);
  if (record_.empty()) return receive_from_pipe();
  const std::size_t piece = std::min(kPayload, record_.size() - record_got_);
  const Receipt receipt =
      receive_piece(socket_.native_handle(), record_.data() + record_got_, piece, Wait::kNo);
  if (receipt == Receipt::kMessage) record_got_ += piece;
  return receipt;
}

Receipt WorkerLink::receive_from_pipe() {
  std::size_t size = 0;
  const std::array<iovec, 2> parts = {
      {{incoming_.bytes.data(), sizeof(Answer)}, {first_piece_.data(), first_piece_.size()}}};
  const Receipt receipt = receive_parts(socket_.native_handle(), parts, size, Wait::kNo);
  incoming_.size = std::min(size, sizeof(Answer));
  record_got_ = size - incoming_.size;  // of an answer's record
  return receipt;
}

void WorkerLink::take_message() {
  if (!record_.empty()) {
    if (record_got_ == record_.size())
      take_record(record_of_.cpu_micros, std::exchange(record_, {}));
    return;
  }
  const bool is_pipe = handoff_ == Handoff::kPipe;
  Answer answer;
  Announced announced;
  Ready ready;
  NeedRoom need_room;
  if (is_pipe && incoming_.read(answer)) return take(answer);
  if (!is_pipe && incoming_.read(announced)) return take(announced);
  if (!is_pipe && incoming_.read(need_room) && !outstanding_.empty() && !has_asked_for_room_)
    return make_room();
  if (incoming_.read(ready) && ready.version == kHandoffVersion && state_ == State::kStarting) {
    state_ = State::kReady;
    deadline_ = TimePoint::max();
    cpu_when_late_ = -1;
    return;
  }
  condemn("bad answer: an unexpected message");
}

// A wake-up: what there is to take the board says. The count bounds how often it may come.
void WorkerLink::take(const Announced& announced) {
  if (announced.count <= announced_ || announced.count > given_)
    return condemn("bad answer: to nothing");
  announced_ = announced.count;
  take_answers();
}

// What is on the board, announced or not.
void WorkerLink::take_answers() {
  if (handoff_ == Handoff::kPipe) return;
  const Board& board = process_->board();
  for (const std::uint64_t count = board.count(); verdict_.empty() && consumed_ < count;)
    take(board.at(consumed_));
}

void WorkerLink::take(const Answer& answer) {
  if (outstanding_.empty()) return condemn("bad answer: to nothing");
  if (answer.id != outstanding_.front().id) return condemn("bad answer: to another document");
  if (handoff_ == Handoff::kPipe) return begin_record(answer);
  take_from_ring(answer);
}

void WorkerLink::take_from_ring(const Answer& answer) {
  if (answer.length == 0 || answer.length > kMaxRecord || answer.offset > process_->ring_bytes() ||
      answer.length > process_->ring_bytes() - answer.offset) {
    return condemn("bad answer: outside the ring");
  }
  const char* const begin = process_->ring() + answer.offset;
  take_record(answer.cpu_micros, std::vector<char>(begin, begin + answer.length));
}

// The first piece has come with the answer.
void WorkerLink::begin_record(const Answer& answer) {
  if (answer.length == 0 || answer.length > kMaxRecord)
    return condemn("bad answer: of an impossible length");
  if (record_got_ != std::min<std::uint64_t>(answer.length, kPayload))
    return condemn("bad answer: a message of a wrong form");
  if (record_got_ == answer.length) {
    const char* const begin = first_piece_.data();
    return take_record(answer.cpu_micros, std::vector<char>(begin, begin + answer.length));
  }
  record_of_ = answer;
  record_.resize(answer.length);
  std::copy_n(first_piece_.data(), record_got_, record_.data());
}

void WorkerLink::take_record(std::uint32_t cpu_micros, std::vector<char> bytes) {
  Result<PageRecord> record = decode(std::move(bytes));
  if (!record) return condemn("bad answer: " + record.error().context);
  record->cpu_micros = cpu_micros;
  if (handoff_ != Handoff::kFile) carried_ -= outstanding_.front().place.length;
  answered_.emplace_back(std::move(outstanding_.front()), std::move(*record));
  outstanding_.pop_front();
  ++consumed_;
  if (handoff_ == Handoff::kShm) inbox_.free_until(consumed_);
  is_inbox_full_ = false;
  has_asked_for_room_ = false;
  cpu_when_late_ = -1;
  if (outstanding_.empty()) note_idle();
  deadline_ = outstanding_.empty() ? TimePoint::max() : SteadyClock::now() + max_wall_;
}

// Of all that is on the board.
void WorkerLink::make_room() {
  take_answers();
  has_asked_for_room_ = true;
  Consumed consumed;
  consumed.consumed = consumed_;
  if (!send_message(socket_.native_handle(), consumed, Wait::kNo))
    condemn("bad answer: does not listen");
}

bool WorkerLink::knows(std::uint32_t segment) const {
  return std::find(segments_.begin(), segments_.end(), segment) != segments_.end();
}

void WorkerLink::give(std::vector<Task>& tasks, int segment) {
  assert(state_ == State::kReady && handoff_ == Handoff::kFile && !tasks.empty() &&
         tasks.size() <= kMaxBatch);
  Batch batch;
  batch.segment = tasks.front().place.segment;
  for (const Task& task : tasks)
    batch.tasks[batch.count++] = to_message(task, task.place.offset, task.place.length);
  if (!tell(batch, segment)) return;
  if (segment >= 0) {
    segments_.push_back(batch.segment);
    if (segments_.size() > kKeptSegments) segments_.pop_front();
  }
  note_given(tasks, tasks.size());
}

void WorkerLink::carry(std::vector<Task>& tasks) {
  assert(state_ == State::kReady && handoff_ != Handoff::kFile && !tasks.empty() &&
         tasks.size() <= kMaxBatch);
  Batch batch;
  if (handoff_ == Handoff::kShm) {
    const std::size_t count = put_in_inbox(tasks, batch);
    if (count > 0 && tell(batch, -1)) note_given(tasks, count);
    return;
  }
  std::vector<HeldBytes> records;
  for (Task& task : tasks) {
    batch.tasks[batch.count++] = to_message(task, 0, length_of(task.bytes));
    records.push_back(std::move(task.bytes));
  }
  outbox_.add(batch, std::move(records));
  if (waits_to_write_ || send_from_outbox()) note_given(tasks, tasks.size());
}

// Those that fit, and how many they are.
std::size_t WorkerLink::put_in_inbox(std::vector<Task>& tasks, Batch& batch) {
  for (Task& task : tasks) {
    const std::optional<std::uint64_t> offset = inbox_.put(task.bytes);
    is_inbox_full_ = !offset;
    if (!offset) break;
    batch.tasks[batch.count++] = to_message(task, *offset, length_of(task.bytes));
    task.bytes.reset();
  }
  return batch.count;
}

bool WorkerLink::tell(Batch& batch, int segment) {
  batch.consumed = consumed_;
  if (send_bytes(socket_.native_handle(), &batch, batch.size(), segment, Wait::kNo)) return true;
  if (errno == EAGAIN) condemn("bad answer: does not listen");
  end_within_grace();
  return false;
}

// A worker that does not read is one that does not answer: its wall time ends it.
bool WorkerLink::send_from_outbox() {
  switch (outbox_.send(socket_.native_handle())) {
    case Outbox::Sending::kDone: return true;
    case Outbox::Sending::kBroken: end_within_grace(); return false;
    case Outbox::Sending::kBlocked: break;
  }
  waits_to_write_ = true;
  socket_.async_wait(stream_descriptor::wait_write,
                     [self = shared_from_this()](const boost::system::error_code& error) {
                       self->waits_to_write_ = false;
                       if (!error && !self->is_shut_) self->on_writable();
                     });
  return true;
}

void WorkerLink::on_writable() {
  send_from_outbox();
  wake_();
}

void WorkerLink::note_given(std::vector<Task>& tasks, std::size_t count) {
  if (outstanding_.empty()) {
    busy_since_ = SteadyClock::now();
    set_deadline(busy_since_ + max_wall_);
  }
  given_ += count;
  for (std::size_t i = 0; i < count; ++i) {
    if (handoff_ != Handoff::kFile) carried_ += tasks[i].place.length;
    outstanding_.push_back(std::move(tasks[i]));
  }
  tasks.erase(tasks.begin(), tasks.begin() + static_cast<std::ptrdiff_t>(count));
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
  return busy_ + (busy_since_ == TimePoint{} ? std::chrono::nanoseconds{}
                                             : SteadyClock::now() - busy_since_);
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
    if (left.count() <= 0 ||
        (::poll(&exit, 1, static_cast<int>(left.count())) < 0 && errno != EINTR))
      break;
  }
  process_->kill();
  process_->reap(true);
  boost::system::error_code ignored;
  exit_.close(ignored);
}

}  // namespace scraper::parse
