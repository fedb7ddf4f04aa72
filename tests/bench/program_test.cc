// `scraper bench` as the two programs that it is.
#include <cstdlib>
#include <filesystem>
#include <fstream>

#include "tests/catch.h"
#include "tests/support/folder.h"
#include "tests/support/program.h"

namespace scraper::test {
namespace {

TEST_CASE("scraper bench becomes the program that measures, with its words and its exit code") {
  const Ended report = run_program({"bench", "report", "/nowhere"});
  CHECK(report.code == 3);
  CHECK(report.out.empty());
  CHECK(
      report.err.starts_with("scraper: there is no engines.json and no handoff.json in /nowhere: "
                             "'scraper bench engines -o /nowhere' makes the one"));
}

TEST_CASE("where scraper-bench is not beside it, scraper says how to build it") {
  const Folder folder;
  const auto here = std::filesystem::read_symlink("/proc/self/exe").parent_path();
  std::filesystem::copy_file(here / "scraper", folder.path("scraper"));
  const std::string command =
      "'" + folder.path("scraper") + "' bench engines --quick 2> '" + folder.path("err") + "'";
  const int status = std::system(command.c_str());
  CHECK(WEXITSTATUS(status) == 3);
  std::ifstream err(folder.path("err"));
  std::string line;
  std::getline(err, line);
  const std::string program = folder.path("scraper-bench");
  CHECK(line == "scraper: cannot start " + program +
                    ": No such file or directory; build it with: ninja -C " +
                    std::filesystem::path(program).parent_path().string() + " scraper-bench");
  CHECK_FALSE(std::getline(err, line));
}

}  // namespace
}  // namespace scraper::test
