#include "bench/engines/idle_tasks.h"

#include <fmt/format.h>

#include <atomic>
#include <boost/asio/co_spawn.hpp>
#include <boost/asio/executor_work_guard.hpp>
#include <boost/asio/io_context.hpp>
#include <chrono>
#include <functional>
#include <optional>
#include <utility>

#include "base/channel.h"
#include "base/clock.h"
#include "base/completion.h"
#include "base/rethrow.h"
#include "base/thread.h"
#include "bench/process_usage.h"

namespace scraper::bench {

namespace asio = boost::asio;

namespace {

constexpr int kRounds = 20'000;  // there and back

double milliseconds_since(TimePoint start) { return seconds(SteadyClock::now() - start) * 1e3; }

struct Life {
  double start_ms = 0;
  double end_ms = 0;
  double memory = 0;  // bytes a task
};

double memory_each(std::uint64_t before, std::size_t count) {
  const std::uint64_t after = ProcessSize::now().resident;
  return after < before ? 0 : static_cast<double>(after - before) / static_cast<double>(count);
}

Result<Life> live_as_threads(std::size_t count) {
  Channel<int> idle(1);
  Channel<int> all_there(1);
  std::atomic<std::size_t> running{0};
  std::vector<Thread> threads;
  threads.reserve(count);
  const auto be_idle = [&] {
    if (running.fetch_add(1) + 1 == count) all_there.try_push(1);
    idle.pop();
  };
  Life life;
  const std::uint64_t before = ProcessSize::now().resident;
  const TimePoint start = SteadyClock::now();
  for (std::size_t i = 0; i < count; ++i) {
    auto thread = Thread::start("idle", be_idle);
    if (!thread) {
      idle.close();
      return thread.error();
    }
    threads.push_back(std::move(*thread));
  }
  all_there.pop();
  life.start_ms = milliseconds_since(start);
  life.memory = memory_each(before, count);
  const TimePoint end = SteadyClock::now();
  idle.close();
  threads.clear();  // joins
  life.end_ms = milliseconds_since(end);
  return life;
}

asio::awaitable<void> wait_for(Completion<int>* place) {
  auto keep = [place](Completion<int> done) { *place = std::move(done); };
  co_await suspend_for<int>(std::move(keep));
}

Life live_as_coroutines(std::size_t count) {
  asio::io_context io{1};
  std::vector<Completion<int>> waiting(count);
  Life life;
  const std::uint64_t before = ProcessSize::now().resident;
  const TimePoint start = SteadyClock::now();
  for (Completion<int>& place : waiting) asio::co_spawn(io, wait_for(&place), kRethrow);
  io.poll();
  life.start_ms = milliseconds_since(start);
  life.memory = memory_each(before, count);
  const TimePoint end = SteadyClock::now();
  for (Completion<int>& place : waiting) place(1);
  io.restart();
  io.run();
  life.end_ms = milliseconds_since(end);
  return life;
}

// What a round trip of kRounds cost: one way, and the process's switches each way.
struct Handing {
  double micros = 0;
  double switches = 0;
};

class Stopwatch {
 public:
  Handing stop() const {
    const Usage after = Usage::now();
    constexpr double kWays = 2.0 * kRounds;
    const auto switches = [](const Usage& usage) {
      return usage.switches_voluntary + usage.switches_involuntary;
    };
    return {seconds(after.at - before_.at) * 1e6 / kWays,
            static_cast<double>(switches(after) - switches(before_)) / kWays};
  }

 private:
  Usage before_ = Usage::now();
};

// A thread that gives back what it is given, until the channel is closed.
Result<Thread> start_echo(Channel<int>& in, std::function<void(int)> back) {
  return Thread::start("echo", [&in, back = std::move(back)] {
    while (auto value = in.pop()) back(*value);
  });
}

Result<Handing> hand_between_threads() {
  Channel<int> there(1);
  Channel<int> back(1);
  auto echo = start_echo(there, [&](int value) { back.try_push(int{value}); });
  if (!echo) return echo.error();
  const Stopwatch watch;
  for (int i = 0; i < kRounds; ++i) {
    there.try_push(int{i});
    back.pop();
  }
  const Handing handing = watch.stop();
  there.close();
  return handing;
}

// A coroutine's end of a border: values come by a mailbox and wake whoever waits.
class Inlet {
 public:
  explicit Inlet(asio::io_context& io)
      : mailbox_(io.get_executor(), [this](int value) { std::exchange(waiting_, {})(value); }) {}

  void post(int value) { mailbox_.post(value); }  // any thread

  asio::awaitable<int> next() {
    auto keep = [this](Completion<int> done) { waiting_ = std::move(done); };
    return suspend_for<int>(std::move(keep));
  }

 private:
  Completion<int> waiting_;
  Mailbox<int> mailbox_;
};

// Throws the value over `throw_it` and waits for it in `inlet`, again and again; then `done` is
// called.
asio::awaitable<void> play(Inlet& inlet, std::function<void(int)> throw_it,
                           std::function<void()> done) {
  for (int i = 0; i < kRounds; ++i) {
    throw_it(i);
    co_await inlet.next();
  }
  done();
}

asio::awaitable<void> echo(Inlet& inlet, std::function<void(int)> back) {
  for (int i = 0; i < kRounds; ++i) {
    const int value = co_await inlet.next();
    back(value);
  }
}

Handing hand_between_coroutines() {
  asio::io_context io{1};
  Inlet a(io);
  Inlet b(io);
  asio::co_spawn(io, echo(b, [&a](int value) { a.post(value); }), kRethrow);
  asio::co_spawn(io,
                 play(
                     a, [&b](int value) { b.post(value); }, [] {}),
                 kRethrow);
  const Stopwatch watch;
  io.run();
  return watch.stop();
}

// The owner's coroutine and a thread of the threads engine: Channel there, Mailbox back.
Result<Handing> hand_to_a_thread() {
  asio::io_context io{1};
  const auto work = asio::make_work_guard(io);
  Inlet inlet(io);
  Channel<int> there(1);
  auto thread = start_echo(there, [&inlet](int value) { inlet.post(value); });
  if (!thread) return thread.error();
  asio::co_spawn(
      io,
      play(
          inlet, [&there](int value) { there.try_push(int{value}); }, [&io] { io.stop(); }),
      kRethrow);
  const Stopwatch watch;
  io.run();
  const Handing handing = watch.stop();
  there.close();
  return handing;
}

// A coroutine and one on a loop of another thread, by mailboxes: what an engine with a loop of its
// own would pay. `async` has none.
Result<Handing> hand_to_a_loop() {
  asio::io_context io{1};
  asio::io_context loop{1};
  const auto work = asio::make_work_guard(io);
  Inlet inlet(io);
  Inlet loop_inlet(loop);
  asio::co_spawn(loop, echo(loop_inlet, [&inlet](int value) { inlet.post(value); }), kRethrow);
  const auto loop_work = asio::make_work_guard(loop);
  loop.poll();  // it waits in its inlet before anything can come
  auto thread = Thread::start("loop", [&loop] { loop.run(); });
  if (!thread) return thread.error();
  const auto stop = [&io, &loop] {
    io.stop();
    loop.stop();
  };
  asio::co_spawn(io,
                 play(
                     inlet, [&loop_inlet](int value) { loop_inlet.post(value); }, stop),
                 kRethrow);
  const Stopwatch watch;
  io.run();
  return watch.stop();
}

TaskValue handed(std::string what, const Handing& handing, std::string about) {
  return {std::move(what), "us", std::move(about), handing.micros, handing.switches};
}

}  // namespace

Result<std::vector<TaskValue>> measure_life(fetch::Engine engine, std::size_t count) {
  const bool is_threads = engine == fetch::Engine::kThreads;
  const auto life = is_threads ? live_as_threads(count) : Result<Life>(live_as_coroutines(count));
  if (!life) return life.error();
  const std::string_view task = is_threads ? "threads, each blocked in a channel"
                                           : "coroutines, each waiting for its completion";
  return std::vector<TaskValue>{
      {fmt::format("start {}", count),
       "ms",
       fmt::format("from the first start until {} {} all run", count, task),
       life->start_ms,
       {}},
      {fmt::format("end {}", count),
       "ms",
       fmt::format("from the call that wakes them until {} {} are gone", count, task),
       life->end_ms,
       {}},
      {"memory a task", "bytes", fmt::format("resident, of {} {}", count, task), life->memory, {}}};
}

Result<std::vector<TaskValue>> measure_handing_over(fetch::Engine engine) {
  const bool is_threads = engine == fetch::Engine::kThreads;
  const auto near =
      is_threads ? hand_between_threads() : Result<Handing>(hand_between_coroutines());
  if (!near) return near.error();
  const auto across = is_threads ? hand_to_a_thread() : hand_to_a_loop();
  if (!across) return across.error();
  return std::vector<TaskValue>{
      handed("hand a value over", *near,
             is_threads ? "one way of a value that goes to and fro between two threads by channels"
                        : "one way of a value that goes to and fro between two coroutines of one "
                          "loop by mailboxes"),
      is_threads ? handed("hand a value over, owner to engine", *across,
                          "one way of a value that goes to and fro between the owner's coroutine "
                          "and a thread: channel there, mailbox back")
                 : handed("hand a value over, to a loop on another thread", *across,
                          "one way of a value that goes to and fro between coroutines on the loops "
                          "of two threads, by mailboxes: what the "
                          "engine would pay if its loop were on a thread of its own; it is not")};
}

}  // namespace scraper::bench
