// A program that owns a parse pool of one worker, prints the worker's pid once that has answered,
// and waits to be killed.
#include <fcntl.h>

#include <boost/asio/co_spawn.hpp>
#include <boost/asio/detached.hpp>
#include <boost/asio/io_context.hpp>
#include <cstdio>

#include "parse/workers/pool.h"

namespace {

boost::asio::awaitable<void> announce(scraper::parse::ParsePool& pool) {
  co_await pool.parse(scraper::Place{0, 0, 10, 0}, scraper::parse::TaskKind::kPage);
  std::printf("%d\n", pool.worker_pids().at(0));
  std::fflush(stdout);
}

}  // namespace

int main() {
  boost::asio::io_context io;
  scraper::parse::PoolOptions options;
  options.open_segment = [](std::uint32_t) -> scraper::Result<int> {
    return ::open("/dev/null", O_RDONLY | O_CLOEXEC);
  };
  auto pool = scraper::parse::ParsePool::start(io.get_executor(), options);
  if (!pool) return 1;
  boost::asio::co_spawn(io, announce(**pool), boost::asio::detached);
  io.run();
}
