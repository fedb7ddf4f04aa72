// Transfer: all that one transfer is, whichever engine drives it: what libcurl is told, the
// callbacks that take head and body, the address guard, limits and time-outs, and what comes of it.
// The engines add only how a handle is driven and who owns its sockets.
//
// What libcurl is asked for is the URL that was judged: its own parser gets origin and path, dots
// are left alone, and the request target is given literally. Credentials in a URL are not sent. A
// Transfer must stay where it is while a handle points into it; it is used by one thread at a time,
// but for cancel().
#pragma once

#include <curl/curl.h>

#include <atomic>
#include <memory>
#include <optional>
#include <string>
#include <vector>

#include "base/capture.h"
#include "fetch/body_sink.h"
#include "fetch/fetcher.h"
#include "fetch/head_reader.h"
#include "fetch/outcome.h"
#include "fetch/tls_store.h"

namespace scraper::fetch {

struct SlistFree {
  void operator()(curl_slist* list) const { curl_slist_free_all(list); }
};
using Slist = std::unique_ptr<curl_slist, SlistFree>;

// False when there is no memory; then the list is as it was.
bool append(Slist& list, const std::string& line);

struct EasyFree {
  void operator()(CURL* easy) const { curl_easy_cleanup(easy); }
};
using Easy = std::unique_ptr<CURL, EasyFree>;

struct ShareFree {
  void operator()(CURLSH* share) const { curl_share_cleanup(share); }
};
using Share = std::unique_ptr<CURLSH, ShareFree>;

// A share that keeps connections from one easy handle to the next; used by one thread at a time, so
// it needs no locks. Null when there is no memory: then nothing is kept.
Share make_connection_share();

// Who knows the sockets of a connection. Outlives the connection.
//
// libcurl 7.88.1 tells of the end of a socket only when a connection was made on it; one that is
// still connecting (a time-out, a second address that was slower, a transfer that is cancelled) it
// closes without a word, and its number is soon somebody else's. Hence settle(): at the end of a
// transfer, for every socket that was opened in it.
class SocketOwner {
 public:
  virtual ~SocketOwner() = default;
  virtual bool opened(
      curl_socket_t socket) = 0;  // false: it must not be used (and is closed by the caller)
  virtual void closing(curl_socket_t socket) = 0;  // closes it
  virtual void settle(
      curl_socket_t socket) = 0;  // forgets it unless it is still the socket that was opened
};

// Which socket a descriptor stands for, across all that ever were; nothing for a descriptor that is
// closed or no socket.
std::optional<std::uint64_t> socket_identity(int descriptor);

// For CURLOPT_DNS_CACHE_TIMEOUT of the transfer with that number. Addresses stay until they are
// replaced or forgotten (Transfer::prepare); but every so many transfers libcurl is let drop those
// it was not asked for in ten minutes: IPv6 literals, which it cannot be told to forget by name.
// With a time-out always set it would walk its whole cache at the end of every transfer, and look
// a name up by itself when one expires while a transfer waits for a connection.
long dns_cache_timeout(std::uint64_t number_of_transfer);

// A turn of a loop that drives many transfers, and what keeps one of them from having the loop to
// itself: libcurl 7.88.1 reads from a socket as long as there is something to read, without end
// when a server sends faster than that is taken in (chunks of one byte, say). So a transfer takes
// its share in a turn and is paused until the next. The loop's thread.
struct Turn {
  std::uint64_t number = 1;
  std::vector<CURL*> paused;  // to be continued, by curl_easy_pause, in a later turn
};

// What all transfers of one engine have in common. Immutable but for `accounts`; any thread;
// outlives all transfers.
class TransferSetup {
 public:
  // Fails on a certificate file that cannot be read, a header that is none, a proxy of a kind we do
  // not know.
  static Result<std::unique_ptr<TransferSetup>> make(const FetchOptions& options);

  // A new handle with everything on it that is the same for all transfers.
  Easy make_easy(SocketOwner& sockets) const;

  FetchOptions options;
  TlsStore tls;
  Slist headers;
  Slist headers_with_secrets;
  std::shared_ptr<BodyAccounts> accounts = std::make_shared<BodyAccounts>();

 private:
  explicit TransferSetup(TlsStore store) : tls(std::move(store)) {}
};

class Transfer {
 public:
  Transfer(FetchRequest request, const TransferSetup& setup);
  Transfer(const Transfer&) = delete;
  Transfer& operator=(const Transfer&) = delete;

  // What can be answered without a connection: no address, or a target that a proxy must not be
  // asked for.
  std::optional<Outcome> refusal() const;

  // Points `easy` at this transfer. `forget` are names() of earlier transfers that libcurl need not
  // know any longer.
  void prepare(CURL* easy, SocketOwner& sockets, const std::vector<std::string>& forget);

  // For a transfer that is not alone on its thread. `turn` outlives it.
  void take_turns(Turn& turn) { turn_ = &turn; }

  // The capture, when libcurl is done with `easy`; once.
  Capture finish(CURL* easy, CURLcode code);

  // The capture of a transfer that was not begun.
  Capture finish_unbegun(Outcome outcome);

  // Any thread. What was begun ends at its next progress; the engine sees to it that this is soon.
  void cancel() { is_cancelled_.store(true); }
  bool is_cancelled() const { return is_cancelled_.load(); }

  const Url& url() const { return request_.url; }
  std::uint64_t id() const { return request_.id; }

  // The key under which libcurl keeps the addresses it was given ("example.org:80"); it cannot be
  // told to forget IPv6 literals, for which this is empty.
  std::string name() const;

 private:
  static std::size_t on_head(char* bytes, std::size_t size, std::size_t count, void* transfer);
  static std::size_t on_body(char* bytes, std::size_t size, std::size_t count, void* transfer);
  static int on_progress(void* transfer, curl_off_t, curl_off_t, curl_off_t, curl_off_t);
  static int on_debug(CURL*, curl_infotype type, char* bytes, std::size_t size, void* transfer);
  static curl_socket_t on_open_socket(void* transfer, curlsocktype purpose, curl_sockaddr* address);
  static int on_request(void* transfer, char* remote_address, char* local_address, int remote_port,
                        int local_port);

  bool has_had_its_share(std::size_t size);
  bool goes_elsewhere() const;  // --connect-to applies
  void set_target(CURL* easy);
  void set_names(CURL* easy, const std::vector<std::string>& forget);
  Outcome outcome(CURL* easy, CURLcode code) const;
  void measure(CURL* easy, Capture& capture) const;

  FetchRequest request_;
  const TransferSetup& setup_;
  Endpoint endpoint_;
  CURL* easy_ = nullptr;
  SocketOwner* sockets_ = nullptr;
  Slist resolve_;
  Slist connect_to_;
  HeadReader head_;
  BodySink body_;
  Turn* turn_ = nullptr;
  std::uint64_t own_turn_ = 0;  // the number of the last one it took part in
  std::uint64_t taken_ = 0;     // in that
  std::string request_head_;
  std::string remote_address_;
  std::string refused_address_;       // what the last refused one is
  std::optional<Error> local_fault_;  // why a socket could not be made
  std::vector<curl_socket_t> opened_;
  bool is_request_begun_ = false;
  bool has_moved_ = false;  // bytes came since the last progress
  bool is_stalled_ = false;
  WallTime started_{};
  TimePoint begun_{};
  TimePoint last_moved_{};
  std::atomic<bool> is_cancelled_{false};
  char error_buffer_[CURL_ERROR_SIZE] = {};
};

}  // namespace scraper::fetch
