#include "bench/load/listen.h"

#include <arpa/inet.h>
#include <fmt/format.h>
#include <netinet/in.h>
#include <netinet/tcp.h>
#include <sys/socket.h>

#include <cerrno>

#include "base/descriptor.h"

namespace scraper::bench {

namespace {

constexpr int kBacklog =
    4096;  // thousands of clients connect at once; net.core.somaxconn bounds it too
constexpr int kMostTries = 100;

// Listens on `port`, which becomes the one that was given when it is 0; false with errno when that
// cannot be.
bool listen_at(const std::string& address, std::uint16_t& port, Descriptor& socket) {
  sockaddr_in name{};
  name.sin_family = AF_INET;
  name.sin_port = htons(port);
  if (::inet_pton(AF_INET, address.c_str(), &name.sin_addr) != 1) return errno = EINVAL, false;
  socket.reset(::socket(AF_INET, SOCK_STREAM | SOCK_CLOEXEC | SOCK_NONBLOCK, 0));
  if (!socket) return false;
  socklen_t size = sizeof name;
  auto* const raw = reinterpret_cast<sockaddr*>(&name);
  const int on = 1;  // an accepted connection has it from its listener: a system call less for each
  ::setsockopt(socket.get(), IPPROTO_TCP, TCP_NODELAY, &on, sizeof on);
  if (::bind(socket.get(), raw, size) != 0 || ::listen(socket.get(), kBacklog) != 0) return false;
  if (::getsockname(socket.get(), raw, &size) != 0) return false;
  port = ntohs(name.sin_port);
  return true;
}

}  // namespace

std::vector<std::string> loopback_addresses(unsigned count) {
  std::vector<std::string> addresses;
  for (unsigned i = 1; i <= count; ++i) addresses.push_back(fmt::format("127.0.0.{}", i));
  return addresses;
}

Result<LoadListeners> listen_on(const std::vector<std::string>& addresses) {
  for (int tries = 0;; ++tries) {
    LoadListeners listeners;
    for (const std::string& address : addresses) {
      if (!listen_at(address, listeners.port, listeners.sockets.emplace_back())) break;
    }
    if (listeners.sockets.size() == addresses.size() && listeners.sockets.back()) return listeners;
    const bool is_taken = errno == EADDRINUSE && tries < kMostTries;
    if (!is_taken)
      return errno_error("cannot listen on",
                         fmt::format("{} loopback addresses", addresses.size()));
  }
}

}  // namespace scraper::bench
