// Crawls that programs of other formats have left: those that are read, by every reader and to
// their end; those that are not, refused in one line.
#include "storage/format.h"

#include <fmt/format.h>

#include <algorithm>
#include <filesystem>
#include <fstream>
#include <sstream>

#include "storage/ledger.h"
#include "tests/catch.h"
#include "tests/crawl/stored_crawl.h"
#include "tests/storage/raw_ledger.h"

using namespace scraper;
using namespace scraper::test;
namespace fs = std::filesystem;
namespace st = scraper::storage;

namespace {

using Words = std::vector<std::string>;

const st::FormatMark kLater = {st::kFormat + 1, "9.8.7"};

unsigned format_that_is_read() { return GENERATE(st::kFormat - 1, st::kFormat); }

Ended must_end(const Words& words, int code) {
  Ended ended = run_program(words);
  INFO(words.front() << ": " << ended.err);
  CHECK(ended.code == code);
  return ended;
}

std::vector<std::string> sorted_lines(const std::string& text) {
  std::vector<std::string> lines;
  std::istringstream in(text);
  for (std::string line; std::getline(in, line);) lines.push_back(line);
  std::sort(lines.begin(), lines.end());
  return lines;
}

st::FormatMark mark_of(const StoredCrawl& stored) {
  const auto mark = st::Ledger::peek_format(stored.out() + "/ledger");
  REQUIRE(mark);
  return *mark;
}

std::string seed_of(const StoredCrawl& stored) {
  std::ifstream seeds(stored.out() + "/seeds.txt");
  std::string url;
  std::getline(seeds, url);
  return url;
}

// The last format's ledger, which is made to say that it is of a later one.
void make_later(StoredCrawl& stored) {
  st::put_raw_books(stored.out() + "/ledger", st::raw_books(kLater, st::Books()), "later");
  const std::string options = stored.crawl().file("crawl.toml");
  std::ofstream(stored.out() + "/crawl.toml") << st::format_line(kLater) << "later-option = 1\n"
                                              << options;
}

}  // namespace

// To add the crawl of a new format: STORE=tests/crawl/stored/format-N.tar.gz crawl_test "[.store]".
TEST_CASE("a crawl is stored", "[.store]") {
  const char* path = std::getenv("STORE");
  REQUIRE(path != nullptr);
  StoredCrawl::store(path);
}

TEST_CASE("audit, why, parse and report read a crawl of each of two formats and change nothing",
          "[format]") {
  const unsigned format = format_that_is_read();
  const StoredCrawl stored(format);
  REQUIRE(mark_of(stored).number == format);
  const auto before = stored.files();
  const std::string& out = stored.out();
  CHECK(must_end({"audit", out}, 0).out.find("ended: limit") != std::string::npos);
  CHECK(must_end({"why", seed_of(stored), out}, 0).out.find("stored") != std::string::npos);
  CHECK(must_end({"why", "http://a.test/never", out}, 0).out.find("never") != std::string::npos);
  const Ended parsed = must_end({"parse", out, "--output", "-"}, 0);
  CHECK(sorted_lines(parsed.out) == sorted_lines(before.at("pages.jsonl").first));
  must_end({"report", out}, 0);
  CHECK(stored.files() == before);
}

TEST_CASE("a crawl of each of two formats is upgraded and resumed to its end", "[format]") {
  const unsigned format = format_that_is_read();
  const bool is_resume = GENERATE(false, true);
  StoredCrawl stored(format);
  KilledCrawl& crawl = stored.crawl();
  const Ended ended =
      (is_resume ? crawl.resume({"--connect-to", stored.connect_to(), "--limit", "1000"})
                 : crawl.same_command())
          ->wait();
  INFO(ended.err);
  CHECK(ended.code == 0);
  const std::string told = fmt::format("upgraded from format {} to {}: ", format, st::kFormat);
  CHECK((ended.err.find(told) != std::string::npos) == (format < st::kFormat));
  CHECK(mark_of(stored).number == st::kFormat);
  CHECK(crawl.file("crawl.toml").starts_with(st::format_line(st::current_mark())));
  const auto report = boost::json::parse(crawl.file("report.json")).as_object();
  CHECK(report.at("format").as_int64() == st::kFormat);
  crawl.check_complete();
}

TEST_CASE("an upgrade waits until the options are those of the crawl and no file is damaged",
          "[format]") {
  StoredCrawl stored(st::kFormat - 1);
  const bool is_damaged = GENERATE(false, true);
  if (is_damaged) fs::resize_file(stored.out() + "/pages.jsonl", 10);
  const Words words = is_damaged ? Words{} : Words{"--max-links", "1"};
  const auto before = stored.files();
  CHECK(stored.crawl().same_command(words)->wait().code == (is_damaged ? 3 : 2));
  CHECK(mark_of(stored).number == st::kFormat - 1);
  const auto after = stored.files();
  for (const char* name : {"crawl.toml", "pages.jsonl", "seeds.txt", "warc/00000.warc"})
    CHECK(after.at(name) == before.at(name));
}

TEST_CASE("a later format is refused in one line that names its program, and nothing is changed",
          "[format]") {
  StoredCrawl stored(st::kFormat);
  make_later(stored);
  const bool has_ledger = GENERATE(true, false);
  if (!has_ledger) fs::remove(stored.out() + "/ledger/CURRENT");
  const auto before = stored.files();
  const std::string& out = stored.out();
  const std::string line = "scraper: " + st::unread_format(out, kLater).context + "\n";
  const auto check = [&](const Ended& ended) {
    CHECK(ended.code == 3);
    CHECK(ended.out.empty());
    CHECK(ended.err == line);
  };
  check(stored.crawl().same_command()->wait());
  check(stored.crawl().resume()->wait());
  check(run_program({"audit", out}));
  check(run_program({"parse", out}));
  check(run_program({"why", seed_of(stored), out}));
  CHECK(stored.files() == before);
  const Ended dry = stored.crawl().same_command({"--dry-run"})->wait();
  CHECK(dry.code == 3);
  CHECK(dry.err == line);
  CHECK(stored.files() == before);
  if (has_ledger) CHECK(stored.crawl().same_command({"--fresh"})->wait().code == 0);
}

TEST_CASE("a report of a later format is refused in one line", "[format]") {
  const StoredCrawl stored(st::kFormat);
  std::ofstream(stored.out() + "/report.json") << R"({"version": "9.8.7", "format": 99})";
  CHECK(must_end({"report", stored.out()}, 3).err ==
        "scraper: " + st::unread_format(stored.out(), {99, "9.8.7"}).context + "\n");
}
