// The pool of worker processes (build/scraper-parse): file, pipe and shm are this one pool, and
// what differs between them is the link's business (parse/worker_link.h).
//
// A worker opens no path. At its start it is given one SOCK_SEQPACKET socket and, unless the
// hand-off is pipe, sealed memfds; with file, read-only descriptors of segments follow over the
// socket when a task first names them. Up to 16 tasks a message, never waiting to fill one; answers
// in order. When a worker dies the first unanswered task is to blame: it is tried once more, alone
// in a fresh worker, then given up; the others are queued again and nobody notices.
//
// Workers are started with posix_spawn (never fork without exec) and closefrom, renewed after
// `renew_after` pages. No threads of its own. Owner's thread only.
#pragma once

#include <memory>
#include <vector>

#include "parse/workers/pool.h"

namespace scraper::parse {

class ProcessPool final : public ParsePool {
 public:
  // The options have been checked.
  static Result<std::unique_ptr<ParsePool>> start(boost::asio::any_io_executor owner,
                                                  PoolOptions options);
  ~ProcessPool() override;

  using ParsePool::parse;
  boost::asio::awaitable<ParseOutcome> parse(Place place, TaskKind kind,
                                             RecordBytes bytes) override;
  PoolStats stats() const override;
  std::vector<pid_t> worker_pids() const override;

 private:
  struct State;
  explicit ProcessPool(std::shared_ptr<State> state);
  std::shared_ptr<State>
      state_;  // held by what runs while the pool goes away: the awaiting coroutine may destroy it
};

}  // namespace scraper::parse
