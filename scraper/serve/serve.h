// `scraper serve`: the demo site, or a directory, over HTTP until SIGINT or SIGTERM.
#pragma once

#include <cstdint>
#include <string>

namespace scraper {

struct ServeOptions {
  bool is_demo = false;            // the demo site; then `directory` is not used
  std::string directory;           // what to serve, read-only
  std::string bind = "127.0.0.1";  // a literal address, IPv4 or IPv6
  std::uint16_t port = 0;          // 0: a free one
};

// Blocks until a signal asks it to stop; a second one does not wait for answers under way. Says on
// standard error where it listens, in one line that ends with the URL, once it does. Returns the
// exit code: 0 after a signal, 2 for an address that is none, 3 for a directory that cannot be
// read, 1 when it cannot listen.
int run_serve(const ServeOptions& options);

}  // namespace scraper
