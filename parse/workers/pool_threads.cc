#include "parse/workers/pool_threads.h"

#include <algorithm>
#include <atomic>
#include <boost/asio/execution/outstanding_work.hpp>
#include <boost/asio/post.hpp>
#include <boost/asio/prefer.hpp>
#include <deque>
#include <optional>
#include <utility>

#include "base/channel.h"
#include "base/clock.h"
#include "base/crc32c.h"
#include "base/thread.h"
#include "parse/record_codec.h"
#include "parse/workers/pool_task.h"
#include "parse/workers/segment_descriptors.h"

namespace scraper::parse {

namespace {

constexpr std::size_t kQueue =
    1'024;  // tasks that lie in the channel; the rest waits on the owner's side

// A task on its way to a thread and back. The completion is only moved there; it is called, and
// destroyed, on the owner's thread.
struct Job {
  Task task;
  std::shared_ptr<const Descriptor> segment;  // where the bytes are not in memory
  std::optional<ParseOutcome> outcome;
};

// Bytes that come from the disk are checked; those in memory are what the checksum was made of. Of
// an echo reading them is all there is to do.
bool must_be_checked(const Job& job) {
  return job.segment != nullptr || job.task.kind == TaskKind::kEcho;
}

bool is_as_written(const Task& task) {
  std::uint32_t crc = 0;
  for (const std::string_view piece : pieces_of(*task.bytes)) crc = crc32c(piece, crc);
  return crc == task.place.crc32c;
}

// The bytes are in the job afterwards, if they can be had.
bool has_record(Job& job) {
  if (job.segment != nullptr) job.task.bytes = read_record(job.segment->get(), job.task.place);
  return job.task.bytes != nullptr && (!must_be_checked(job) || is_as_written(job.task));
}

PageRecord bad_record() {
  PageRecord record;
  record.fault = PageFault::kBadRecord;
  return record;
}

ParseOutcome to_outcome(std::string_view answer, Duration spent) {
  Result<PageRecord> record = decode(std::vector<char>(answer.begin(), answer.end()));
  if (!record) return ParseFailure{"bad answer: " + record.error().context, 1};
  record->cpu_micros = whole_micros(spent);
  return std::move(*record);
}

}  // namespace

struct ThreadPool::State : std::enable_shared_from_this<State> {
  State(boost::asio::any_io_executor executor, PoolOptions pool_options)
      : owner(std::move(executor)),
        options(std::move(pool_options)),
        segments(options.open_segment),
        channel(kQueue),
        mailbox(owner, [this](Job job) { take(std::move(job)); }) {}

  Result<void> start();
  void shut_down();
  void add(Task task);
  void refill();
  void take(Job job);

  // A thread's.
  void run();
  void work(PageParser& parser, Job& job);
  ParseOutcome parse(PageParser& parser, const Task& task);

  const boost::asio::any_io_executor owner;
  const PoolOptions options;

  // The owner's.
  SegmentDescriptors segments;
  std::deque<Job> waiting;  // for room in the channel
  std::size_t unanswered = 0;
  std::uint64_t documents = 0;
  std::optional<boost::asio::any_io_executor> work_guard;

  Channel<Job> channel;
  Mailbox<Job> mailbox;
  std::vector<Thread> threads;
  std::atomic<bool> is_shut{false};
  std::atomic<std::size_t> at_work{0};
  std::atomic<std::uint64_t> overruns{0};
  std::atomic<std::int64_t> busy_nanos{0};
  std::atomic<std::int64_t> cpu_nanos{0};
};

Result<void> ThreadPool::State::start() {
  for (std::size_t i = 0; i < options.workers; ++i) {
    auto thread = Thread::start(
        "parse", [this] { run(); }, kSystemStack);
    if (!thread) return thread.error();
    threads.push_back(std::move(*thread));
  }
  return {};
}

void ThreadPool::State::shut_down() {
  is_shut = true;
  channel.close();
  threads.clear();  // joins
  waiting.clear();
  work_guard.reset();
}

void ThreadPool::State::add(Task task) {
  if (unanswered++ == 0)
    work_guard = boost::asio::prefer(owner, boost::asio::execution::outstanding_work.tracked);
  Job job{std::move(task), nullptr, std::nullopt};
  if (!job.task.bytes) {
    Result<std::shared_ptr<const Descriptor>> segment = segments.share(job.task.place.segment);
    if (!segment) {
      job.outcome = ParseFailure{"segment not readable: " + segment.error().context, 0};
      return mailbox.post(std::move(job));
    }
    job.segment = std::move(*segment);
  }
  waiting.push_back(std::move(job));
  refill();
}

void ThreadPool::State::refill() {
  while (!waiting.empty() && channel.try_push(std::move(waiting.front()))) waiting.pop_front();
}

void ThreadPool::State::take(Job job) {
  const std::shared_ptr<State> self = shared_from_this();  // what is resumed may be the pool's end
  refill();
  if (--unanswered == 0) work_guard.reset();
  if (std::holds_alternative<PageRecord>(*job.outcome)) ++documents;
  job.task.done(std::move(*job.outcome));
  // The mailbox is in the middle of delivering and must not go before it has.
  if (is_shut) boost::asio::post(owner, [self] {});
}

void ThreadPool::State::run() {
  PageParser parser(options.page, DocumentLimits{options.max_memory, options.max_cpu});
  while (std::optional<Job> job = channel.pop()) {
    if (is_shut) {
      job->outcome = ParseFailure{"the pool has ended",
                                  0};  // nobody is told: the mailbox delivers nothing more
    } else {
      work(parser, *job);
    }
    mailbox.post(std::move(*job));
  }
}

void ThreadPool::State::work(PageParser& parser, Job& job) {
  ++at_work;
  const TimePoint begun = SteadyClock::now();
  const Duration cpu_before = thread_cpu();
  job.outcome = has_record(job) ? parse(parser, job.task) : ParseOutcome(bad_record());
  job.task.bytes.reset();
  job.segment.reset();
  cpu_nanos += std::chrono::nanoseconds(thread_cpu() - cpu_before).count();
  busy_nanos += std::chrono::nanoseconds(SteadyClock::now() - begun).count();
  --at_work;
}

ParseOutcome ThreadPool::State::parse(PageParser& parser, const Task& task) {
  for (unsigned attempt = 1;; ++attempt) {
    const Duration before = thread_cpu();
    const std::string_view answer =
        parser.parse(task.bytes->head, task.bytes->body.memory, task.kind);
    if (!answer.empty()) return to_outcome(answer, thread_cpu() - before);
    ++overruns;
    if (attempt < kMaxDeaths && !is_shut) continue;
    return ParseFailure{parser.overrun() == Overrun::kCpu ? "cpu limit" : "memory limit", attempt};
  }
}

ThreadPool::ThreadPool(std::shared_ptr<State> state) : state_(std::move(state)) {}

ThreadPool::~ThreadPool() { state_->shut_down(); }

Result<std::unique_ptr<ParsePool>> ThreadPool::start(boost::asio::any_io_executor owner,
                                                     PoolOptions options) {
  const auto state = std::make_shared<State>(std::move(owner), std::move(options));
  std::unique_ptr<ParsePool> pool(new ThreadPool(state));
  if (auto started = state->start(); !started) return started.error();
  return pool;
}

boost::asio::awaitable<ParseOutcome> ThreadPool::parse(Place place, TaskKind kind,
                                                       RecordBytes bytes) {
  auto start = [state = state_.get(),
                task = Task{0, place, kind, 0, hold(std::move(bytes), place), {}}](
                   Completion<ParseOutcome> done) mutable {
    task.done = std::move(done);
    state->add(std::move(task));
  };
  return suspend_for<ParseOutcome>(std::move(start));
}

PoolStats ThreadPool::stats() const {
  PoolStats stats;
  stats.workers = state_->threads.size();
  stats.ready = stats.workers;
  stats.outstanding = std::min<std::size_t>(state_->at_work, state_->unanswered);
  stats.queued = state_->unanswered - stats.outstanding;
  stats.documents = state_->documents;
  stats.replaced = state_->overruns;
  stats.busy = std::chrono::nanoseconds(state_->busy_nanos);
  stats.cpu_seconds = static_cast<double>(state_->cpu_nanos) / 1e9;
  return stats;
}

}  // namespace scraper::parse
