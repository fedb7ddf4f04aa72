#include "parse/workers/pool.h"

#include "parse/workers/handoff.h"
#include "parse/workers/pool_processes.h"
#include "parse/workers/pool_threads.h"

namespace scraper::parse {

Result<std::unique_ptr<ParsePool>> ParsePool::start(boost::asio::any_io_executor owner,
                                                    PoolOptions options) {
  if (options.workers == 0) return usage_error("a parse pool needs at least one worker");
  if (!agent_fits(options.page))
    return usage_error("the product token for robots.txt is too long: at most 256 bytes");
  if (options.handoff == Handoff::kInline)
    return ThreadPool::start(std::move(owner), std::move(options));
  if (options.renew_after == 0)
    return usage_error("a parse worker must be kept for at least one page");
  if (options.ring_bytes < kMinRing)
    return usage_error("a parse worker's ring must hold two records: at least 64 MiB");
  return ProcessPool::start(std::move(owner), std::move(options));
}

}  // namespace scraper::parse
