#include "base/process.h"

#include <pthread.h>
#include <signal.h>
#include <unistd.h>

#include <atomic>
#include <string>

#include "base/clock.h"
#include "base/thread.h"
#include "tests/catch.h"

using namespace scraper;

TEST_CASE("a thread has its name and no signals, and is joined by its end") {
  for (const std::size_t stack : {kEngineStack, kSystemStack}) {
    std::atomic<bool> may_look{false};
    std::string name;
    bool is_blocked = false;
    {
      auto thread = Thread::start(
          "a name",
          [&] {
            may_look.wait(false);
            char text[16] = "";
            pthread_getname_np(pthread_self(), text, sizeof text);
            name = text;
            sigset_t mask;
            pthread_sigmask(SIG_SETMASK, nullptr, &mask);
            is_blocked = sigismember(&mask, SIGTERM) == 1 && sigismember(&mask, SIGPIPE) == 1;
          },
          stack);
      REQUIRE(thread.has_value());
      may_look = true;  // it has been named
      may_look.notify_one();
    }
    CHECK(name == "a name");
    CHECK(is_blocked);
  }
}

TEST_CASE("a thread that the system has no room for fails as exhausted") {
  const auto thread = Thread::start(
      "too large", [] {}, std::size_t{1} << 62);
  REQUIRE_FALSE(thread.has_value());
  CHECK(thread.error().code == Errc::kExhausted);
  CHECK(thread.error().context.find("cannot start thread too large: ") == 0);
}

TEST_CASE("the clock of a thread counts what it computes, whole microseconds are bounded") {
  const Duration before = thread_cpu();
  while (thread_cpu() == before) {
  }
  CHECK(thread_cpu() > before);
  CHECK(whole_micros(std::chrono::nanoseconds(1'999)) == 1);
  CHECK(whole_micros(std::chrono::hours(2)) == UINT32_MAX);
  CHECK(whole_micros(std::chrono::seconds(-1)) == 0);
}

TEST_CASE("the most memory of a process is known while it runs") {
  CHECK(peak_memory() > 0);
  CHECK(peak_memory(getpid()) >= 1u << 20);
  CHECK(peak_memory(0) == 0);
}
