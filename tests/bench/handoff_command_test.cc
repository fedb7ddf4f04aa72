#include <filesystem>

#include "tests/catch.h"
#include "tests/support/folder.h"
#include "tests/support/program.h"

namespace scraper::test {
namespace {

TEST_CASE("a measurement of hand-offs that is interrupted leaves nothing behind") {
  const Folder folder;
  const std::string output = folder.path("out");
  Program bench({"bench", "handoff", "--quick", "-o", output});
  // It is at work once it has a directory of its own in there.
  while (!std::filesystem::exists(output) || std::filesystem::is_empty(output)) {
    REQUIRE_FALSE(bench.ends_within(std::chrono::milliseconds(1)));
  }
  bench.interrupt();
  REQUIRE(bench.ends_within(std::chrono::seconds(60)));
  const Ended ended = bench.wait();
  CHECK(ended.code == 130);
  CHECK(ended.err.find("bench handoff: ") == 0);  // how long it takes comes first
  CHECK(ended.err.find("interrupted") != std::string::npos);
  CHECK(std::filesystem::is_empty(output));
  CHECK_FALSE(bench.has_left_files());
}

TEST_CASE("a measurement of hand-offs that can write nowhere says so at once") {
  const Folder folder;
  const std::string file = folder.file("file", "in the way");
  const Ended ended = run_program({"bench", "handoff", "--quick", "-o", file + "/out"});
  CHECK(ended.code == 3);
  CHECK(ended.err.find("cannot make") != std::string::npos);
}

TEST_CASE("a part of the measurement that is told nonsense answers with an error") {
  for (const char* const part : {"handoff-cell", "handoff-event"}) {
    const Ended ended = run_program({"bench-child", part}, "{\"handoff\":\"carrier pigeon\"}\n");
    CHECK(ended.code != 0);
    CHECK(ended.out.find("\"error\"") != std::string::npos);
  }
}

}  // namespace
}  // namespace scraper::test
