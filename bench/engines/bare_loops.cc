#include "bench/engines/bare_loops.h"

#include <curl/curl.h>
#include <sys/epoll.h>
#include <unistd.h>

#include <algorithm>
#include <array>
#include <memory>
#include <optional>
#include <thread>
#include <vector>

#include "base/thread.h"
#include "bench/engines/bare_handle.h"
#include "bench/engines/window.h"

namespace scraper::bench {

namespace {

Error no_memory() { return {Errc::kExhausted, "no memory for libcurl's handles"}; }

void ask_again_and_again(BareHandle& handle, Window& window, TimePoint start) {
  std::this_thread::sleep_until(start + window.offset(handle.index()));
  for (bool is_wanted = true; is_wanted;) {
    handle.begin();
    const CURLcode code = curl_easy_perform(handle.easy());
    is_wanted = window.ended(handle.index(), handle.begun(), handle.fault(code));
  }
}

class BareMulti {
 public:
  explicit BareMulti(const CellTask& task) : task_(task), window_(task) {}
  BareMulti(const BareMulti&) = delete;
  BareMulti& operator=(const BareMulti&) = delete;
  ~BareMulti() {
    for (const auto& handle : handles_) curl_multi_remove_handle(multi_, handle->easy());
    handles_.clear();
    curl_multi_cleanup(multi_);
    if (epoll_ >= 0) ::close(epoll_);
  }

  Result<Reading> run() {
    if (epoll_ < 0) return errno_error("cannot make", "an epoll descriptor");
    if (multi_ == nullptr) return no_memory();
    curl_multi_setopt(multi_, CURLMOPT_SOCKETFUNCTION, on_socket);
    curl_multi_setopt(multi_, CURLMOPT_SOCKETDATA, this);
    curl_multi_setopt(multi_, CURLMOPT_TIMERFUNCTION, on_timer);
    curl_multi_setopt(multi_, CURLMOPT_TIMERDATA, this);
    curl_multi_setopt(multi_, CURLMOPT_MAXCONNECTS, static_cast<long>(task_.cell.concurrency));
    const TimePoint start = SteadyClock::now();
    while (!window_.is_closed()) {
      if (auto started = start_due(start); !started) return started.error();
      wait(start);
      collect();
    }
    return window_.reading();
  }

 private:
  static int on_socket(CURL*, curl_socket_t socket, int wanted, void* loop, void* known) {
    auto& self = *static_cast<BareMulti*>(loop);
    epoll_event event{};
    event.data.fd = socket;
    if ((wanted & CURL_POLL_IN) != 0) event.events |= EPOLLIN;
    if ((wanted & CURL_POLL_OUT) != 0) event.events |= EPOLLOUT;
    if (wanted == CURL_POLL_REMOVE) {
      ::epoll_ctl(self.epoll_, EPOLL_CTL_DEL, socket, nullptr);
    } else {
      ::epoll_ctl(self.epoll_, known != nullptr ? EPOLL_CTL_MOD : EPOLL_CTL_ADD, socket, &event);
      curl_multi_assign(self.multi_, socket, &self);  // no longer null: known
    }
    return 0;
  }

  static int on_timer(CURLM*, long milliseconds, void* loop) {
    auto& due = static_cast<BareMulti*>(loop)->due_;
    due.reset();
    if (milliseconds >= 0) due = SteadyClock::now() + std::chrono::milliseconds(milliseconds);
    return 0;
  }

  // Askers whose first request is due.
  Result<void> start_due(TimePoint start) {
    for (; has_more_to_start() && start + window_.offset(handles_.size()) <= SteadyClock::now();) {
      auto handle = std::make_unique<BareHandle>(task_, handles_.size());
      if (handle->easy() == nullptr) return no_memory();
      handles_.push_back(std::move(handle));
      begin(*handles_.back());
    }
    return {};
  }

  bool has_more_to_start() const { return handles_.size() < task_.cell.concurrency; }

  void begin(BareHandle& handle) {
    handle.begin();
    curl_multi_add_handle(multi_, handle.easy());
  }

  void wait(TimePoint start) {
    std::optional<TimePoint> until = due_;
    if (has_more_to_start()) {
      const TimePoint next = start + window_.offset(handles_.size());
      until = until ? std::min(*until, next) : next;
    }
    const auto left =
        until ? std::chrono::ceil<std::chrono::milliseconds>(*until - SteadyClock::now()).count()
              : -1;
    const int count = ::epoll_wait(epoll_, events_.data(), static_cast<int>(events_.size()),
                                   until ? std::max(0, static_cast<int>(left)) : -1);
    int running = 0;
    for (int i = 0; i < count; ++i) {
      const epoll_event& event = events_[static_cast<std::size_t>(i)];
      const int what = ((event.events & EPOLLIN) != 0 ? CURL_CSELECT_IN : 0) |
                       ((event.events & EPOLLOUT) != 0 ? CURL_CSELECT_OUT : 0) |
                       ((event.events & (EPOLLERR | EPOLLHUP)) != 0 ? CURL_CSELECT_ERR : 0);
      curl_multi_socket_action(multi_, event.data.fd, what, &running);
    }
    if (due_ && *due_ <= SteadyClock::now()) {
      due_.reset();
      curl_multi_socket_action(multi_, CURL_SOCKET_TIMEOUT, 0, &running);
    }
  }

  void collect() {
    int left = 0;
    while (const CURLMsg* message = curl_multi_info_read(multi_, &left)) {
      if (message->msg != CURLMSG_DONE) continue;
      CURL* easy = message->easy_handle;
      const CURLcode code = message->data.result;
      char* raw = nullptr;
      curl_easy_getinfo(easy, CURLINFO_PRIVATE, &raw);
      auto& handle = *reinterpret_cast<BareHandle*>(raw);
      curl_multi_remove_handle(multi_, easy);
      if (window_.ended(handle.index(), handle.begun(), handle.fault(code))) begin(handle);
    }
  }

  const CellTask& task_;
  Window window_;
  CURLM* multi_ = curl_multi_init();
  int epoll_ = ::epoll_create1(EPOLL_CLOEXEC);
  std::optional<TimePoint> due_;
  std::vector<std::unique_ptr<BareHandle>> handles_;
  std::array<epoll_event, 256> events_{};
};

}  // namespace

Result<Reading> run_bare_threads(const CellTask& task) {
  curl_global_init(CURL_GLOBAL_DEFAULT);
  Window window(task);
  std::vector<std::unique_ptr<BareHandle>> handles;
  for (std::size_t i = 0; i < task.cell.concurrency; ++i) {
    handles.push_back(std::make_unique<BareHandle>(task, i));
    if (handles.back()->easy() == nullptr) return no_memory();
  }
  const TimePoint start = SteadyClock::now();
  std::vector<Thread> threads;
  for (const auto& handle : handles) {
    auto thread = Thread::start(
        "bare", [&, raw = handle.get()] { ask_again_and_again(*raw, window, start); });
    if (!thread) {
      window.abandon();
      return thread.error();
    }
    threads.push_back(std::move(*thread));
  }
  threads.clear();  // joins
  return window.reading();
}

Result<Reading> run_bare_multi(const CellTask& task) {
  curl_global_init(CURL_GLOBAL_DEFAULT);
  return BareMulti(task).run();
}

}  // namespace scraper::bench
