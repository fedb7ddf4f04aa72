// For asio::co_spawn: a coroutine of ours that throws has met a mistake of ours, so it ends the
// program rather than be swallowed as by asio::detached. Any thread.
#pragma once

#include <exception>

namespace scraper {

inline constexpr auto kRethrow = [](std::exception_ptr e) {
  if (e) std::rethrow_exception(e);
};

}  // namespace scraper
