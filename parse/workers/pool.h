// The parse pool: captures go in, page records come out. The owner awaits a record as it awaits a
// transfer; who parses, how the bytes get there and how the answer comes back stays in here. One
// interface, four hand-offs:
//
//   file    processes. A worker reads the record from the segment, at its place; its answer lies in
//   a shared ring. pipe    processes. Record and answer go through the socket, byte for byte. shm
//   processes. The owner copies the record into a shared ring, where the worker parses it; the
//   answer as with `file`. inline  threads of this process, on the bytes that are in memory
//   already. Nothing is copied.
//
// Same documents, same records, whichever it is. A document that overruns its CPU time or memory is
// tried once more and then given up with the same words. What `inline` cannot keep: a crash of the
// parser is a crash of this process; wall time is not bounded; CPU time and memory are looked at
// from inside gumbo's tree builder only (parse/arena.h), where all known bombs go off, CPU time
// also when the document is done; and what the parser leaks or breaks stays. The three others keep
// everything.
//
// `bytes` is the record itself, when it is still in memory; it is given back as soon as it has been
// copied, sent or parsed. Without it, or when a document is tried again, the record is read from
// its place: by the worker (file), by the owner (pipe, shm), by the thread (inline). `file` drops
// it at once.
//
// Owner's thread only. That thread must live as long as the pool: workers are killed when the
// thread that started them ends.
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
#include <utility>
#include <vector>

#include "base/error.h"
#include "base/place.h"
#include "base/record_bytes.h"
#include "parse/outcome.h"
#include "parse/page.h"
#include "parse/workers/handoff_kind.h"

namespace scraper::parse {

struct PoolOptions {
  Handoff handoff = Handoff::kFile;
  std::string worker_path;  // the executable; empty: scraper-parse beside the running program. Not
                            // for inline
  std::size_t workers = 1;  // processes or threads
  PageOptions page;
  std::chrono::milliseconds max_cpu{2'000};    // of one document
  std::chrono::milliseconds max_wall{10'000};  // of one document, kept by the owner. Not for inline
  std::uint64_t max_memory = 512ull << 20;     // a worker's address space beyond what it has at its
                                               // start; inline: of a document's tree
  std::uint64_t renew_after = 100'000;         // documents. Not for inline
  std::size_t ring_bytes =
      64u << 20;  // for the answers of each worker, at least two of the largest record; only what
                  // is used becomes resident. For file and shm
  // A read-only descriptor for a segment; the pool keeps the last few open and closes them. Owner's
  // thread.
  std::function<Result<int>(std::uint32_t segment)> open_segment;
};

struct PoolStats {
  std::size_t workers = 0;
  std::size_t ready = 0;        // of these; the others are starting or ending
  std::size_t queued = 0;       // tasks not yet given to a worker
  std::size_t outstanding = 0;  // given, not yet answered
  std::uint64_t documents = 0;  // answered with a record
  std::uint64_t replaced =
      0;  // workers that died or were killed; inline: documents that were left half-way
  std::uint64_t renewed = 0;
  std::chrono::nanoseconds busy{};  // sum over workers of the time a task was outstanding
  std::uint64_t peak_memory = 0;    // resident bytes of the largest worker that has ended or was
                                    // asked; inline: 0, it has none of its own
  double cpu_seconds = 0;           // of all workers, ended and live
};

class ParsePool {
 public:
  // Starts the workers. Fails when the executable is not there or a process or thread cannot be
  // started.
  static Result<std::unique_ptr<ParsePool>> start(boost::asio::any_io_executor owner,
                                                  PoolOptions options);

  ParsePool() = default;
  ParsePool(const ParsePool&) = delete;
  ParsePool& operator=(const ParsePool&) = delete;

  // Ends the workers and waits for them; nothing may be outstanding. The coroutine that was resumed
  // with the last record may do it.
  virtual ~ParsePool() = default;

  // `bytes` must be those of `place`.
  virtual boost::asio::awaitable<ParseOutcome> parse(Place place, TaskKind kind,
                                                     RecordBytes bytes) = 0;
  // No default argument: g++ 12 destroys a temporary twice that is made among the arguments of a
  // co_await.
  boost::asio::awaitable<ParseOutcome> parse(Place place, TaskKind kind) {
    return parse(place, kind, RecordBytes());
  }

  virtual PoolStats stats()
      const = 0;  // asks the kernel about each worker: for once a second, not for every page

  virtual std::vector<pid_t> worker_pids() const = 0;  // none of inline
};

}  // namespace scraper::parse
