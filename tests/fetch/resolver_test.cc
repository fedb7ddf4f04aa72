#include "fetch/resolver.h"

#include <atomic>
#include <boost/asio/co_spawn.hpp>
#include <boost/asio/io_context.hpp>
#include <boost/asio/steady_timer.hpp>
#include <future>
#include <latch>
#include <map>
#include <mutex>

#include "base/clock.h"
#include "tests/catch.h"

namespace scraper::fetch {

namespace {

namespace asio = boost::asio;

const auto kLoopback = asio::ip::make_address("127.0.0.1");

// What the resolver asks, counted. Answers 127.0.0.1 unless the name begins with "no".
class FakeNames {
 public:
  Resolution operator()(const std::string& host) {
    {
      std::lock_guard lock(mutex_);
      ++asked_[host];
    }
    if (host.substr(0, 2) == "no") return {{}, host + ": Name or service not known"};
    return {{kLoopback}, {}};
  }

  std::size_t asked(const std::string& host) {
    std::lock_guard lock(mutex_);
    return asked_[host];
  }

 private:
  std::mutex mutex_;
  std::map<std::string, std::size_t> asked_;
};

struct Fixture {
  using LookUp = std::function<Resolution(const std::string&)>;

  explicit Fixture(ResolverOptions options = {}, LookUp look_up = {})
      : resolver(io.get_executor(), [&] {
          options.look_up = look_up ? std::move(look_up) : std::ref(names);
          return options;
        }()) {}

  std::vector<Resolution> resolve(const std::vector<std::string>& hosts) {
    std::vector<Resolution> answers(hosts.size());
    for (std::size_t i = 0; i < hosts.size(); ++i) {
      asio::co_spawn(
          io, resolver.resolve(hosts[i]),
          [&answers, i](std::exception_ptr, Resolution r) { answers[i] = std::move(r); });
    }
    io.restart();
    io.run();
    return answers;
  }

  FakeNames names;
  asio::io_context io;
  Resolver resolver;
};

}  // namespace

TEST_CASE("a name is looked up once and then known") {
  Fixture f;
  CHECK(f.resolver.cached("a.example") == nullptr);
  CHECK(f.resolve({"a.example"})[0].addresses == std::vector{kLoopback});
  CHECK(f.resolve({"a.example"})[0].addresses == std::vector{kLoopback});
  REQUIRE(f.resolver.cached("a.example") != nullptr);
  CHECK(f.names.asked("a.example") == 1);
}

TEST_CASE("those who ask for one name at the same time share a look-up") {
  Fixture f;
  const auto answers = f.resolve(std::vector<std::string>(50, "a.example"));
  for (const auto& answer : answers) CHECK(answer.addresses == std::vector{kLoopback});
  CHECK(f.names.asked("a.example") == 1);
}

TEST_CASE("more names than threads are all answered") {
  ResolverOptions options;
  options.threads = 2;
  Fixture f(options);
  std::vector<std::string> hosts;
  for (int i = 0; i < 200; ++i) hosts.push_back("h" + std::to_string(i) + ".example");
  for (const auto& answer : f.resolve(hosts)) CHECK(answer.addresses.size() == 1);
}

TEST_CASE("a failure is told and kept, for a shorter time") {
  ResolverOptions options;
  options.keep_failure = std::chrono::seconds(0);
  Fixture kept;
  CHECK(kept.resolve({"nosuch.example"})[0].error == "nosuch.example: Name or service not known");
  kept.resolve({"nosuch.example"});
  CHECK(kept.names.asked("nosuch.example") == 1);
  Fixture not_kept(options);
  not_kept.resolve({"nosuch.example"});
  not_kept.resolve({"nosuch.example"});
  CHECK(not_kept.names.asked("nosuch.example") == 2);
}

TEST_CASE("the oldest names go when the cache is full") {
  ResolverOptions options;
  options.capacity = 2;
  Fixture f(options);
  f.resolve({"a.example"});
  f.resolve({"b.example"});
  f.resolve({"c.example"});
  CHECK(f.resolver.cached("a.example") == nullptr);
  CHECK(f.resolver.cached("b.example") != nullptr);
  CHECK(f.resolver.cached("c.example") != nullptr);
}

TEST_CASE("no more names wait than there is room for, and those refused may be asked again") {
  ResolverOptions options;
  options.threads = 1;
  options.capacity = 1;
  Fixture f(options);
  const auto answers =
      f.resolve({"a.example", "b.example", "c.example"});  // one at work, one waiting
  CHECK(answers[0].addresses.size() == 1);
  CHECK(answers[1].addresses.size() == 1);
  CHECK(answers[2].error == "c.example: too many names wait to be looked up");
  CHECK(f.resolve({"c.example"})[0].addresses.size() == 1);
}

TEST_CASE("a literal address is answered without a look-up") {
  Fixture f;
  CHECK(f.resolve({"[::1]"})[0].addresses == std::vector{asio::ip::make_address("::1")});
  CHECK(f.resolve({"192.0.2.1"})[0].addresses == std::vector{asio::ip::make_address("192.0.2.1")});
  CHECK(f.names.asked("[::1]") + f.names.asked("192.0.2.1") == 0);
}

TEST_CASE("a look-up that hangs does not hold up the end, nor write to who has gone") {
  auto blocked = std::make_shared<std::promise<void>>();
  auto ended = std::make_shared<std::latch>(1);
  const TimePoint start = SteadyClock::now();
  {
    auto asked = std::make_shared<std::promise<void>>();
    Fixture f({}, [asked, ended, wait = blocked->get_future().share()](const std::string&) {
      asked->set_value();
      wait.wait();
      ended->count_down();
      return Resolution{{kLoopback}, {}};
    });
    asio::co_spawn(f.io, f.resolver.resolve("slow.example"), [](std::exception_ptr, Resolution) {});
    f.io.poll();
    asked->get_future().wait();
  }
  CHECK(SteadyClock::now() - start < std::chrono::seconds(5));
  blocked->set_value();
  ended->wait();  // the abandoned thread goes on after its owner is gone, and touches nothing of it
}

TEST_CASE("the system's look-up knows localhost and says why it knows no other") {
  const Resolution local = look_up("localhost");
  REQUIRE_FALSE(local.addresses.empty());
  CHECK(local.addresses[0].is_loopback());
  const Resolution wrong = look_up("..");
  CHECK(wrong.addresses.empty());
  CHECK(wrong.error.substr(0, 4) == "..: ");
}

}  // namespace scraper::fetch
