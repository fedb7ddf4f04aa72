// The load server's work: one thread, one epoll, thousands of connections.
//
// Connections are watched once, edge-triggered, so that an answered request costs one read and one
// write and nothing else but its share of an epoll_wait. A connection reads only while it owes no
// answer: what a client sends early (pipelining) waits in the socket. Nothing is allocated for a
// request unless it comes in pieces.
//
// A client that closes its side while an answer is being waited for is taken to have given up.
#pragma once

#include <openssl/ossl_typ.h>
#include <sys/epoll.h>

#include <array>
#include <atomic>
#include <cstddef>
#include <cstdint>
#include <deque>
#include <span>
#include <string>
#include <string_view>
#include <vector>

#include "base/clock.h"
#include "base/descriptor.h"
#include "base/error.h"
#include "bench/load/listen.h"
#include "bench/load/reply.h"
#include "bench/load/request.h"
#include "bench/load/stats.h"
#include "bench/load/stream.h"

namespace scraper::bench {

// What all threads of a load server share.
struct LoadShared {
  LoadListeners plain;
  LoadListeners tls;                  // none without TLS
  SSL_CTX* tls_context = nullptr;     // not owned
  std::deque<LoadCounters> counters;  // one a thread
  std::atomic<std::uint64_t> open{0};
  std::atomic<std::uint64_t> most_open{0};

  LoadStats stats() const;  // any thread
};

class LoadLoop {
 public:
  // `shared` outlives it; `own` is among its counters.
  LoadLoop(LoadShared& shared, LoadCounters& own) : shared_(shared), own_(own) {}

  // Serves until the other end of `until_closed` (a pipe's or socket's) is closed.
  Result<void> run(int until_closed);

 private:
  enum class State {
    kReading,    // owes nothing
    kWaiting,    // for the time of its answer, or forever
    kWriting,    // an answer is under way
    kLingering,  // has sent the last: waits for the client to close, so that no reset overtakes the
                 // answer (RFC 9112, 9.6)
  };
  struct Connection {
    LoadStream stream;
    State state = State::kReading;
    std::uint32_t generation = 1;  // of this place: tells a connection from the one before
    bool is_readable = false;      // the system said so and was not emptied since
    bool is_ending = false;        // the client has closed its side
    std::size_t lingered = 0;      // bytes thrown away
    std::string early;             // bytes of requests that are not whole, or not their turn
    LoadRequest request;
    LoadReply reply;
  };
  struct Due {
    TimePoint when;
    std::uint64_t id;
    bool operator<(const Due& other) const {
      return when > other.when;
    }  // std's heaps have the greatest on top
  };

  Result<void> watch(int descriptor, std::uint32_t events, std::uint64_t id);
  Result<void> watch_all(int until_closed);
  int wait(std::span<epoll_event> events);
  void take(const epoll_event& event);
  void answer_due();

  void accept_from(int listener, SSL_CTX* context);
  void accept_and_close(int listener);
  void open(Descriptor socket, SSL_CTX* context);
  void drop(std::uint32_t place);
  Connection* find(std::uint64_t id);
  std::uint64_t id_of(std::uint32_t place) const;

  // Turns of one connection (load_turn.cc). Those that return bool say whether there is more to do
  // now.
  void serve(std::uint32_t place);
  bool turn(std::uint32_t place);
  bool begin_early(std::uint32_t place);
  bool begin_next(std::uint32_t place);
  LoadStream::Done read(Connection& connection);
  std::size_t begin(std::uint32_t place, std::string_view bytes);
  void begin_answer(std::uint32_t place);
  bool write(std::uint32_t place);
  bool end_answer(std::uint32_t place);
  bool linger(std::uint32_t place);
  bool lose(std::uint32_t place);

  LoadShared& shared_;
  LoadCounters& own_;
  Descriptor epoll_;
  Descriptor reserve_;  // given up for a moment to accept and close what there is no descriptor for
  bool is_ended_ = false;
  std::deque<Connection> connections_;  // a place is used again
  std::vector<std::uint32_t> free_;
  std::vector<Due> due_;              // a heap
  std::vector<std::uint64_t> again_;  // connections whose turn ended before their work
  std::array<char, 16'384> buffer_;
};

}  // namespace scraper::bench
