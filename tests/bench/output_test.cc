#include "bench/output.h"

#include <filesystem>

#include "tests/catch.h"
#include "tests/support/folder.h"

using scraper::Errc;
using scraper::bench::OutputDirectory;
using scraper::test::Folder;
namespace fs = std::filesystem;

namespace {

std::string why_not(const std::string& path) {
  const auto opened = OutputDirectory::open(path, "engines.json");
  REQUIRE(opened.has_error());
  CHECK(opened.error().code == Errc::kFile);
  return opened.error().context;
}

bool has(const std::string& text, std::string_view part) { return text.find(part) != text.npos; }

}  // namespace

TEST_CASE("an output directory is made, tried and left empty") {
  const Folder folder;
  for (const char* const path : {"a/b/c", "d", "e/", "."}) {
    CAPTURE(path);
    const auto opened = OutputDirectory::open(folder.path(path), "engines.json");
    REQUIRE(opened.has_value());
    CHECK(fs::is_directory(folder.path(path)));
    opened->abandon();
    CHECK(fs::is_empty(folder.path("")));
  }
}

TEST_CASE("what was there is not removed, nor what is not empty") {
  const Folder folder;
  fs::create_directory(folder.path("mine"));
  const auto opened = OutputDirectory::open(folder.path("mine/new"), "engines.json");
  REQUIRE(opened.has_value());
  opened->abandon();
  CHECK(fs::is_directory(folder.path("mine")));
  CHECK_FALSE(fs::exists(folder.path("mine/new")));
  const auto again = OutputDirectory::open(folder.path("mine/new"), "engines.json");
  REQUIRE(again.has_value());
  folder.file("mine/new/other", "of somebody");
  again->abandon();
  CHECK(fs::exists(folder.path("mine/new/other")));
}

TEST_CASE("an output directory that cannot be written is found out at the start") {
  const Folder folder;
  CHECK(has(why_not(folder.file("file", "in the way") + "/out"), "cannot make"));
  CHECK(has(why_not("/proc"), "/proc/engines.json.new: "));
  CHECK(has(why_not("/proc"), "; -o names another directory"));
  fs::create_directories(folder.path("a/engines.json"));
  CHECK(has(why_not(folder.path("a")), "engines.json: it is a directory"));
  fs::create_directories(folder.path("b/report.html"));
  CHECK(has(why_not(folder.path("b")), "report.html: it is a directory"));
}
