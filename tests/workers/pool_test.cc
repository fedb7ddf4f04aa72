#include "parse/workers/pool.h"

#include <sys/wait.h>

#include <boost/asio/co_spawn.hpp>
#include <cerrno>
#include <csignal>
#include <exception>
#include <fstream>
#include <thread>

#include "parse/record_codec.h"
#include "tests/catch.h"
#include "tests/workers/rig.h"

namespace scraper::parse {
namespace {

Way any_way() { return GENERATE(from_range(all_ways())); }
Way any_way_of_processes() { return GENERATE(from_range(ways_of_processes())); }

TEST_CASE("a page goes through a worker and its record comes back") {
  const Way way = any_way();
  CAPTURE(to_string(way));
  Rig rig(way);
  rig.start();
  rig.ask_page("Of mice");
  rig.run();
  const auto& record = std::get<PageRecord>(rig.outcome(0));
  CHECK(record.title == "Of mice");
  CHECK(record.status == 200);
  CHECK(record.fault == PageFault::kNone);
}

TEST_CASE("every page gets its own record, whatever the way and the number of workers") {
  const auto workers = static_cast<std::size_t>(GENERATE(1, 2, 5));
  const Way way = any_way();
  CAPTURE(workers, to_string(way));
  Rig rig(way);
  rig.options.workers = workers;
  rig.start();
  for (int i = 0; i < 300; ++i) rig.ask_page("page " + std::to_string(i));
  rig.run();
  for (std::size_t i = 0; i < 300; ++i) REQUIRE(rig.title(i) == "page " + std::to_string(i));
  const PoolStats stats = rig.pool().stats();
  CHECK(stats.workers == workers);
  CHECK(stats.documents == 300);
  CHECK(stats.replaced == 0);
  CHECK(stats.outstanding == 0);
  CHECK(stats.queued == 0);
  CHECK(stats.busy.count() > 0);
  CHECK(stats.cpu_seconds > 0);
  CHECK((stats.peak_memory > 0) == !rig.is_inline());
}

TEST_CASE("thousands of small records go through every way, in any order") {
  const Way way = any_way();
  CAPTURE(to_string(way));
  Rig rig(way);
  rig.options.workers = 2;
  rig.start();
  for (int round = 0; round < 5; ++round) {
    for (int i = 0; i < 1'000; ++i) rig.ask_page(std::to_string(round * 1'000 + i));
    rig.run();
  }
  for (std::size_t i = 0; i < 5'000; ++i) REQUIRE(rig.title(i) == std::to_string(i));
}

// More in all than what may be on the way to a worker at once, among small ones.
TEST_CASE("records of 2 and 20 MB go through every way, and small ones between them") {
  const Way way = any_way();
  CAPTURE(to_string(way));
  Rig rig(way);
  rig.options.page.max_ratio = 1'000'000;
  rig.start();
  const std::string megabyte(1u << 20, 'x');
  std::vector<std::string> titles;
  for (const int size : {2, 20, 2, 20, 20}) {
    titles.push_back(std::to_string(titles.size()));
    std::string body = "<title>" + titles.back() + "</title><!--";
    for (int i = 0; i < size; ++i) body += megabyte;
    rig.ask(rig.archive.add(body + "-->"));
    titles.push_back("small");
    rig.ask_page("small");
  }
  rig.run();
  for (std::size_t i = 0; i < titles.size(); ++i) REQUIRE(rig.title(i) == titles[i]);
  CHECK(rig.pool().stats().replaced == 0);
}

TEST_CASE("an echo brings the body back as it is, or nothing when no text is wanted") {
  const Way way = any_way();
  const bool wants_text = GENERATE(false, true);
  const auto size = static_cast<std::size_t>(GENERATE(0, 1, 1'000, 35'000, 3'000'000));
  CAPTURE(to_string(way), wants_text, size);
  Rig rig(way);
  rig.options.page.wants_text = wants_text;
  rig.start();
  std::string body(size, '<');
  for (std::size_t i = 0; i < size; ++i) body[i] = static_cast<char>(' ' + i % 90);
  const Place place = rig.archive.add(body);
  rig.ask(place, TaskKind::kEcho);
  rig.run();
  const auto& record = std::get<PageRecord>(rig.outcome(0));
  CHECK(record.fault == PageFault::kNone);
  CHECK(record.decoded_size == size);
  CHECK((record.text == (wants_text ? body : "")));
}

TEST_CASE("an echo reads every byte: one that is not as it was written is found") {
  const Way way = any_way();
  CAPTURE(to_string(way));
  Rig rig(way);
  rig.start();
  Place place = rig.archive.add("body");
  place.crc32c ^= 1;
  rig.ask(place, TaskKind::kEcho);
  rig.run();
  CHECK(std::get<PageRecord>(rig.outcome(0)).fault == PageFault::kBadRecord);
}

TEST_CASE("bytes that cannot be those of the place are not used") {
  const Way way = any_way();
  CAPTURE(to_string(way));
  Rig rig(way);
  rig.start();
  const Place place = rig.archive.add_page("right");
  const Place other = rig.archive.add_page("another, and longer");
  rig.ask_with(place, rig.archive.bytes_at(other));
  rig.run();
  CHECK(rig.title(0) == "right");
}

// The engine's budget for bodies is what bounds them: they must be gone when the record is there,
// and not before nobody needs them.
TEST_CASE("the bytes of a record are given back while its page is parsed") {
  const Way way = any_way();
  CAPTURE(to_string(way));
  Rig rig(way);
  rig.start();
  std::weak_ptr<void> held;
  const Place place = rig.archive.add_page("held");
  RecordBytes bytes = rig.archive.bytes_at(place);
  {
    const std::shared_ptr<void> hold = std::make_shared<int>(1);
    held = hold;
    bytes.body.hold = hold;
  }
  rig.ask_with(place, std::move(bytes));
  rig.run();
  CHECK(rig.title(0) == "held");
  CHECK(held.expired());
}

TEST_CASE("inline has the threads it was asked for and no process") {
  const auto threads = [] {
    std::ifstream status("/proc/self/status");
    for (std::string line; std::getline(status, line);) {
      if (line.starts_with("Threads:")) return std::stoul(line.substr(8));
    }
    return 0UL;
  };
  std::thread([] {}).join();  // with the first of them a sanitizer may start one of its own
  const auto before = threads();
  Rig rig({Handoff::kInline, true});
  rig.options.workers = 3;
  rig.start();
  CHECK(threads() == before + 3);
  CHECK(rig.pool().worker_pids().empty());
  rig.ask_page("page");
  rig.run();
  CHECK(::waitpid(-1, nullptr, WNOHANG) == -1);
  rig.stop();
  CHECK(threads() == before);
}

TEST_CASE(
    "a worker has at most 32 pages outstanding and the rest waits where anybody can take it") {
  const Way way = any_way_of_processes();
  CAPTURE(to_string(way));
  Rig rig(way);
  rig.start();
  rig.warm_up();
  REQUIRE(::kill(rig.pool().worker_pids()[0], SIGSTOP) == 0);
  for (int i = 0; i < 100; ++i) rig.ask_page("page " + std::to_string(i));
  rig.run_until([&] { return rig.pool().stats().outstanding > 0; });
  CHECK(rig.pool().stats().outstanding == 32);
  CHECK(rig.pool().stats().queued == 68);
  REQUIRE(::kill(rig.pool().worker_pids()[0], SIGCONT) == 0);
  rig.run();
  for (std::size_t i = 0; i < 100; ++i) REQUIRE(rig.title(i + 1) == "page " + std::to_string(i));
}

TEST_CASE("pages asked for in one turn are shared out equally") {
  const Way way = any_way_of_processes();
  CAPTURE(to_string(way));
  Rig rig(way);
  rig.options.workers = 2;
  rig.start();
  rig.run_until([&] { return rig.pool().stats().ready == 2; });
  const std::vector<pid_t> pids = rig.pool().worker_pids();
  for (const pid_t pid : pids) REQUIRE(::kill(pid, SIGSTOP) == 0);
  for (int i = 0; i < 4; ++i) rig.ask_page("page");
  rig.run_until([&] { return rig.pool().stats().outstanding == 4; });
  REQUIRE(::kill(pids[0], SIGCONT) == 0);
  rig.run_until([&] { return rig.pool().stats().outstanding == 2; });
  REQUIRE(::kill(pids[1], SIGCONT) == 0);
  rig.run();
  CHECK(rig.pool().stats().documents == 4);
}

TEST_CASE("pages of more segments than a worker keeps open are all read") {
  const auto segments = static_cast<std::uint32_t>(GENERATE(2, 5, 11));
  const Way way = any_way();
  CAPTURE(to_string(way));
  Rig rig(way);
  rig.start();
  for (std::uint32_t i = 0; i < 120; ++i)
    rig.ask(rig.archive.add_page("page " + std::to_string(i), i % segments));
  rig.run();
  for (std::size_t i = 0; i < 120; ++i) REQUIRE(rig.title(i) == "page " + std::to_string(i));
}

TEST_CASE("records that fill the ring more than twice come back whole") {
  const Way way = GENERATE(Way{Handoff::kFile, false}, Way{Handoff::kPipe, true},
                           Way{Handoff::kShm, true}, Way{Handoff::kInline, true});
  CAPTURE(to_string(way));
  Rig rig(way);
  rig.options.page.wants_text = true;
  rig.start();
  std::vector<std::string> texts;
  for (int i = 0; i < 18; ++i) {
    texts.push_back(std::string(1'500'000 + static_cast<std::size_t>(i) * 100'000,
                                static_cast<char>('a' + i % 26)));
    rig.ask(rig.archive.add("<title>" + std::to_string(i) + "</title><p>" + texts.back()));
  }
  rig.run();
  for (std::size_t i = 0; i < 18; ++i) {
    REQUIRE(rig.title(i) == std::to_string(i));
    REQUIRE(std::get<PageRecord>(rig.outcome(i)).text.ends_with(texts[i]));
  }
  CHECK(rig.pool().stats().replaced == 0);
}

TEST_CASE("a place that does not hold its record gives a record that says so") {
  const Way way = any_way();
  CAPTURE(to_string(way));
  Rig rig(way);
  rig.start();
  Place wrong_sum = rig.archive.add_page("a");
  wrong_sum.crc32c ^= 1;
  Place past_end = rig.archive.add_page("b");
  past_end.offset += past_end.length;
  Place too_long = rig.archive.add_page("c");
  too_long.length = 100ull << 20;
  Place empty = rig.archive.add_page("d");
  empty.length = 0;
  for (const Place& place : {wrong_sum, past_end, too_long, empty})
    rig.ask_with(place, RecordBytes());
  rig.ask_page("and on it goes");
  rig.run();
  for (std::size_t i = 0; i < 4; ++i)
    CHECK(std::get<PageRecord>(rig.outcome(i)).fault == PageFault::kBadRecord);
  CHECK(rig.title(4) == "and on it goes");
  CHECK(rig.pool().stats().replaced == 0);
}

TEST_CASE("a record that is larger than any worker takes is bad by every way") {
  const Way way = any_way();
  CAPTURE(to_string(way));
  Rig rig(way);
  rig.start();
  rig.ask(rig.archive.add(std::string(81u << 20, 'x')));
  rig.ask_page("and on it goes");
  rig.run();
  CHECK(std::get<PageRecord>(rig.outcome(0)).fault == PageFault::kBadRecord);
  CHECK(rig.title(1) == "and on it goes");
  CHECK(rig.pool().stats().replaced == 0);
}

TEST_CASE("a segment that cannot be opened fails its pages and no others") {
  const Way way = any_way();
  CAPTURE(to_string(way));
  Rig rig(way);
  rig.start();
  Place place = rig.archive.add_page("lost");
  place.segment = 7;
  rig.ask_with(place, RecordBytes());
  rig.ask_page("found");
  rig.run();
  CHECK(rig.reason(0) == "segment not readable: no segment 7");
  CHECK(rig.title(1) == "found");
}

TEST_CASE("workers are renewed after so many pages and nobody notices") {
  const Way way = any_way_of_processes();
  CAPTURE(to_string(way));
  Rig rig(way);
  rig.options.renew_after = 3;
  rig.options.workers = 2;
  rig.start();
  for (int i = 0; i < 30; ++i) rig.ask_page("page " + std::to_string(i));
  rig.run();
  for (std::size_t i = 0; i < 30; ++i) REQUIRE(rig.title(i) == "page " + std::to_string(i));
  CHECK(rig.pool().stats().renewed >= 8);
  CHECK(rig.pool().stats().replaced == 0);
}

TEST_CASE("nothing is left behind: no process, no descriptor") {
  const Way way = any_way();
  CAPTURE(to_string(way));
  {
    Rig once(way);
    once.start();
    once.warm_up();
  }  // what Asio opens once a process
  const std::size_t before = open_descriptors();
  {
    Rig rig(way);
    rig.options.workers = 3;
    rig.options.renew_after = 20;
    rig.start();
    for (std::uint32_t i = 0; i < 200; ++i) rig.ask(rig.archive.add_page("page", i % 3));
    rig.run();
    rig.run_until([&] { return rig.pool().stats().ready == 3; });  // none of them is being renewed
    if (!rig.is_inline()) {
      REQUIRE(::kill(rig.pool().worker_pids()[0], SIGKILL) == 0);
      rig.run_until([&] { return rig.pool().stats().replaced == 1; });
    }
    rig.stop();
    CHECK(::waitpid(-1, nullptr, WNOHANG) == -1);
    CHECK(errno == ECHILD);
  }
  CHECK(open_descriptors() == before);
}

TEST_CASE("a pool that is not used ends at once") {
  const Way way = any_way();
  CAPTURE(to_string(way));
  Rig rig(way);
  rig.options.workers = 2;
  rig.start();
  rig.stop();
  CHECK(::waitpid(-1, nullptr, WNOHANG) == -1);
}

boost::asio::awaitable<void> parse_and_destroy(std::unique_ptr<ParsePool>& pool, Place place,
                                               bool& is_done) {
  const ParseOutcome outcome = co_await pool->parse(place, TaskKind::kPage);
  pool.reset();
  is_done = std::holds_alternative<PageRecord>(outcome);
}

TEST_CASE("the coroutine that gets the last record may destroy the pool") {
  const Way way = any_way();
  CAPTURE(to_string(way));
  Rig rig(way);
  auto started = ParsePool::start(rig.io().get_executor(), rig.options);
  REQUIRE(started.has_value());
  std::unique_ptr<ParsePool> pool = std::move(*started);
  bool is_done = false;
  boost::asio::co_spawn(rig.io(), parse_and_destroy(pool, rig.archive.add_page("last"), is_done),
                        [](const std::exception_ptr& error) { REQUIRE(error == nullptr); });
  rig.run_until([&] { return is_done; });
  CHECK(::waitpid(-1, nullptr, WNOHANG) == -1);
}

TEST_CASE("a pool that cannot be started says why") {
  Rig rig;
  SECTION("no executable") {
    rig.options.worker_path = "/nonexistent/scraper-parse";
    const auto started = ParsePool::start(rig.io().get_executor(), rig.options);
    REQUIRE(started.has_error());
    CHECK(started.error().context ==
          "cannot start /nonexistent/scraper-parse: No such file or directory");
  }
  SECTION("a ring that is too small") {
    rig.options.ring_bytes = 4096;
    CHECK(ParsePool::start(rig.io().get_executor(), rig.options).has_error());
  }
  SECTION("no workers") {
    rig.options.workers = 0;
    CHECK(ParsePool::start(rig.io().get_executor(), rig.options).has_error());
  }
  SECTION("workers that are renewed before their first page") {
    rig.options.renew_after = 0;
    CHECK(ParsePool::start(rig.io().get_executor(), rig.options).has_error());
  }
  SECTION("no threads") {
    rig.options.handoff = Handoff::kInline;
    rig.options.workers = 0;
    CHECK(ParsePool::start(rig.io().get_executor(), rig.options).has_error());
  }
  SECTION("a product token that is too long") {
    rig.options.page.robots_agent = std::string(300, 'a');
    CHECK(ParsePool::start(rig.io().get_executor(), rig.options).has_error());
  }
}

}  // namespace
}  // namespace scraper::parse
