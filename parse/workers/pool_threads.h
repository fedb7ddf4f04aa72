// The pool of threads: the hand-off inline. Documents are parsed in this process, on the bytes that
// are in memory where they are; what is not in memory a thread reads from the segment. What that
// gives up is said in parse/pool.h.
//
// A document that overruns CPU time or memory is left half-way (parse/arena.h), tried once more and
// then given up. Page records go through the same codec as a worker's: what it leaves out and mends
// is the same, so that the results are.
//
// Owner's thread only; the threads are in here.
#pragma once

#include <memory>
#include <vector>

#include "parse/workers/pool.h"

namespace scraper::parse {

class ThreadPool final : public ParsePool {
 public:
  // The options have been checked.
  static Result<std::unique_ptr<ParsePool>> start(boost::asio::any_io_executor owner,
                                                  PoolOptions options);
  ~ThreadPool() override;  // waits for the documents being parsed, each at most max_cpu where it
                           // can be stopped

  using ParsePool::parse;
  boost::asio::awaitable<ParseOutcome> parse(Place place, TaskKind kind,
                                             RecordBytes bytes) override;
  PoolStats stats() const override;
  std::vector<pid_t> worker_pids() const override { return {}; }

 private:
  struct State;
  explicit ThreadPool(std::shared_ptr<State> state);
  std::shared_ptr<State>
      state_;  // held by what runs while the pool goes away: the awaiting coroutine may destroy it
};

}  // namespace scraper::parse
