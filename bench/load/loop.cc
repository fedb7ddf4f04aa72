#include "bench/load/loop.h"

#include <fcntl.h>
#include <sys/resource.h>
#include <sys/socket.h>

#include <algorithm>
#include <cerrno>
#include <utility>

#include "base/descriptor.h"

namespace scraper::bench {

namespace {

// A turn is short, so that due answers are late by little: so many events are taken, answers given
// and connections accepted at once.
constexpr std::size_t kEvents = 64;
constexpr int kAnswers = 64;
constexpr int kAccepts = 64;

// What epoll gives back: listeners and the end are small numbers, a connection is its generation
// (from 1) and its place.
constexpr std::uint64_t kEnd = 0;
constexpr std::uint64_t kPlain = 1;
constexpr std::uint64_t kTls = 1u << 16;

}  // namespace

LoadStats LoadShared::stats() const {
  LoadStats sum;
  for (const LoadCounters& one : counters) one.add_to(sum);
  sum.open = open.load();
  sum.most_open = most_open.load();
  rusage used{};
  ::getrusage(RUSAGE_SELF, &used);
  const auto microseconds = [](const timeval& time) {
    return static_cast<std::uint64_t>(time.tv_sec) * 1'000'000 +
           static_cast<std::uint64_t>(time.tv_usec);
  };
  sum.cpu_us = microseconds(used.ru_utime) + microseconds(used.ru_stime);
  sum.voluntary_switches = static_cast<std::uint64_t>(used.ru_nvcsw);
  sum.involuntary_switches = static_cast<std::uint64_t>(used.ru_nivcsw);
  return sum;
}

Result<void> LoadLoop::run(int until_closed) {
  if (auto watched = watch_all(until_closed); !watched) return watched;
  load_block();  // made before the first request
  std::array<epoll_event, kEvents> events;
  while (!is_ended_) {
    const int count = wait(events);
    if (count < 0 && errno != EINTR)
      return errno_error("cannot wait for", "the load server's connections");
    for (int i = 0; i < count; ++i) take(events[static_cast<std::size_t>(i)]);
    for (const std::uint64_t id : std::exchange(again_, {})) {
      if (find(id) != nullptr) serve(static_cast<std::uint32_t>(id));
    }
    answer_due();
  }
  return {};
}

Result<void> LoadLoop::watch(int descriptor, std::uint32_t events, std::uint64_t id) {
  epoll_event event{};
  event.events = events;
  event.data.u64 = id;
  if (::epoll_ctl(epoll_.get(), EPOLL_CTL_ADD, descriptor, &event) != 0)
    return errno_error("cannot watch", "a socket");
  return {};
}

Result<void> LoadLoop::watch_all(int until_closed) {
  epoll_.reset(::epoll_create1(EPOLL_CLOEXEC));
  reserve_.reset(::open("/dev/null", O_RDONLY | O_CLOEXEC));
  if (!epoll_ || !reserve_) return errno_error("cannot make", "an epoll descriptor");
  if (auto watched = watch(until_closed, EPOLLRDHUP, kEnd); !watched) return watched;
  for (const auto& [listeners, first] :
       {std::pair(&shared_.plain, kPlain), std::pair(&shared_.tls, kTls)}) {
    for (std::size_t i = 0; i < listeners->sockets.size(); ++i) {
      // Of several threads one is woken for a connection.
      if (auto watched = watch(listeners->sockets[i].get(), EPOLLIN | EPOLLEXCLUSIVE, first + i);
          !watched)
        return watched;
    }
  }
  return {};
}

// Waits to the microsecond (epoll_wait does to the millisecond); the system adds up to 50 µs so as
// to wake once for many.
int LoadLoop::wait(std::span<epoll_event> events) {
  timespec timeout{0, 0};
  if (again_.empty() && !due_.empty()) {
    const auto left = std::max(Duration::zero(), due_.front().when - SteadyClock::now());
    const auto whole = std::chrono::floor<std::chrono::seconds>(left);
    timeout = {whole.count(), std::chrono::nanoseconds(left - whole).count()};
  }
  const bool is_bounded = !again_.empty() || !due_.empty();
  return ::epoll_pwait2(epoll_.get(), events.data(), static_cast<int>(events.size()),
                        is_bounded ? &timeout : nullptr, nullptr);
}

void LoadLoop::take(const epoll_event& event) {
  const std::uint64_t id = event.data.u64;
  if (id == kEnd) {
    is_ended_ = true;
  } else if (id < kTls) {
    accept_from(shared_.plain.sockets[id - kPlain].get(), nullptr);
  } else if (id < kTls + shared_.tls.sockets.size()) {
    accept_from(shared_.tls.sockets[id - kTls].get(), shared_.tls_context);
  } else if (Connection* connection = find(id)) {
    // After a write that had no room, or a TLS handshake that waited to write, EPOLLOUT is what
    // reading waits for, too.
    connection->is_readable = true;
    connection->is_ending |= (event.events & (EPOLLRDHUP | EPOLLHUP | EPOLLERR)) != 0;
    serve(static_cast<std::uint32_t>(id));
  }
}

void LoadLoop::answer_due() {
  for (int answers = 0; answers < kAnswers && !due_.empty(); ++answers) {
    const auto late = SteadyClock::now() - due_.front().when;
    if (late < Duration::zero()) return;
    std::pop_heap(due_.begin(), due_.end());
    const std::uint64_t id = due_.back().id;
    due_.pop_back();
    Connection* connection = find(id);
    if (connection == nullptr) continue;  // the client gave up
    own_.add_lateness(late);
    connection->state = State::kWriting;
    serve(static_cast<std::uint32_t>(id));
  }
}

void LoadLoop::accept_from(int listener, SSL_CTX* context) {
  for (int accepted = 0; accepted < kAccepts; ++accepted) {
    Descriptor socket(::accept4(listener, nullptr, nullptr, SOCK_NONBLOCK | SOCK_CLOEXEC));
    if (socket) {
      open(std::move(socket), context);
    } else if (errno == EMFILE || errno == ENFILE) {
      accept_and_close(listener);
    } else if (errno != ECONNABORTED && errno != EINTR) {
      return;
    }
  }
}

// Left in the queue, what cannot be accepted would wake us again and again.
void LoadLoop::accept_and_close(int listener) {
  reserve_.reset();
  const Descriptor unwanted(::accept4(listener, nullptr, nullptr, SOCK_CLOEXEC));
  if (unwanted) own_.unaccepted.add();
  reserve_.reset(::open("/dev/null", O_RDONLY | O_CLOEXEC));
}

void LoadLoop::open(Descriptor socket, SSL_CTX* context) {
  own_.accepted.add();
  LoadStream stream(std::move(socket), context);
  if (stream.has_broken()) return own_.broken.add();
  if (free_.empty()) {
    free_.push_back(static_cast<std::uint32_t>(connections_.size()));
    connections_.emplace_back();
  }
  const std::uint32_t place = free_.back();
  if (!watch(stream.descriptor(), EPOLLIN | EPOLLOUT | EPOLLRDHUP | EPOLLET, id_of(place)))
    return own_.broken.add();
  free_.pop_back();
  connections_[place].stream = std::move(stream);
  const std::uint64_t now = shared_.open.fetch_add(1) + 1;
  for (std::uint64_t most = shared_.most_open;
       most < now && !shared_.most_open.compare_exchange_weak(most, now);) {
  }
}

void LoadLoop::drop(std::uint32_t place) {
  const std::uint32_t next = connections_[place].generation + 1;
  connections_[place] = Connection();
  connections_[place].generation = std::max<std::uint32_t>(1, next);
  free_.push_back(place);
  shared_.open.fetch_sub(1);
}

LoadLoop::Connection* LoadLoop::find(std::uint64_t id) {
  Connection& connection = connections_[static_cast<std::uint32_t>(id)];
  return connection.generation == id >> 32 && connection.stream.descriptor() >= 0 ? &connection
                                                                                  : nullptr;
}

std::uint64_t LoadLoop::id_of(std::uint32_t place) const {
  return std::uint64_t{connections_[place].generation} << 32 | place;
}

}  // namespace scraper::bench
