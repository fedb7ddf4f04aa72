// The listening sockets of the load server: the same port on each of its loopback addresses, never
// anything but loopback.
#pragma once

#include <cstdint>
#include <string>
#include <vector>

#include "base/descriptor.h"
#include "base/error.h"

namespace scraper::bench {

struct LoadListeners {
  std::uint16_t port = 0;
  std::vector<Descriptor> sockets;  // non-blocking, one an address
};

// 127.0.0.1 … 127.0.0.`count`.
std::vector<std::string> loopback_addresses(unsigned count);

// A port that is free on all of them: the first address gets any, and another is tried when it is
// taken on one of the rest.
Result<LoadListeners> listen_on(const std::vector<std::string>& addresses);

}  // namespace scraper::bench
