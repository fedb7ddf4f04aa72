#include "parse/workers/pool_processes.h"

#include <algorithm>
#include <boost/asio/post.hpp>
#include <deque>
#include <iterator>
#include <optional>
#include <utility>

#include "base/clock.h"
#include "base/completion.h"
#include "parse/workers/handoff.h"
#include "parse/workers/pool_task.h"
#include "parse/workers/segment_descriptors.h"
#include "parse/workers/worker_link.h"

namespace scraper::parse {

namespace {

constexpr unsigned kMaxStarts = 3;  // in a row without one answer
// pipe, shm: of records in one message, unless it is one alone, so that a worker's buffer stays
// small and workers share the work.
constexpr std::uint64_t kMaxBatchBytes = 1u << 20;
constexpr std::chrono::seconds kGraceAtEnd{1};

// One of the `workers` places: a worker after another.
struct Seat {
  std::shared_ptr<WorkerLink> link;  // null: given up
  unsigned failed_starts = 0;
};

struct Finished {
  Completion<ParseOutcome> done;
  ParseOutcome outcome;
};

}  // namespace

// Something happens (a task comes, a link wakes), then everything that follows is done here, and
// only at the very end are the waiting coroutines resumed, which may ask for more or destroy the
// pool.
//
// Invariant: no more suspects than workers that are starting or fresh. A death with blame makes one
// of each.
struct ProcessPool::State : std::enable_shared_from_this<State> {
  State(boost::asio::any_io_executor executor, PoolOptions pool_options)
      : owner(std::move(executor)),
        options(std::move(pool_options)),
        segments(options.open_segment),
        seats(options.workers) {
    link_options.worker_path =
        options.worker_path.empty() ? default_worker_path() : options.worker_path;
    link_options.hello = to_hello(options.handoff, options.page, options.max_cpu,
                                  options.max_memory, options.ring_bytes);
    link_options.max_wall = options.max_wall;
  }

  Result<void> start(Seat& seat);
  void shut_down();

  void add(Task task);
  void look_at(Seat& seat);

  void take_in(WorkerLink& link);
  void bury(Seat& seat);
  void start_again(Seat& seat);
  void give_up_suspects();

  void hand_out();
  void retry_suspects();
  WorkerLink* least_loaded();
  bool has_room(const WorkerLink& link) const;
  std::size_t share(const WorkerLink& link) const;
  void hand_out_some(WorkerLink& link);
  bool goes_along(const std::vector<Task>& tasks, std::uint64_t bytes) const;
  void give(WorkerLink& link, std::vector<Task>& tasks);
  void give_places(WorkerLink& link, std::vector<Task>& tasks);
  bool has_bytes(Task& task);
  void fail(Task& task, std::string reason);
  void deliver();

  boost::asio::any_io_executor owner;
  PoolOptions options;
  LinkOptions link_options;
  SegmentDescriptors segments;
  std::vector<Seat> seats;
  std::deque<Task> queue;
  std::deque<Task> suspects;  // to be tried once more, each alone in a fresh worker
  std::vector<Finished> finished;
  std::string why_not_started;
  bool turn_is_posted = false;
  bool is_shut = false;
  std::uint64_t last_id = 0;

  PoolStats ended;  // of workers that are gone
};

Result<void> ProcessPool::State::start(Seat& seat) {
  Result<std::shared_ptr<WorkerLink>> link =
      WorkerLink::start(owner, link_options, [this, &seat] { look_at(seat); });
  if (!link) return link.error();
  seat.link = std::move(*link);
  return {};
}

void ProcessPool::State::shut_down() {
  is_shut = true;  // what is posted does nothing any more
  for (Seat& seat : seats) {
    if (seat.link) seat.link->shut_down();
  }
  const TimePoint deadline = SteadyClock::now() + kGraceAtEnd;
  for (Seat& seat : seats) {
    if (seat.link) seat.link->await_end(deadline);
  }
  queue.clear();
  suspects.clear();
}

// Tasks that come in one turn of the owner's loop go out together: nobody waits for a batch to
// fill, and a batch need not be one.
void ProcessPool::State::add(Task task) {
  task.id = ++last_id;
  queue.push_back(std::move(task));
  if (std::exchange(turn_is_posted, true)) return;
  boost::asio::post(owner, [self = shared_from_this()] {
    self->turn_is_posted = false;
    if (self->is_shut) return;
    self->hand_out();
    self->deliver();
  });
}

void ProcessPool::State::look_at(Seat& seat) {
  const std::shared_ptr<State> self = shared_from_this();  // deliver() may be the pool's end
  take_in(*seat.link);
  if (seat.link->is_gone()) bury(seat);
  hand_out();
  deliver();
}

void ProcessPool::State::take_in(WorkerLink& link) {
  for (auto& [task, record] : link.take_answered()) {
    finished.push_back({std::move(task.done), std::move(record)});
    ++ended.documents;
  }
  const bool is_old = link.is_ready() && link.given() >= options.renew_after;
  if (is_old && link.outstanding() == 0) link.retire();
}

void ProcessPool::State::bury(Seat& seat) {
  const std::shared_ptr<WorkerLink> link = std::exchange(seat.link, nullptr);
  ended.busy += link->busy();
  ended.peak_memory = std::max(ended.peak_memory, link->peak_memory());
  ended.cpu_seconds += link->cpu_seconds();
  ++(link->is_retired() ? ended.renewed : ended.replaced);

  std::deque<Task> rest = link->take_outstanding();
  const bool has_suspect = !rest.empty();
  if (has_suspect) {
    Task suspect = std::move(rest.front());
    rest.pop_front();
    if (++suspect.deaths < kMaxDeaths) {
      suspects.push_back(std::move(suspect));
    } else {
      fail(suspect, link->ending());
    }
  }
  queue.insert(queue.begin(), std::make_move_iterator(rest.begin()),
               std::make_move_iterator(rest.end()));

  if (link->answered() > 0 || link->is_retired()) {
    seat.failed_starts = 0;
  } else if (!has_suspect) {
    ++seat.failed_starts;
    why_not_started = link->ending();
  }
  start_again(seat);
}

void ProcessPool::State::start_again(Seat& seat) {
  while (seat.failed_starts < kMaxStarts) {
    const Result<void> started = start(seat);
    if (started) return;
    ++seat.failed_starts;
    why_not_started = started.error().context;
  }
  give_up_suspects();
}

// A seat is lost, and with it the fresh worker that a suspect was waiting for.
void ProcessPool::State::give_up_suspects() {
  const auto fresh =
      static_cast<std::size_t>(std::count_if(seats.begin(), seats.end(), [](const Seat& seat) {
        return seat.link && seat.link->given() == 0;
      }));
  while (suspects.size() > fresh) {
    fail(suspects.front(), "worker does not start: " + why_not_started);
    suspects.pop_front();
  }
}

void ProcessPool::State::hand_out() {
  retry_suspects();
  while (!queue.empty()) {
    WorkerLink* const link = least_loaded();
    if (link == nullptr) break;
    hand_out_some(*link);
  }
  const bool is_lost = std::none_of(seats.begin(), seats.end(),
                                    [](const Seat& seat) { return seat.link != nullptr; });
  for (; is_lost && !queue.empty(); queue.pop_front())
    fail(queue.front(), "worker does not start: " + why_not_started);
}

void ProcessPool::State::retry_suspects() {
  for (Seat& seat : seats) {
    while (!suspects.empty() && seat.link && seat.link->is_ready() && seat.link->given() == 0) {
      std::vector<Task> alone;
      alone.push_back(std::move(suspects.front()));
      suspects.pop_front();
      give(*seat.link, alone);
      for (Task& task : alone) suspects.push_front(std::move(task));
    }
  }
}

WorkerLink* ProcessPool::State::least_loaded() {
  WorkerLink* least = nullptr;
  for (const Seat& seat : seats) {
    if (!seat.link || !has_room(*seat.link)) continue;
    if (least == nullptr || seat.link->outstanding() < least->outstanding())
      least = seat.link.get();
  }
  return least;
}

// With more than half of what it may have a worker has enough to do until the owner looks again,
// and what waits here can still go to the one that is free first.
bool ProcessPool::State::has_room(const WorkerLink& link) const {
  return link.is_ready() && !link.is_trying_suspect() && !link.is_full() &&
         link.outstanding() <= kMaxOutstanding - kMaxBatch && link.given() < options.renew_after;
}

// An equal part of the queue for everyone who can take some, but no more than a message holds or is
// left until the renewal.
std::size_t ProcessPool::State::share(const WorkerLink& link) const {
  const auto takers =
      static_cast<std::size_t>(std::count_if(seats.begin(), seats.end(), [this](const Seat& seat) {
        return seat.link && has_room(*seat.link);
      }));
  const std::size_t part = std::min((queue.size() + takers - 1) / takers, kMaxBatch);
  return static_cast<std::size_t>(
      std::min<std::uint64_t>(part, options.renew_after - link.given()));
}

void ProcessPool::State::hand_out_some(WorkerLink& link) {
  const std::size_t most = share(link);
  std::vector<Task> tasks;
  for (std::uint64_t bytes = 0;
       !queue.empty() && tasks.size() < most && goes_along(tasks, bytes);) {
    bytes += queue.front().place.length;
    tasks.push_back(std::move(queue.front()));
    queue.pop_front();
  }
  give(link, tasks);
  queue.insert(queue.begin(), std::make_move_iterator(tasks.begin()),
               std::make_move_iterator(tasks.end()));
}

// May the first of the queue go in one message with these?
bool ProcessPool::State::goes_along(const std::vector<Task>& tasks, std::uint64_t bytes) const {
  if (tasks.empty()) return true;
  const Place& place = queue.front().place;
  if (options.handoff == Handoff::kFile) return place.segment == tasks.front().place.segment;
  return bytes + place.length <= kMaxBatchBytes;
}

// What stays in `tasks` was not taken: there is no room just now, or the worker is ending.
void ProcessPool::State::give(WorkerLink& link, std::vector<Task>& tasks) {
  if (options.handoff == Handoff::kFile) return give_places(link, tasks);
  std::erase_if(tasks, [this](Task& task) { return !has_bytes(task); });
  if (!tasks.empty()) link.carry(tasks);
}

void ProcessPool::State::give_places(WorkerLink& link, std::vector<Task>& tasks) {
  const std::uint32_t segment = tasks.front().place.segment;
  if (link.knows(segment)) return link.give(tasks, -1);
  const Result<int> file = segments.get(segment);
  if (file) return link.give(tasks, *file);
  for (Task& task : tasks) fail(task, "segment not readable: " + file.error().context);
  tasks.clear();
}

// From the disk when they are not in memory, in which case they will mostly be in the page cache.
// False when there is no such segment: then the task has failed. A record that is not in it is the
// worker's to find bad.
bool ProcessPool::State::has_bytes(Task& task) {
  if (task.bytes) return true;
  const Result<int> file = segments.get(task.place.segment);
  if (!file) {
    fail(task, "segment not readable: " + file.error().context);
    return false;
  }
  task.bytes = read_record(*file, task.place);
  return true;
}

void ProcessPool::State::fail(Task& task, std::string reason) {
  finished.push_back({std::move(task.done), ParseFailure{std::move(reason)}});
}

void ProcessPool::State::deliver() {
  for (Finished& one : std::exchange(finished, {})) one.done(std::move(one.outcome));
}

ProcessPool::ProcessPool(std::shared_ptr<State> state) : state_(std::move(state)) {}

ProcessPool::~ProcessPool() { state_->shut_down(); }

Result<std::unique_ptr<ParsePool>> ProcessPool::start(boost::asio::any_io_executor owner,
                                                      PoolOptions options) {
  const auto state = std::make_shared<State>(std::move(owner), std::move(options));
  std::unique_ptr<ParsePool> pool(new ProcessPool(state));
  for (Seat& seat : state->seats) {
    const Result<void> started = state->start(seat);
    if (!started) return started.error();
  }
  return pool;
}

boost::asio::awaitable<ParseOutcome> ProcessPool::parse(Place place, TaskKind kind,
                                                        RecordBytes bytes) {
  HeldBytes held =
      state_->options.handoff == Handoff::kFile ? nullptr : hold(std::move(bytes), place);
  auto start = [state = state_.get(), task = Task{0, place, kind, 0, std::move(held), {}}](
                   Completion<ParseOutcome> done) mutable {
    task.done = std::move(done);
    state->add(std::move(task));
  };
  return suspend_for<ParseOutcome>(std::move(start));
}

PoolStats ProcessPool::stats() const {
  PoolStats stats = state_->ended;
  stats.queued = state_->queue.size() + state_->suspects.size();
  for (const Seat& seat : state_->seats) {
    if (!seat.link) continue;
    ++stats.workers;
    if (seat.link->is_ready()) ++stats.ready;
    stats.outstanding += seat.link->outstanding();
    stats.busy += seat.link->busy();
    stats.peak_memory = std::max(stats.peak_memory, seat.link->peak_memory());
    stats.cpu_seconds += seat.link->cpu_seconds();
  }
  return stats;
}

std::vector<pid_t> ProcessPool::worker_pids() const {
  std::vector<pid_t> pids;
  for (const Seat& seat : state_->seats) {
    if (seat.link) pids.push_back(seat.link->pid());
  }
  return pids;
}

}  // namespace scraper::parse
