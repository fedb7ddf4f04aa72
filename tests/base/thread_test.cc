#include "base/thread.h"

#include <pthread.h>
#include <signal.h>

#include <atomic>
#include <string>

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
