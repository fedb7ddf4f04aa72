#include "storage/segments.h"

#include <fcntl.h>
#include <unistd.h>

#include <atomic>
#include <boost/asio/execution/outstanding_work.hpp>
#include <boost/asio/prefer.hpp>
#include <chrono>
#include <deque>
#include <optional>

#include "base/channel.h"
#include "base/clock.h"
#include "base/completion.h"
#include "base/descriptor.h"
#include "base/thread.h"
#include "storage/segment_writer.h"
#include "storage/warc_reader.h"

namespace scraper::storage {

namespace {

constexpr std::size_t kBatch = 64;  // captures the appender takes at once

using Answers = std::vector<Result<Appended>>;

Descriptor open_directory(const std::string& path) {
  return Descriptor(::open(path.c_str(), O_RDONLY | O_DIRECTORY | O_CLOEXEC));
}

}  // namespace

// Captures go to the appender in the order of append() and come back as places in the same order,
// so the owner keeps no table of who waits for what: the first answer belongs to the first in
// `unanswered`.
struct Segments::State {
  State(SegmentOptions o, boost::asio::any_io_executor e)
      : options(std::move(o)),
        executor(std::move(e)),
        directory(open_directory(options.directory)),
        channel(options.queue),
        mailbox(executor, [this](Answers answers) { take(std::move(answers)); }) {}

  struct Unanswered {
    Completion<Result<Appended>> done;
    std::uint64_t bytes = 0;
  };

  void start(Entry entry, Completion<Result<Appended>> done);
  void take(Answers answers);
  void refill();
  void run_appender();

  const SegmentOptions options;
  const boost::asio::any_io_executor executor;
  const Descriptor directory;
  std::unique_ptr<SegmentWriter> writer;  // the appender's, once it runs

  Channel<Entry> channel;
  std::atomic<std::uint64_t> busy_nanos{0};

  // The owner's.
  std::deque<Unanswered> unanswered;
  std::uint64_t unanswered_bytes = 0;
  std::deque<Entry>
      waiting;  // for room in the channel; the completions of captures are the last of `unanswered`
  std::optional<boost::asio::any_io_executor> work;

  Mailbox<Answers> mailbox;
  std::optional<Thread> appender;
};

void Segments::State::start(Entry entry, Completion<Result<Appended>> done) {
  if (unanswered.empty())
    work = boost::asio::prefer(executor, boost::asio::execution::outstanding_work.tracked);
  const std::uint64_t bytes = entry.capture.body.memory.size();
  unanswered.push_back({std::move(done), bytes});
  unanswered_bytes += bytes;
  waiting.push_back(std::move(entry));
  refill();
}

void Segments::State::refill() {
  while (!waiting.empty() && channel.try_push(std::move(waiting.front()))) waiting.pop_front();
}

void Segments::State::take(Answers answers) {
  refill();
  for (Result<Appended>& answer : answers) {
    Unanswered first = std::move(unanswered.front());
    unanswered.pop_front();
    unanswered_bytes -= first.bytes;
    if (unanswered.empty()) work.reset();
    first.done(std::move(answer));
  }
}

void Segments::State::run_appender() {
  while (true) {
    std::vector<Entry> entries = channel.pop_some(kBatch);
    if (entries.empty()) return;
    const TimePoint begin = SteadyClock::now();
    Answers answers = writer->write(std::move(entries));
    busy_nanos +=
        static_cast<std::uint64_t>(std::chrono::nanoseconds(SteadyClock::now() - begin).count());
    mailbox.post(std::move(answers));
  }
}

Segments::Segments(std::unique_ptr<State> state) : state_(std::move(state)) {}

Result<std::unique_ptr<Segments>> Segments::open(SegmentOptions options,
                                                 boost::asio::any_io_executor owner) {
  auto state = std::make_unique<State>(std::move(options), std::move(owner));
  if (!state->directory) return errno_error("cannot open", state->options.directory);
  auto writer = SegmentWriter::open(state->options, state->directory.get());
  if (!writer) return writer.error();
  state->writer = std::move(*writer);
  auto appender = Thread::start(
      "appender", [raw = state.get()] { raw->run_appender(); }, kSystemStack);
  if (!appender) {
    state->writer->discard();
    return appender.error();
  }
  state->appender.emplace(std::move(*appender));
  return std::unique_ptr<Segments>(new Segments(std::move(state)));
}

Segments::~Segments() {
  state_->channel.close();
  state_->appender.reset();  // joins
  std::vector<Entry> rest(std::make_move_iterator(state_->waiting.begin()),
                          std::make_move_iterator(state_->waiting.end()));
  state_->writer->write(std::move(rest));
}

boost::asio::awaitable<Result<Appended>> Segments::append(Capture capture, Keep keep) {
  auto start = [state = state_.get(), entry = Entry{std::move(capture), keep}](
                   Completion<Result<Appended>> done) mutable {
    state->start(std::move(entry), std::move(done));
  };
  return suspend_for<Result<Appended>>(std::move(start));
}

void Segments::rotate() {
  state_->waiting.push_back(Entry{Capture{}, Keep::kNo, true});
  state_->refill();
}

bool Segments::is_full() const {
  return state_->unanswered.size() >= state_->options.queue ||
         state_->unanswered_bytes >= state_->options.queue_bytes;
}

Result<int> Segments::open_for_reading(std::uint32_t segment) const {
  const std::string name = segment_name(segment);
  const int file =
      ::openat(state_->directory.get(), name.c_str(), O_RDONLY | O_NOFOLLOW | O_CLOEXEC);
  if (file < 0) return errno_error("cannot open", state_->options.directory + "/" + name);
  return file;
}

Result<Capture> Segments::read_outline(Place place) const {
  const std::string path = state_->options.directory + "/" + segment_name(place.segment);
  auto reader = SegmentReader::open(path, SegmentReader::Sums::kNo, place.offset + place.length);
  if (!reader) return reader.error();
  (*reader)->seek(place.offset);
  const auto record = (*reader)->next();
  if (!record) return record.error();
  if (!*record) return Error{Errc::kInvalid, path + " has no record at a place of the ledger"};
  return storage::read_outline((*record)->begin);
}

SegmentStats Segments::stats() const {
  const WriteCounts& counts = state_->writer->counts();
  return {counts.records, counts.bytes, counts.writes,
          state_->channel.size() + state_->waiting.size(), state_->busy_nanos};
}

}  // namespace scraper::storage
