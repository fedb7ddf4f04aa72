#include "storage/quarantine.h"

#include <sys/stat.h>

#include <boost/json.hpp>
#include <cstdio>
#include <filesystem>

#include "tests/catch.h"
#include "tests/storage/file_limit.h"
#include "tests/storage/files.h"
#include "tests/support/printing.h"

namespace scraper::storage {

namespace {

const SetAside kDocument{"http://site.test/bomb", {0, 123, 4'567, 89}, "cpu limit", 2};

}  // namespace

TEST_CASE("a document set aside says what it was and how to see it again") {
  const TempDir out;
  mkdir((out / "quarantine").c_str(), 0700);
  auto quarantine = Quarantine::open(out.path(), "/bin/scraper", "gumbo");
  REQUIRE(quarantine);
  REQUIRE((*quarantine)->set_aside(kDocument));
  REQUIRE((*quarantine)->set_aside(kDocument));
  CHECK((*quarantine)->count() == 2);
  CHECK(names_in(out / "quarantine") == std::set<std::string>{"00000.json", "00001.json"});
  const auto found = boost::json::parse(read_file(out / "quarantine/00001.json")).as_object();
  const boost::json::value expected = {
      {"url", "http://site.test/bomb"},
      {"reason", "cpu limit"},
      {"attempts", 2},
      {"segment", "00000.warc"},
      {"offset", 123},
      {"length", 4'567},
      {"crc32c", 89},
      {"reproduce",
       "/bin/scraper extract " + out.path() + "/warc/00000.warc --record 123:4567 --parser gumbo"}};
  CHECK(found == expected.as_object());
}

TEST_CASE(
    "the command that reproduces it names program and file to a shell as one word each, wherever "
    "it is pasted") {
  const Place place{7, 0, 10, 0};
  const TempDir here;
  const auto command = [&](const std::string& name, const std::string& program) {
    mkdir((here / name).c_str(), 0700);
    mkdir((here / name + "/quarantine").c_str(), 0700);
    auto quarantine = Quarantine::open(here / name, program, "gumbo");
    REQUIRE(quarantine);
    return (*quarantine)->reproduce_command(place);
  };
  CHECK(command("out", "/bin/scraper") == "/bin/scraper extract " + here.path() +
                                              "/out/warc/00007.warc --record 0:10 --parser gumbo");
  CHECK(command("my crawl", "/my bin/x") ==
        "'/my bin/x' extract '" + here.path() +
            "/my crawl/warc/00007.warc' --record 0:10 --parser gumbo");
  CHECK(command("it's $(x)", "s") ==
        "s extract '" + here.path() +
            "/it'\\''s $(x)/warc/00007.warc' --record 0:10 --parser gumbo");
  const auto relative = std::filesystem::relative(here.path()).string();
  auto quarantine = Quarantine::open(relative + "/./out", "s", "gumbo");
  REQUIRE(quarantine);
  CHECK((*quarantine)->reproduce_command(place) ==
        "s extract " + here.path() + "/out/warc/00007.warc --record 0:10 --parser gumbo");
}

TEST_CASE("a file that cannot be written whole is not there") {
  const TempDir out;
  mkdir((out / "quarantine").c_str(), 0700);
  auto quarantine = Quarantine::open(out.path(), "/bin/scraper", "gumbo");
  {
    const FileLimit full(10);
    CHECK((*quarantine)->set_aside(kDocument).error().code == Errc::kFile);
  }
  CHECK(names_in(out / "quarantine").empty());
  CHECK((*quarantine)->count() == 0);
  CHECK((*quarantine)->set_aside(kDocument));
  CHECK(names_in(out / "quarantine") == std::set<std::string>{"00000.json"});
}

TEST_CASE("without its directory there is no quarantine") {
  const TempDir out;
  const auto opened = Quarantine::open(out.path(), "/bin/scraper", "gumbo");
  REQUIRE(!opened);
  CHECK(opened.error().context.find("/quarantine: No such file or directory") != std::string::npos);
}

}  // namespace scraper::storage
