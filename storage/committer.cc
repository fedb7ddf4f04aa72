#include "storage/committer.h"

#include <fcntl.h>
#include <fmt/format.h>
#include <sys/stat.h>
#include <unistd.h>

#include <atomic>
#include <cerrno>
#include <optional>
#include <utility>

#include "base/channel.h"
#include "base/clock.h"
#include "base/completion.h"
#include "base/descriptor.h"
#include "base/file.h"
#include "base/kill_point.h"
#include "base/thread.h"

namespace scraper::storage {

namespace {

// What a failed sync was to write may be gone, and another would not tell: even where there was
// only no room the barrier must not be tried again.
constexpr Errc kLost = Errc::kFile;

}  // namespace

// Patches may come from a ledger on disk: what is no patch of this file must not reach it.
Result<void> apply_patches(const std::string& directory, const std::vector<DepthPatch>& patches) {
  if (patches.empty()) return {};
  const std::string path = directory + "/pages.jsonl";
  const Descriptor file(::open(path.c_str(), O_WRONLY | O_NOFOLLOW | O_CLOEXEC));
  struct stat status {};
  if (!file || ::fstat(file.get(), &status) != 0) return errno_error("cannot open", path);
  const auto size = static_cast<std::uint64_t>(status.st_size);
  for (const DepthPatch& patch : patches) {
    const bool is_number =
        !patch.digits.empty() && patch.digits.find_first_not_of(" 0123456789") == std::string::npos;
    if (is_number && patch.digits.size() < size && patch.offset < size - patch.digits.size())
      continue;
    return Error{Errc::kFile, fmt::format("{}: a depth at {} is none of its {} bytes", path,
                                          patch.offset, size)};
  }
  for (const DepthPatch& patch : patches) {
    kill_point("barrier.patching");
    ssize_t n = 0;
    do {
      n = ::pwrite(file.get(), patch.digits.data(), patch.digits.size(),
                   static_cast<off_t>(patch.offset));
    } while (n < 0 && errno == EINTR);
    if (n < 0) return errno_error("cannot write", path);
  }
  return {};
}

Result<void> commit_barrier(const std::string& directory, Ledger& ledger, Barrier& barrier) {
  for (const std::string& file : barrier.files) {
    if (auto synced = sync_file(directory + "/" + file, kLost); !synced) return synced;
    kill_point("barrier.file_synced");
  }
  if (barrier.has_new_files) {
    for (const char* room : {"/warc", "/quarantine"}) {
      if (auto synced = sync_directory(directory + room, kLost); !synced) return synced;
      kill_point("barrier.room_synced");
    }
    if (auto synced = sync_directory(directory, kLost); !synced) return synced;
  }
  kill_point("barrier.synced");
  if (auto committed = ledger.commit(barrier.batch); !committed) return committed;
  kill_point("barrier.committed");
  return apply_patches(directory, barrier.patches);
}

struct Committer::State {
  State(std::string d, Ledger& l, boost::asio::any_io_executor executor)
      : directory(std::move(d)),
        ledger(l),
        channel(1),
        mailbox(std::move(executor),
                [this](Result<void> answer) { std::exchange(waiting, {})(std::move(answer)); }) {}

  Result<void> commit(std::unique_ptr<Barrier> barrier);
  Result<void> commit_owed();
  void run_syncer() {
    while (auto barrier = channel.pop()) mailbox.post(commit(std::move(*barrier)));
  }

  void end_syncer() {
    channel.close();
    syncer.reset();  // joins
  }

  const std::string directory;
  Ledger& ledger;
  // Of whoever commits: the syncer, or the owner when it has ended.
  std::vector<std::unique_ptr<Barrier>> owed;
  std::optional<Error> failure;
  std::atomic<std::uint64_t> barriers{0};
  std::atomic<std::uint64_t> rows{0};
  std::atomic<std::uint64_t> busy_nanos{0};
  std::atomic<std::uint64_t> longest_nanos{0};
  Completion<Result<void>> waiting;  // the owner's
  Channel<std::unique_ptr<Barrier>> channel;
  Mailbox<Result<void>> mailbox;
  std::optional<Thread> syncer;
};

Result<void> Committer::State::commit(std::unique_ptr<Barrier> barrier) {
  if (failure) return *failure;
  if (barrier != nullptr) owed.push_back(std::move(barrier));
  while (!owed.empty()) {
    if (auto done = commit_owed(); !done) return done;
    owed.erase(owed.begin());
  }
  return {};
}

Result<void> Committer::State::commit_owed() {
  const TimePoint begin = SteadyClock::now();
  Result<void> done = commit_barrier(directory, ledger, *owed.front());
  const auto nanos =
      static_cast<std::uint64_t>(std::chrono::nanoseconds(SteadyClock::now() - begin).count());
  busy_nanos += nanos;
  if (nanos > longest_nanos) longest_nanos = nanos;
  if (done) {
    ++barriers;
    rows += owed.front()->batch.rows();
    return done;
  }
  const Error error{done.error().code, fmt::format("what was fetched could not be made durable: {}",
                                                   done.error().context)};
  if (error.code != Errc::kExhausted) failure = error;
  return error;
}

Committer::Committer(std::unique_ptr<State> state) : state_(std::move(state)) {}

Result<std::unique_ptr<Committer>> Committer::start(const std::string& directory, Ledger& ledger,
                                                    boost::asio::any_io_executor owner) {
  auto state = std::make_unique<State>(directory, ledger, std::move(owner));
  auto syncer = Thread::start(
      "syncer", [raw = state.get()] { raw->run_syncer(); }, kSystemStack);
  if (!syncer) return syncer.error();
  state->syncer.emplace(std::move(*syncer));
  return std::unique_ptr<Committer>(new Committer(std::move(state)));
}

Committer::~Committer() { state_->end_syncer(); }

boost::asio::awaitable<Result<void>> Committer::commit(std::unique_ptr<Barrier> barrier) {
  return suspend_for<Result<void>>(
      [state = state_.get(), barrier = std::move(barrier)](Completion<Result<void>> done) mutable {
        state->waiting = std::move(done);
        state->channel.try_push(std::move(barrier));
      });
}

Result<void> Committer::finish(Barrier barrier) {
  state_->end_syncer();
  return state_->commit(std::make_unique<Barrier>(std::move(barrier)));
}

CommitStats Committer::stats() const {
  return {state_->barriers, state_->rows, state_->busy_nanos, state_->longest_nanos};
}

}  // namespace scraper::storage
