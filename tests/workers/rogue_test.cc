// A worker may be a stranger's by now: the owner believes nothing it says, survives it, and calls
// it by name.
#include <sys/wait.h>

#include <cerrno>
#include <string>
#include <utility>

#include "parse/workers/pool.h"
#include "tests/catch.h"
#include "tests/workers/rig.h"

namespace scraper::parse {
namespace {

// A pool of workers that misbehave in that way, asked for three pages.
void ask_rogues(Rig& rig, const std::string& way, std::size_t pages = 3) {
  rig.options.worker_path = beside_this_program("rogue-worker");
  rig.options.page.robots_agent = way;
  rig.start();
  for (std::size_t i = 0; i < pages; ++i) rig.ask_page("page");
  rig.run();
}

const Way kFileWay{Handoff::kFile, false};
const Way kPipeWay{Handoff::kPipe, true};
const Way kShmWay{Handoff::kShm, true};

Way any_way() { return GENERATE(kFileWay, kPipeWay, kShmWay); }

// Each of three pages fails for that reason, after two workers; and nothing is left behind.
void check_ended(const Way& handoff, const std::string& way, const std::string& reason) {
  CAPTURE(to_string(handoff), way);
  const std::size_t before = open_descriptors();
  {
    Rig rig(handoff);
    ask_rogues(rig, way);
    for (std::size_t i = 0; i < 3; ++i)
      CHECK_THAT(rig.reason(i), Catch::Matchers::StartsWith(reason));
    CHECK(rig.pool().stats().replaced == 6);
    CHECK(rig.pool().stats().documents == 0);
    rig.stop();
    CHECK(::waitpid(-1, nullptr, WNOHANG) == -1);
  }
  CHECK(open_descriptors() <= before + 3);  // what Asio opens once a process
}

TEST_CASE("a worker that answers wrongly through its ring is ended, and the page fails") {
  const Way handoff = GENERATE(kFileWay, kShmWay);
  const auto [way, reason] = GENERATE(table<const char*, const char*>({
      {"id", "bad answer: to another document"},
      {"offset", "bad answer: outside the ring"},
      {"offset at the end", "bad answer: outside the ring"},
      {"offset wraps", "bad answer: outside the ring"},
      {"length", "bad answer: outside the ring"},
      {"length past the limit", "bad answer: outside the ring"},
      {"nothing", "bad answer: outside the ring"},
      {"cut record", "bad answer: "},
      {"zeros", "bad answer: "},
      {"kind", "bad answer: an unexpected message"},
      {"short message", "bad answer: an unexpected message"},
      {"long message", "bad answer: a message of a wrong form"},
      {"sends a descriptor", "bad answer: a message of a wrong form"},
      {"announces nothing", "bad answer: to nothing"},
      {"announces twice", "bad answer: to nothing"},
      {"announces too many", "bad answer: to nothing"},
      {"counts to the end", "bad answer: to another document"},
      {"asks for ever", "bad answer: an unexpected message"},
      {"ready twice", "bad answer: an unexpected message"},
      {"speaks as the owner", "bad answer: "},
      {"exits over a task", "crashed: exit code 3"},
  }));
  check_ended(handoff, way, reason);
}

// Each worker answers the first page it is given and ends without having said so.
TEST_CASE(
    "what stands on the board of a worker that ends is kept, announced or not, and the next page "
    "is to blame") {
  Rig rig(GENERATE(kFileWay, kShmWay));
  ask_rogues(rig, "answers one and exits");
  for (std::size_t i = 0; i < 3; ++i) CHECK(std::holds_alternative<PageRecord>(rig.outcome(i)));
  rig.stop();
}

TEST_CASE("a worker that answers wrongly through the pipe is ended, and the page fails") {
  const auto [way, reason] = GENERATE(table<const char*, const char*>({
      {"id", "bad answer: to another document"},
      {"length", "bad answer: of an impossible length"},
      {"length past the limit", "bad answer: of an impossible length"},
      {"nothing", "bad answer: of an impossible length"},
      {"cut record", "bad answer: a parse worker"},
      {"first piece is short", "bad answer: a message of a wrong form"},
      {"piece is short", "bad answer: a message of a wrong form"},
      {"piece is long", "bad answer: a message of a wrong form"},
      {"message among pieces", "bad answer: a message of a wrong form"},
      {"record that is none", "bad answer: a parse worker"},
      {"kind", "bad answer: an unexpected message"},
      {"short message", "bad answer: an unexpected message"},
      {"long message", "bad answer: an unexpected message"},
      {"sends a descriptor", "bad answer: a message of a wrong form"},
      {"asks for ever", "bad answer: an unexpected message"},
      {"ready twice", "bad answer: an unexpected message"},
      {"speaks as the owner", "bad answer: "},
      {"exits over a task", "crashed: exit code 3"},
  }));
  check_ended(kPipeWay, way, reason);
}

TEST_CASE("a worker that sends more than it announced is ended, what it had answered is kept") {
  Rig rig(kPipeWay);
  ask_rogues(rig, "more than was announced", 1);
  CHECK(std::holds_alternative<PageRecord>(rig.outcome(0)));
  rig.run_until([&] { return rig.pool().stats().replaced >= 1; });
}

TEST_CASE("a record that never ends runs out of wall time") {
  Rig rig(kPipeWay);
  rig.options.max_wall = std::chrono::seconds(1);
  ask_rogues(rig, "record without end", 1);
  CHECK(rig.reason(0) == "wall time");
}

// More than a socket holds and, with shm, than its inbox does: the owner waits for nobody and keeps
// to its bounds.
TEST_CASE("a worker that never reads runs out of wall time, however much there is to give") {
  Rig rig(GENERATE(kPipeWay, kShmWay));
  rig.options.max_wall = std::chrono::seconds(1);
  rig.options.worker_path = beside_this_program("rogue-worker");
  rig.options.page.robots_agent = "never reads";
  rig.start();
  for (int i = 0; i < 8; ++i) rig.ask(rig.archive.add(std::string(8'000'000, 'x')));
  rig.run_until([&] { return rig.pool().stats().outstanding > 0; });
  CHECK(rig.pool().stats().outstanding <= 3);
  rig.run_until([&] { return rig.pool().stats().replaced == 2; });
  CHECK(rig.reason(0) == "wall time");
  rig.stop();
}

TEST_CASE("a worker that answers more than it was asked is ended, what it was asked is kept") {
  Rig rig(any_way());
  ask_rogues(rig, "floods");
  for (std::size_t i = 0; i < 3; ++i) CHECK(std::holds_alternative<PageRecord>(rig.outcome(i)));
  rig.run_until([&] { return rig.pool().stats().replaced >= 1; });
}

TEST_CASE("a worker that closes its socket and stays is ended") {
  Rig rig(any_way());
  ask_rogues(rig, "closes and stays", 1);
  CHECK(rig.reason(0) == "crashed: closed its socket");
}

TEST_CASE("a worker that says nothing runs out of wall time") {
  Rig rig(any_way());
  rig.options.max_wall = std::chrono::seconds(1);
  ask_rogues(rig, "says nothing", 1);
  CHECK(rig.reason(0) == "wall time");
}

TEST_CASE("workers that do not start are not started for ever") {
  const auto [way, reason] = GENERATE(table<const char*, const char*>({
      {"exits", "worker does not start: crashed: exit code 3"},
      {"never ready", "worker does not start: wall time"},
      {"another version", "worker does not start: bad answer: an unexpected message"},
      {"answers unasked", "worker does not start: bad answer: to nothing"},
  }));
  CAPTURE(way);
  Rig rig(any_way());
  rig.options.workers = 2;
  if (way == std::string("never ready")) rig.options.max_wall = std::chrono::milliseconds(100);
  ask_rogues(rig, way);
  for (std::size_t i = 0; i < 3; ++i) CHECK(rig.reason(i) == reason);
  CHECK(rig.pool().stats().replaced == 6);  // three in each place
  CHECK(rig.pool().worker_pids().empty());
  rig.ask_page("too late");
  rig.run();
  CHECK(rig.reason(3) == reason);
}

TEST_CASE("workers that end as soon as they are ready do not keep anybody waiting") {
  Rig rig(any_way());
  ask_rogues(rig, "ready and exits");
  for (std::size_t i = 0; i < 3; ++i) CHECK(!rig.reason(i).empty());
}

TEST_CASE("a program that is no worker does not start") {
  Rig rig(any_way());
  rig.options.worker_path = "/bin/true";
  rig.start();
  rig.ask_page("page");
  rig.run();
  CHECK(rig.reason(0) == "worker does not start: crashed: exit code 0");
}

}  // namespace
}  // namespace scraper::parse
