#include <sys/wait.h>
#include <unistd.h>

#include <algorithm>
#include <filesystem>

#include "bench/handoff/scratch.h"
#include "tests/catch.h"
#include "tests/support/folder.h"
#include "tests/support/program.h"

namespace scraper::test {
namespace {

// Whether a run's directory is there.
bool is_at_work(const std::string& output) {
  std::error_code error;
  for (const auto& entry : std::filesystem::directory_iterator(output, error)) {
    if (entry.path().filename().string().starts_with("handoff-")) return true;
  }
  return false;
}

TEST_CASE(
    "a measurement of hand-offs that is interrupted in its first round leaves nothing behind") {
  const Folder folder;
  const std::string output = folder.path("new/out");
  Program bench({"bench", "handoff", "--quick", "-o", output});
  while (!is_at_work(output)) REQUIRE_FALSE(bench.ends_within(std::chrono::milliseconds(1)));
  bench.interrupt();
  REQUIRE(bench.ends_within(std::chrono::seconds(60)));
  const Ended ended = bench.wait();
  CHECK(ended.code == 130);
  CHECK(ended.err.find("bench handoff: ") == 0);  // how long it takes comes first
  CHECK(ended.err.find("interrupted before the first round was whole: nothing was written") !=
        std::string::npos);
  CHECK_FALSE(std::filesystem::exists(folder.path("new")));
  CHECK_FALSE(bench.has_left_files());
}

TEST_CASE("a measurement of hand-offs that can write nowhere says so at once") {
  const Folder folder;
  const std::string file = folder.file("file", "in the way");
  const Ended ended = run_program({"bench", "handoff", "--quick", "-o", file + "/out"});
  CHECK(ended.code == 3);
  CHECK(ended.err.find("cannot make") != std::string::npos);
}

TEST_CASE("a measurement that cannot write its figures says so before it measures") {
  const Folder folder;
  for (const char* const what : {"engines", "handoff"}) {
    std::filesystem::create_directories(folder.path(what + std::string("/") + what + ".json"));
    const Ended ended = run_program({"bench", what, "--quick", "-o", folder.path(what)});
    CHECK(ended.code == 3);
    CHECK(ended.out.empty());
    CHECK(ended.err.starts_with("scraper: cannot write "));
    CHECK(std::count(ended.err.begin(), ended.err.end(), '\n') == 1);
  }
}

TEST_CASE("what a killed measurement left is removed by the next, and nothing else") {
  const Folder folder;
  const pid_t gone = ::fork();
  if (gone == 0) ::_exit(0);
  ::waitpid(gone, nullptr, 0);
  const std::string stale = folder.path("handoff-" + std::to_string(gone) + "-aB3xY9");
  const bench::Scratch own(folder.path(""));
  std::filesystem::create_directories(stale + "/warc");
  for (const char* const other :
       {"handoff-aB3xY9", "handoff-1-aB3xY9", "handoff-x-aB3xY9", "handoffs"})
    std::filesystem::create_directory(folder.path(other));
  bench::remove_left_scratch(folder.path(""));
  bench::remove_left_scratch("");
  CHECK_FALSE(std::filesystem::exists(stale));
  CHECK(std::filesystem::exists(own.path()));
  for (const char* const other :
       {"handoff-aB3xY9", "handoff-1-aB3xY9", "handoff-x-aB3xY9", "handoffs"})
    CHECK(std::filesystem::exists(folder.path(other)));
}

TEST_CASE("a part of the measurement that is told nonsense answers with an error") {
  for (const char* const part : {"handoff-cell", "handoff-event"}) {
    const Ended ended = run_program({"bench-child", part}, "{\"handoff\":\"carrier pigeon\"}\n", {},
                                    "scraper-bench");
    CHECK(ended.code != 0);
    CHECK(ended.out.find("\"error\"") != std::string::npos);
  }
}

}  // namespace
}  // namespace scraper::test
