// Names to addresses: our own resolver, bounded and cached, so that a look-up happens before a URL
// is leased and never inside a transfer (Debian's libcurl starts a thread for each look-up and
// joins it on cancel).
//
// A few threads block in getaddrinfo(3); the owner awaits. getaddrinfo tells no TTL, so answers are
// kept for `keep` and failures for `keep_failure`; the cache holds at most `capacity` names, the
// oldest go first. Concurrent requests for one name share one look-up. Methods are called on the
// owner's thread only.
#pragma once

#include <boost/asio/any_io_executor.hpp>
#include <boost/asio/awaitable.hpp>
#include <boost/asio/ip/address.hpp>
#include <chrono>
#include <cstddef>
#include <functional>
#include <memory>
#include <string>
#include <vector>

namespace scraper::fetch {

// At most 16 addresses are kept of an answer; none means `error` says why in one line
// ("nosuch.example: Name or service not known").
struct Resolution {
  std::vector<boost::asio::ip::address> addresses;
  std::string error;
  bool is_exhausted = false;  // we lack descriptors or memory: no word about the name, and not kept
};

// getaddrinfo(3) for a stream socket, in the order the system would try them (RFC 6724). Blocks;
// any thread.
Resolution look_up(const std::string& host);

struct ResolverOptions {
  std::size_t threads = 8;        // look-ups at once; started as they are needed
  std::size_t capacity = 65'536;  // names cached; also names that may wait for a look-up
  std::chrono::seconds keep{300};
  std::chrono::seconds keep_failure{30};
  std::function<Resolution(const std::string& host)> look_up =
      fetch::look_up;  // called on the resolver's threads
};

class Resolver {
 public:
  Resolver(boost::asio::any_io_executor owner, const ResolverOptions& options);
  Resolver(const Resolver&) = delete;
  Resolver& operator=(const Resolver&) = delete;

  // Who still waits is not answered any more. Waits at most a second for look-ups under way; one
  // that hangs longer is abandoned.
  ~Resolver();

  // The cached answer if there is one that is still good; never blocks. Valid until the next call
  // of resolve().
  const Resolution* cached(const std::string& host) const;

  // `host` as in Url::host(): a literal address is answered at once without a look-up.
  boost::asio::awaitable<Resolution> resolve(std::string host);

 private:
  struct State;
  std::unique_ptr<State> state_;
};

}  // namespace scraper::fetch
