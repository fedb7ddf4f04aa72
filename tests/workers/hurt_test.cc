// Documents and people that end workers: the pages around them come out all the same.
#include <dirent.h>
#include <fcntl.h>
#include <poll.h>
#include <spawn.h>
#include <sys/syscall.h>
#include <sys/wait.h>
#include <unistd.h>

#include <array>
#include <csignal>
#include <cstdio>
#include <fstream>
#include <set>

#include "base/sanitized.h"
#include "parse/workers/pool.h"
#include "tests/catch.h"
#include "tests/workers/rig.h"

namespace scraper::parse {
namespace {

std::string repeated(std::string_view text, std::size_t times) {
  std::string all;
  for (std::size_t i = 0; i < times; ++i) all += text;
  return all;
}

// Quadratic in gumbo, and in nothing else here: seconds of CPU.
std::string slow_page() { return "<title>slow</title>" + repeated("<div>", 100'000); }

Way any_way() { return GENERATE(from_range(all_ways())); }
Way any_way_of_processes() { return GENERATE(from_range(ways_of_processes())); }

// A worker under a sanitizer has none.
std::vector<Way> ways_with_a_memory_limit() {
  return kIsSanitized ? std::vector<Way>{{Handoff::kInline, false}, {Handoff::kInline, true}}
                      : all_ways();
}

TEST_CASE("workers killed with pages outstanding: every page comes out, once") {
  const Way way = any_way_of_processes();
  CAPTURE(to_string(way));
  Rig rig(way);
  rig.options.workers = 2;
  rig.start();
  for (int round = 0; round < 5; ++round) {
    rig.run_until([&] { return rig.pool().stats().ready == 2; });
    const std::vector<pid_t> pids = rig.pool().worker_pids();
    for (const pid_t pid : pids)
      REQUIRE(::kill(pid, SIGSTOP) == 0);  // so that they hold what they are given
    for (int i = 0; i < 100; ++i) rig.ask_page("page " + std::to_string(round * 100 + i));
    rig.run_until([&] { return rig.pool().stats().outstanding == 64; });
    REQUIRE(::kill(pids[0], SIGKILL) == 0);
    REQUIRE(::kill(pids[1], round % 2 == 0 ? SIGCONT : SIGKILL) == 0);
    rig.run();
  }
  for (std::size_t i = 0; i < 500; ++i) REQUIRE(rig.title(i) == "page " + std::to_string(i));
  CHECK(rig.pool().stats().documents == 500);
  CHECK(rig.pool().stats().replaced == 7);
  CHECK(rig.pool().stats().workers == 2);
}

TEST_CASE("a document past the CPU limit fails after two workers, the others do not") {
  const Way way = any_way();
  CAPTURE(to_string(way));
  Rig rig(way);
  rig.options.max_cpu = std::chrono::milliseconds(200);
  rig.options.page.parser = Parser::kGumbo;
  rig.options.workers = static_cast<std::size_t>(GENERATE(1, 2));
  rig.start();
  for (int i = 0; i < 20; ++i) rig.ask_page("before");
  const std::size_t slow = rig.ask(rig.archive.add(slow_page()));
  for (int i = 0; i < 20; ++i) rig.ask_page("after");
  rig.run();
  CHECK(rig.reason(slow) == "cpu limit");
  for (std::size_t i = 0; i < 41; ++i) {
    if (i != slow) REQUIRE(rig.title(i) == (i < slow ? "before" : "after"));
  }
  CHECK(rig.pool().stats().replaced == 2);
  CHECK(rig.pool().stats().documents == 40);
}

TEST_CASE("many bad documents in a row do not use up the pool") {
  const Way way = any_way();
  CAPTURE(to_string(way));
  Rig rig(way);
  rig.options.max_cpu = std::chrono::milliseconds(200);
  rig.options.page.parser = Parser::kGumbo;
  rig.start();
  const Place slow = rig.archive.add(slow_page());
  for (int i = 0; i < 4; ++i) rig.ask(slow);
  rig.ask_page("good");
  rig.run();
  for (std::size_t i = 0; i < 4; ++i) CHECK(rig.reason(i) == "cpu limit");
  CHECK(rig.title(4) == "good");
}

TEST_CASE("a document past the memory limit fails after two workers, the others do not") {
  const Way way = GENERATE(from_range(ways_with_a_memory_limit()));
  CAPTURE(to_string(way));
  Rig rig(way);
  rig.options.max_memory = 48u << 20;
  rig.options.page.parser = Parser::kGumbo;
  rig.start();
  rig.ask_page("before");
  rig.ask(rig.archive.add("<title>big</title>" + repeated("<b>x</b>", 1'000'000)));
  rig.ask_page("after");
  rig.run();
  CHECK(rig.title(0) == "before");
  CHECK(rig.reason(1) == "memory limit");
  CHECK(rig.title(2) == "after");
}

// 5 MB and more: with pipe the worker dies in the middle of one, with shm while the next is laid
// beside it.
TEST_CASE("workers killed in the middle of large records: every page comes out, once") {
  const Way way = any_way_of_processes();
  CAPTURE(to_string(way));
  Rig rig(way);
  rig.options.workers = 2;
  rig.options.page.max_ratio = 1'000'000;
  rig.start();
  std::size_t asked = 0;
  for (int round = 0; round < 3; ++round) {
    rig.run_until([&] { return rig.pool().stats().ready == 2; });
    const std::vector<pid_t> pids = rig.pool().worker_pids();
    for (const pid_t pid : pids) REQUIRE(::kill(pid, SIGSTOP) == 0);
    for (int i = 0; i < 6; ++i, ++asked) {
      rig.ask(rig.archive.add("<title>" + std::to_string(asked) + "</title><!--" +
                              std::string(5'000'000, 'x') + "-->"));
    }
    rig.run_until([&] { return rig.pool().stats().outstanding >= 2; });
    for (const pid_t pid : pids) REQUIRE(::kill(pid, SIGKILL) == 0);
    rig.run();
  }
  for (std::size_t i = 0; i < asked; ++i) REQUIRE(rig.title(i) == std::to_string(i));
  CHECK(rig.pool().stats().replaced == 6);
}

TEST_CASE(
    "a document that overran leaves the others as they are: the same record before and after, by "
    "every way") {
  const Way way = any_way();
  CAPTURE(to_string(way));
  Rig rig(way);
  rig.options.max_cpu = std::chrono::milliseconds(200);
  rig.options.page.parser = Parser::kGumbo;
  rig.options.page.wants_text = true;
  rig.start();
  const std::string page =
      "<title>fine</title><base href=/b/><p>Words &amp; <a "
      "href=x>more</a><table><tr><td>cell</table>";
  rig.ask(rig.archive.add(page));
  rig.ask(rig.archive.add(slow_page()));
  rig.ask(rig.archive.add(page));
  rig.run();
  const auto& before = std::get<PageRecord>(rig.outcome(0));
  const auto& after = std::get<PageRecord>(rig.outcome(2));
  CHECK(rig.reason(1) == "cpu limit");
  CHECK(before.text == after.text);
  CHECK(before.base == "http://pages.test/b/");
  REQUIRE(before.links.size() == 1);
  REQUIRE(after.links.size() == 1);
  CHECK(before.links[0].url == after.links[0].url);
}

// 50,000 attributes: quadratic in another place of gumbo.
TEST_CASE("a tag with too many attributes is past the CPU limit by every way") {
  const Way way = any_way();
  CAPTURE(to_string(way));
  Rig rig(way);
  rig.options.max_cpu = std::chrono::milliseconds(200);
  rig.options.page.parser = Parser::kGumbo;
  rig.start();
  std::string body = "<p ";
  for (int i = 0; i < 50'000; ++i) body += "a" + std::to_string(i) + "=1 ";
  rig.ask(rig.archive.add(body + ">"));
  rig.ask_page("after");
  rig.run();
  CHECK(rig.reason(0) == "cpu limit");
  CHECK(std::get<ParseFailure>(rig.outcome(0)).attempts == 2);
  CHECK(rig.title(1) == "after");
}

TEST_CASE("a worker that stands still is replaced and its page tried again") {
  const Way way = any_way_of_processes();
  CAPTURE(to_string(way));
  Rig rig(way);
  rig.options.max_wall = std::chrono::milliseconds(1'500);
  rig.start();
  rig.warm_up();
  REQUIRE(::kill(rig.pool().worker_pids()[0], SIGSTOP) == 0);
  for (int i = 0; i < 40; ++i) rig.ask_page("page");
  rig.run();
  for (std::size_t i = 1; i <= 40; ++i) REQUIRE(rig.title(i) == "page");
  CHECK(rig.pool().stats().replaced == 1);
}

TEST_CASE("an idle worker that is killed is replaced") {
  const Way way = any_way_of_processes();
  CAPTURE(to_string(way));
  Rig rig(way);
  rig.start();
  for (int i = 0; i < 5; ++i) {
    rig.warm_up();
    REQUIRE(::kill(rig.pool().worker_pids()[0], SIGKILL) == 0);
  }
  rig.warm_up();
  for (std::size_t i = 0; i < 6; ++i) CHECK(rig.title(i) == "warm");
}

std::string status_line(pid_t pid, const std::string& key) {
  std::ifstream file("/proc/" + std::to_string(pid) + "/status");
  for (std::string line; std::getline(file, line);) {
    if (line.starts_with(key + ":\t")) return line.substr(key.size() + 2);
  }
  return "";
}

TEST_CASE("a worker holds its socket, its rings' memory and segments, and nothing else of ours") {
  const Descriptor ours(
      ::open("/dev/null", O_RDONLY));  // without O_CLOEXEC: a slip somewhere in the program
  const Way way = any_way_of_processes();
  CAPTURE(to_string(way));
  Rig rig(way);
  rig.start();
  rig.warm_up();
  const pid_t pid = rig.pool().worker_pids()[0];
  CHECK(::getpgid(pid) == pid);
  CHECK((std::stoull(status_line(pid, "SigIgn"), nullptr, 16) & 0x7FFF'FFFF) ==
        0);  // past these are glibc's own two
  CHECK(status_line(pid, "SigBlk") == "0000000000000000");
  CHECK(status_line(pid, "NoNewPrivs") == "1");
  std::set<std::string> numbers;
  DIR* const directory = ::opendir(("/proc/" + std::to_string(pid) + "/fd").c_str());
  if (directory == nullptr) {
    WARN("skipped: the worker's descriptors are not ours to see");
    return;
  }
  while (const dirent* entry = ::readdir(directory)) numbers.insert(entry->d_name);
  ::closedir(directory);
  // Shared memory is closed once it is mapped; with file the segment has taken the number.
  std::set<std::string> expected = {".", "..", "0", "1", "2", "3"};
  if (way.handoff == Handoff::kFile) expected.insert("4");
  CHECK(numbers == expected);
}

// Another program that starts a pool with one worker; its standard output is the worker's pid, once
// that has answered.
pid_t start_owner(pid_t& worker) {
  std::array<int, 2> ends{};
  REQUIRE(::pipe2(ends.data(), O_CLOEXEC) == 0);
  const Descriptor reading(ends[0]);
  Descriptor writing(ends[1]);
  posix_spawn_file_actions_t actions;
  ::posix_spawn_file_actions_init(&actions);
  ::posix_spawn_file_actions_adddup2(&actions, writing.get(), STDOUT_FILENO);
  std::string path = beside_this_program("pool-owner");
  std::array<char*, 2> arguments = {path.data(), nullptr};
  pid_t owner = -1;
  REQUIRE(::posix_spawn(&owner, path.c_str(), &actions, nullptr, arguments.data(), environ) == 0);
  ::posix_spawn_file_actions_destroy(&actions);
  writing.reset();
  std::string said;
  std::array<char, 64> some{};
  for (ssize_t size = 0; (size = ::read(reading.get(), some.data(), some.size())) > 0;) {
    said.append(some.data(), static_cast<std::size_t>(size));
    if (said.ends_with('\n')) break;
  }
  REQUIRE(std::sscanf(said.c_str(), "%d\n", &worker) == 1);
  return owner;
}

TEST_CASE("a worker ends with its owner, even when both cannot do anything about it") {
  const bool is_stopped = GENERATE(
      false, true);  // an idle worker sees its socket end; a stopped one is killed by the kernel
  pid_t worker = -1;
  const pid_t owner = start_owner(worker);
  const Descriptor watched(static_cast<int>(::syscall(SYS_pidfd_open, worker, 0)));
  REQUIRE(watched);
  if (is_stopped) REQUIRE(::kill(worker, SIGSTOP) == 0);
  REQUIRE(::kill(owner, SIGKILL) == 0);
  REQUIRE(::waitpid(owner, nullptr, 0) == owner);
  pollfd ended{watched.get(), POLLIN, 0};
  CHECK(::poll(&ended, 1, 30'000) == 1);
}

}  // namespace
}  // namespace scraper::parse
