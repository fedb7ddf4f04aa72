// Fetcher: one transfer after another, many at once. Two engines stand behind it and give the same
// captures: `threads` (N threads, each blocking in a transfer) and `async` (no thread: the owner's
// Asio loop drives one curl multi handle). All that a transfer is (options, headers, limits,
// time-outs, guard, what an error is called) is written once, in fetch/transfer.h.
//
// Called on the owner's thread only. An engine's own threads are hidden; a capture is delivered on
// the owner's executor.
#pragma once

#include <boost/asio/any_io_executor.hpp>
#include <boost/asio/awaitable.hpp>
#include <boost/asio/ip/address.hpp>
#include <chrono>
#include <cstdint>
#include <memory>
#include <optional>
#include <string>
#include <vector>

#include "base/capture.h"
#include "base/error.h"
#include "base/url.h"
#include "fetch/address_guard.h"

namespace scraper::fetch {

enum class Engine { kThreads, kAsync };

// curl's --connect-to HOST1:PORT1:HOST2:PORT2: connect to the second where the URL says the first.
// Empty or 0: any / the same.
struct ConnectTo {
  std::string from_host;
  std::uint16_t from_port = 0;
  std::string to_host;
  std::uint16_t to_port = 0;
  static Result<ConnectTo> parse(std::string_view text);
};

// Where a connection for a URL really goes.
struct Endpoint {
  std::string host;
  std::uint16_t port = 0;
};

// The first entry that fits, else the URL's own host and port.
Endpoint endpoint_of(const Url& url, const std::vector<ConnectTo>& connect_to);

struct FetchOptions {
  std::string user_agent;
  std::vector<std::string> headers;         // "Name: value", sent with every request
  std::vector<std::string> secret_headers;  // the same, sent with requests that say so
  std::size_t concurrency = 256;  // transfers at once; threads engine: its number of threads. A
                                  // transfer takes three descriptors with threads, one with async,
                                  // and one for a spool file
  std::size_t idle_connections =
      256;  // kept open for reuse, in all; the longest idle is closed first
  std::chrono::milliseconds timeout{20'000};             // no byte for that long; also to connect
  std::chrono::milliseconds max_transfer_time{300'000};  // a whole transfer
  std::uint64_t max_body =
      16ull << 20;  // bytes of body kept; the rest is not read and the capture says truncated
  std::uint64_t max_head = 256ull << 10;  // bytes of header block, interim responses and trailers
  std::uint64_t spool_past = 1ull << 20;  // a body that grows past this goes to a spool file
  std::uint64_t body_memory =
      64ull << 20;              // bodies in memory in all; past it every body goes to a spool file
  std::string spool_directory;  // where spool files (O_TMPFILE) are made
  std::string proxy;         // empty: none; the environment's is never used unless it is given here
  std::string ca_file;       // PEM bundle instead of the system's
  bool is_insecure = false;  // certificates are not verified
  std::vector<ConnectTo> connect_to;
  std::shared_ptr<const AddressGuard> guard;
};

struct FetchRequest {
  Url url;
  std::vector<boost::asio::ip::address>
      addresses;  // of endpoint_of(url); empty when a proxy is used
  std::uint64_t id =
      0;  // to cancel it by; of no other transfer in flight. 0: never cancelled alone
  std::optional<std::uint64_t> max_body{};  // instead of the options'
  bool sends_secrets = false;               // the options' secret_headers too
};

// Counted since the engine was made. Read on the owner's thread.
struct FetchStats {
  std::uint64_t transfers = 0;
  std::uint64_t connections = 0;  // opened
  std::uint64_t received_bytes = 0;
  std::size_t in_flight = 0;
  std::size_t threads = 0;       // the engine's own
  std::size_t most_spooled = 0;  // spool files at once, at most
  std::uint64_t pauses =
      0;  // how often a transfer had to leave the loop to others with bytes left to take in
};

class Fetcher {
 public:
  virtual ~Fetcher() =
      default;  // all transfers have ended: cancel_all first, then await what is in flight

  // Never more at once than `concurrency`: the owner counts. Ends with a Capture whatever happens.
  virtual boost::asio::awaitable<Capture> fetch(FetchRequest request) = 0;

  // The transfer with that id, if it is in flight, ends within a second, as kCancelled; the others
  // go on.
  virtual void cancel(std::uint64_t id) = 0;

  // Everything in flight ends within a second, as kCancelled; what is asked afterwards ends so at
  // once.
  virtual void cancel_all() = 0;

  virtual FetchStats stats() const = 0;
};

// Fails when the TLS store, a thread or a multi handle cannot be made. `owner` is where captures
// are delivered.
Result<std::unique_ptr<Fetcher>> make_fetcher(Engine engine, const FetchOptions& options,
                                              boost::asio::any_io_executor owner);

// "libcurl/7.88.1 OpenSSL/3.0.17 …" and its features, for --version.
std::string library_version();

}  // namespace scraper::fetch
