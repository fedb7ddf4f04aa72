// The parse pool: worker processes (build/scraper-parse) that read captures from segments and answer with page records. The owner
// awaits a record as it awaits a transfer; processes, sockets, rings, deadlines and replacement stay in here.
//
// Hand-off "file": a worker opens no path. At its start it is given one SOCK_SEQPACKET socket and a sealed memfd, the ring its
// answers are written to; read-only descriptors of segments follow over the socket when a task first names them. Up to 16 tasks a
// message, never waiting to fill one; answers in order. When a worker dies the first unanswered task is to blame: it is tried once
// more, alone in a fresh worker, then given up; the others are queued again and nobody notices.
//
// Workers are started with posix_spawn (never fork without exec) and closefrom, renewed after `renew_after` pages. Owner's thread
// only; no threads of its own. That thread must live as long as the pool: workers are killed when the thread that started them
// ends.
#pragma once

#include <sys/types.h>

#include <boost/asio/any_io_executor.hpp>
#include <boost/asio/awaitable.hpp>
#include <chrono>
#include <cstddef>
#include <cstdint>
#include <functional>
#include <memory>
#include <string>
#include <vector>

#include "parse/outcome.h"
#include "parse/page.h"
#include "scraper/base/error.h"
#include "scraper/base/place.h"

namespace scraper::parse {

struct PoolOptions {
  std::string worker_path;  // the executable; empty: scraper-parse beside the running program
  std::size_t workers = 1;
  PageOptions page;
  std::chrono::milliseconds max_cpu{2'000};    // of one document
  std::chrono::milliseconds max_wall{10'000};  // of one document, kept by the owner
  std::uint64_t max_memory = 512ull << 20;     // a worker's address space beyond what it has at its start
  std::uint64_t renew_after = 100'000;         // documents
  std::size_t ring_bytes = 16u << 20;  // of each worker, at least two of the largest record; only what is used becomes resident
  // A read-only descriptor for a segment; the pool keeps the last few open and closes them. Owner's thread.
  std::function<Result<int>(std::uint32_t segment)> open_segment;
};

struct PoolStats {
  std::size_t workers = 0;
  std::size_t ready = 0;        // of these; the others are starting or ending
  std::size_t queued = 0;       // tasks not yet given to a worker
  std::size_t outstanding = 0;  // given, not yet answered
  std::uint64_t documents = 0;  // answered with a record
  std::uint64_t replaced = 0;   // workers that died or were killed
  std::uint64_t renewed = 0;
  std::chrono::nanoseconds busy{};  // sum over workers of the time a task was outstanding
  std::uint64_t peak_memory = 0;    // resident bytes of the largest worker that has ended or was asked
  double cpu_seconds = 0;           // of all workers, ended and live
};

class ParsePool {
 public:
  // Starts the workers. Fails when the executable is not there or a process cannot be started.
  static Result<std::unique_ptr<ParsePool>> start(boost::asio::any_io_executor owner, PoolOptions options);
  ~ParsePool();  // ends the workers it started and reaps them; nothing may be outstanding

  boost::asio::awaitable<ParseOutcome> parse(Place place, TaskKind kind);

  PoolStats stats() const;  // asks the kernel about each worker: for once a second, not for every page

  std::vector<pid_t> worker_pids() const;

 private:
  struct State;
  explicit ParsePool(std::shared_ptr<State> state);
  std::shared_ptr<State> state_;  // held by what runs while the pool goes away: the awaiting coroutine may destroy it
};

}  // namespace scraper::parse
