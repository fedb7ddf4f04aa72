// What the load server is asked for, and the little of HTTP/1.1 (RFC 9112) that asking takes. Pure;
// any thread.
//
//     /b/SIZE[/d/MILLISECONDS][/n][?anything]    SIZE bytes of HTML, after that delay; with /n the
//     connection is closed afterwards /hang                                      never answered
//     /stats                                     the server's counters as JSON (load_stats.h)
//
// Everything else, robots.txt too, is 404; other methods than GET are 405; what is no request is
// 400 and the end of the connection.
#pragma once

#include <chrono>
#include <cstddef>
#include <cstdint>
#include <string>
#include <string_view>

namespace scraper::bench {

struct LoadRequest {
  enum class What { kBody, kHang, kStats, kNotFound, kNotAllowed, kBad };
  What what = What::kBad;
  std::uint64_t body = 0;  // bytes
  std::chrono::milliseconds delay{0};
  bool is_last =
      true;  // the connection is closed after the answer: asked for by the path or the client
};

inline constexpr std::size_t kMaxLoadHead = 8192;
inline constexpr std::uint64_t kMaxLoadBody = 1'000'000'000'000;
inline constexpr std::chrono::milliseconds kMaxLoadDelay = std::chrono::hours(1);

// Reads the request that `bytes` begins with and returns how many bytes it takes; 0 when it is not
// all there yet. What can become no request any more, more than kMaxLoadHead bytes of it too, is
// kBad and takes everything.
std::size_t read_load_request(std::string_view bytes, LoadRequest& request);

// The path that asks for that much, as above.
std::string load_path(std::uint64_t body, std::chrono::milliseconds delay, bool is_last);

}  // namespace scraper::bench
