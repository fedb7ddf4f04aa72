// Where the load server listens and how it is asked: all its clients need to know of it. Values;
// any thread.
#pragma once

#include <boost/json/fwd.hpp>
#include <chrono>
#include <cstddef>
#include <cstdint>
#include <string>
#include <vector>

#include "base/error.h"
#include "bench/load/stats.h"

namespace scraper::bench {

struct LoadOptions {
  // 127.0.0.1 and those after it. A client has about 28,000 ports for each: with more addresses
  // they bound nothing.
  unsigned addresses = 1;  // 1 … 250
  bool has_tls = false;    // listens for HTTPS, too
  unsigned threads = 1;    // more take cores from what is measured
};

// What is asked for: a body of that many bytes of HTML after that delay.
struct LoadPage {
  std::uint64_t body = 10'240;
  std::chrono::milliseconds delay{0};
  bool is_https = false;
  bool is_new_connection = false;  // the server closes the connection after the answer
};

struct LoadSite {
  std::uint16_t port = 0;
  std::uint16_t tls_port = 0;  // 0 without TLS
  std::vector<std::string> addresses;
  std::string
      certificate;  // PEM, of the server, signed by itself; for a client's list of trusted ones

  // "http://127.0.0.7:PORT/b/10240/d/200"; `which` counts around the addresses. "?…" may be added:
  // the server does not look at it.
  std::string url(const LoadPage& page, std::size_t which = 0) const;

  // The server's counters, asked for over a connection of its own; blocks.
  Result<LoadStats> stats() const;
};

boost::json::object to_json(const LoadOptions& options);
Result<LoadOptions> load_options_from(const boost::json::object& task);
boost::json::object to_json(const LoadSite& site);
Result<LoadSite> load_site_from(const boost::json::object& answer);

// A blocking connection to one of the addresses, with TCP_NODELAY and `patience` for each
// operation; the descriptor is the caller's.
Result<int> connect_to_load(const std::string& address, std::uint16_t port,
                            std::chrono::milliseconds patience = std::chrono::seconds(10));

}  // namespace scraper::bench
