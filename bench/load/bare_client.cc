#include "bench/load/bare_client.h"

#include <fcntl.h>
#include <fmt/format.h>
#include <sys/epoll.h>
#include <sys/resource.h>
#include <sys/socket.h>

#include <algorithm>
#include <array>
#include <charconv>
#include <vector>

#include "base/clock.h"
#include "base/descriptor.h"
#include "bench/load/request.h"
#include "bench/process_usage.h"

namespace scraper::bench {

namespace {

constexpr std::size_t kBuffer = 64u << 10;
constexpr int kPatience = 10'000;  // milliseconds without any answer, beyond the delay asked for

// All answers are alike: how many bytes one has, seen from the first. 0: it is not a good one.
std::size_t size_of_answer(std::string_view head) {
  constexpr std::string_view kLength = "Content-Length: ";
  const std::size_t at = head.find(kLength);
  if (!head.starts_with("HTTP/1.1 200 ") || at == head.npos) return 0;
  std::size_t body = 0;
  std::from_chars(head.data() + at + kLength.size(), head.data() + head.size(), body);
  return head.find("\r\n\r\n") + 4 + body;
}

class BareClient {
 public:
  BareClient(const LoadSite& site, const BareRun& run)
      : site_(site),
        run_(run),
        request_(fmt::format("GET {} HTTP/1.1\r\nHost: load\r\n\r\n",
                             load_path(run.page.body, run.page.delay, false))) {}

  Result<BareFigures> measure();

 private:
  struct Connection {
    Descriptor socket;
    std::size_t left = 0;  // bytes of its answer to come; 0: it owes none
  };

  Result<void> connect_all();
  Result<void> learn_size();
  bool ask(Connection& connection);
  void take(Connection& connection);
  void lose(Connection& connection);
  Result<void> turn();

  const LoadSite& site_;
  const BareRun& run_;
  const std::string request_;
  std::vector<Connection> connections_;
  Descriptor epoll_;
  std::array<char, kBuffer> buffer_;
  std::size_t size_ = 0;  // of an answer
  std::size_t waiting_ = 0;
  std::uint64_t requests_ = 0;
  std::uint64_t errors_ = 0;
  bool is_over_ = false;
};

Result<void> BareClient::connect_all() {
  epoll_.reset(::epoll_create1(EPOLL_CLOEXEC));
  connections_.resize(run_.connections);
  for (std::size_t i = 0; i < connections_.size(); ++i) {
    auto socket = connect_to_load(site_.addresses[i % site_.addresses.size()], site_.port);
    if (!socket) return socket.error();
    connections_[i].socket.reset(*socket);
  }
  if (auto learned = learn_size(); !learned) return learned;
  for (std::size_t i = 0; i < connections_.size(); ++i) {
    const int socket = connections_[i].socket.get();
    ::fcntl(socket, F_SETFL, O_NONBLOCK);
    epoll_event event{};
    event.events = EPOLLIN | EPOLLET;
    event.data.u64 = i;
    if (::epoll_ctl(epoll_.get(), EPOLL_CTL_ADD, socket, &event) != 0)
      return errno_error("cannot watch", "a socket");
  }
  return {};
}

Result<void> BareClient::learn_size() {
  const int socket = connections_.front().socket.get();
  if (!ask(connections_.front())) return errno_error("cannot ask", "the load server");
  for (std::size_t got = 0; size_ == 0 || got < size_;) {
    const ssize_t some = ::recv(socket, buffer_.data(), buffer_.size(), 0);
    if (some <= 0) return errno_error("cannot read", "the load server's answer");
    if (got == 0) size_ = size_of_answer({buffer_.data(), static_cast<std::size_t>(some)});
    if (size_ == 0) return Error{Errc::kInvalid, "the load server did not answer as asked"};
    got += static_cast<std::size_t>(some);
  }
  --waiting_;
  return {};
}

bool BareClient::ask(Connection& connection) {
  const ssize_t sent =
      ::send(connection.socket.get(), request_.data(), request_.size(), MSG_NOSIGNAL);
  if (sent != static_cast<ssize_t>(request_.size())) return false;
  connection.left = size_;
  ++waiting_;
  return true;
}

void BareClient::lose(Connection& connection) {
  ++errors_;
  if (connection.left > 0) --waiting_;
  connection = Connection();
}

void BareClient::take(Connection& connection) {
  for (;;) {
    const ssize_t got = ::recv(connection.socket.get(), buffer_.data(), buffer_.size(), 0);
    if (got < 0 && (errno == EAGAIN || errno == EINTR)) return;
    if (got <= 0 || static_cast<std::size_t>(got) > connection.left) return lose(connection);
    connection.left -= static_cast<std::size_t>(got);
    if (connection.left == 0) {
      ++requests_;
      --waiting_;
      if (!is_over_ && !ask(connection)) return lose(connection);
    }
    if (static_cast<std::size_t>(got) < buffer_.size()) return;
  }
}

Result<void> BareClient::turn() {
  std::array<epoll_event, 256> events;
  const int patience = kPatience + static_cast<int>(run_.page.delay.count());
  const int count =
      ::epoll_wait(epoll_.get(), events.data(), static_cast<int>(events.size()), patience);
  if (count == 0) return Error{Errc::kOther, "the load server does not answer any more"};
  for (int i = 0; i < count; ++i) take(connections_[events[static_cast<std::size_t>(i)].data.u64]);
  return {};
}

Result<BareFigures> BareClient::measure() {
  if (auto connected = connect_all(); !connected) return connected.error();
  const auto before = site_.stats();
  if (!before) return before.error();
  const double cpu = thread_cpu_us();
  const TimePoint start = SteadyClock::now();
  for (Connection& one : connections_) {
    if (!ask(one)) lose(one);
  }
  TimePoint now = start;
  for (; waiting_ > 0 && now < start + run_.duration; now = SteadyClock::now()) {
    if (auto turned = turn(); !turned) return turned.error();
  }
  BareFigures figures;
  figures.requests = requests_;
  figures.cpu_us =
      (thread_cpu_us() - cpu) / static_cast<double>(std::max<std::uint64_t>(1, requests_));
  figures.requests_per_second = static_cast<double>(requests_) / seconds(now - start);
  const auto after = site_.stats();
  if (!after) return after.error();
  figures.server = *after - *before;
  figures.server_cpu_us = static_cast<double>(figures.server.cpu_us) /
                          static_cast<double>(std::max<std::uint64_t>(1, figures.server.requests));
  // What is under way is taken, so that the server has nobody who gave up.
  for (is_over_ = true; waiting_ > 0;) {
    if (auto turned = turn(); !turned) return turned.error();
  }
  figures.errors = errors_;
  return figures;
}

}  // namespace

Result<BareFigures> run_bare_client(const LoadSite& site, const BareRun& run) {
  if (run.connections == 0) return Error{Errc::kUsage, "a bare client needs a connection"};
  const auto client = std::make_unique<BareClient>(site, run);
  return client->measure();
}

}  // namespace scraper::bench
