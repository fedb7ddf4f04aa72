// A client of the load server that shows a test every byte.
#pragma once

#include <sys/socket.h>

#include <cstddef>
#include <cstdint>
#include <string>
#include <string_view>
#include <vector>

#include "base/descriptor.h"
#include "bench/load/reply.h"
#include "bench/load/site.h"
#include "tests/catch.h"

namespace scraper::bench::test {

inline Descriptor connect(const LoadSite& site, std::size_t which = 0) {
  auto socket = connect_to_load(site.addresses[which], site.port, std::chrono::seconds(20));
  REQUIRE(socket.has_value());
  return Descriptor(*socket);
}

inline void send(const Descriptor& socket, std::string_view bytes) {
  REQUIRE(::send(socket.get(), bytes.data(), bytes.size(), MSG_NOSIGNAL) ==
          static_cast<ssize_t>(bytes.size()));
}

// All until the server closes; with "(no end)" when it does not.
inline std::string receive(const Descriptor& socket) {
  std::string all;
  std::vector<char> some(1u << 20);
  for (;;) {
    const ssize_t got = ::recv(socket.get(), some.data(), some.size(), 0);
    if (got < 0) return all + "(no end)";
    if (got == 0) return all;
    all.append(some.data(), static_cast<std::size_t>(got));
  }
}

inline std::string ask(const LoadSite& site, std::string_view request) {
  const Descriptor socket = connect(site);
  send(socket, request);
  return receive(socket);
}

inline std::string get(const std::string& path, bool is_last = true) {
  return "GET " + path + " HTTP/1.1\r\nHost: a\r\n" +
         (is_last ? "Connection: close\r\n\r\n" : "\r\n");
}

inline std::string ok_head(std::uint64_t size, bool is_last) {
  return "HTTP/1.1 200 OK\r\nContent-Type: text/html; charset=utf-8\r\nContent-Length: " +
         std::to_string(size) + "\r\n" + (is_last ? "Connection: close\r\n\r\n" : "\r\n");
}

// The body of that size.
inline std::string page(std::size_t size) {
  std::string all;
  while (all.size() < size) all += load_block().substr(0, size - all.size());
  return all;
}

}  // namespace scraper::bench::test
