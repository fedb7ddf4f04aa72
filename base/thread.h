// Thread: an OS thread with a name, for what blocks. All signals are blocked in it: they are the
// owner's affair, and a write to a connection that was reset must not end the program (SIGPIPE).
#pragma once

#include <pthread.h>

#include <cstddef>
#include <functional>
#include <string>

#include "base/error.h"
#include "base/sanitized.h"

namespace scraper {

// Of the many threads that wait for the network. Measured on Debian 12: transfers with TLS
// handshakes and HTTP/2 touch 20 KiB, getaddrinfo(3) 16 KiB; the rest is for other NSS modules and
// never becomes memory. Sanitizers put red zones around every variable.
inline constexpr std::size_t kEngineStack = kIsSanitized ? 4u << 20 : 256u << 10;

// As large as the system gives: for the few that run libraries or parsers.
inline constexpr std::size_t kSystemStack = 0;

class Thread {
 public:
  // `name` as top(1) shows it, at most 15 bytes. Fails (kExhausted) when the system has no thread
  // left. What `run` throws ends the program.
  static Result<Thread> start(const std::string& name, std::function<void()> run,
                              std::size_t stack = kEngineStack);

  Thread(Thread&& other) noexcept;
  Thread& operator=(Thread&& other) = delete;
  ~Thread();  // joins, unless detached

  // Nobody waits for it any more: it must own all that it touches.
  void detach();

 private:
  explicit Thread(pthread_t id) : id_(id), is_joinable_(true) {}

  pthread_t id_;
  bool is_joinable_;
};

}  // namespace scraper
