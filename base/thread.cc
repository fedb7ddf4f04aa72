#include "base/thread.h"

#include <signal.h>

#include <cerrno>
#include <memory>
#include <utility>

namespace scraper {

namespace {

void* run_thread(void* argument) noexcept {
  std::unique_ptr<std::function<void()>> run(static_cast<std::function<void()>*>(argument));
  (*run)();
  return nullptr;
}

// New threads inherit the mask of the one that makes them, so there is no moment in which a signal
// could reach them.
class AllSignalsBlocked {
 public:
  AllSignalsBlocked() {
    sigset_t all;
    sigfillset(&all);
    pthread_sigmask(SIG_SETMASK, &all, &before_);
  }
  AllSignalsBlocked(const AllSignalsBlocked&) = delete;
  AllSignalsBlocked& operator=(const AllSignalsBlocked&) = delete;
  ~AllSignalsBlocked() { pthread_sigmask(SIG_SETMASK, &before_, nullptr); }

 private:
  sigset_t before_;
};

}  // namespace

Result<Thread> Thread::start(const std::string& name, std::function<void()> run,
                             std::size_t stack) {
  pthread_attr_t attributes;
  pthread_attr_init(&attributes);
  if (stack != kSystemStack) pthread_attr_setstacksize(&attributes, stack);
  auto argument = std::make_unique<std::function<void()>>(std::move(run));
  pthread_t id{};
  int failure = 0;
  {
    const AllSignalsBlocked blocked;
    failure = pthread_create(&id, &attributes, run_thread, argument.get());
  }
  pthread_attr_destroy(&attributes);
  if (failure != 0) {
    errno = failure;
    return Error{Errc::kExhausted, errno_error("cannot start thread", name).context};
  }
  argument.release();  // the thread's now
  pthread_setname_np(id, name.c_str());
  return Thread(id);
}

Thread::Thread(Thread&& other) noexcept
    : id_(other.id_), is_joinable_(std::exchange(other.is_joinable_, false)) {}

Thread::~Thread() {
  if (is_joinable_) pthread_join(id_, nullptr);
}

void Thread::detach() {
  if (std::exchange(is_joinable_, false)) pthread_detach(id_);
}

}  // namespace scraper
