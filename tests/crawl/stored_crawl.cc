#include "tests/crawl/stored_crawl.h"

#include <fmt/format.h>

#include <cstdlib>
#include <filesystem>

#include "tests/catch.h"

namespace fs = std::filesystem;

namespace scraper::test {

namespace {

// What it was asked: to be resumed it has to be asked the same.
KilledCrawl::Sites sites() { return {{"a.test"}, 30, 0}; }
std::vector<std::string> options() { return {"--depth", "inf", "--links"}; }

constexpr const char* kLimit = "12";

void run_tar(const std::string& words) {
  CAPTURE(words);
  REQUIRE(std::system(("tar " + words).c_str()) == 0);
}

}  // namespace

StoredCrawl::StoredCrawl() : crawl_(server_, sites(), options()) {}

StoredCrawl::StoredCrawl(unsigned format) : StoredCrawl() {
  run_tar(fmt::format("-xzf '{}/format-{}.tar.gz' -C '{}'", STORED_CRAWLS, format, crawl_.root()));
  std::vector<Archived> pages;
  for (Archived& record : crawl_.records(false)) {
    if (record.type == "response" && !record.url.ends_with("/robots.txt"))
      pages.push_back(std::move(record));
  }
  crawl_.set_back(pages);
}

void StoredCrawl::store(const std::string& path) {
  const StoredCrawl made;
  const Ended ended = made.crawl_.same_command({"--limit", kLimit})->wait();
  INFO(ended.err);
  REQUIRE(ended.code == 0);
  run_tar(fmt::format("--owner=0 --group=0 -C '{}' -czf '{}' out", made.crawl_.root(), path));
}

std::map<std::string, std::pair<std::string, fs::file_time_type>> StoredCrawl::files() const {
  std::map<std::string, std::pair<std::string, fs::file_time_type>> all;
  for (const auto& entry : fs::recursive_directory_iterator(out())) {
    const std::string name = fs::relative(entry.path(), out());
    all[name] = {entry.is_regular_file() ? crawl_.file(name) : std::string(),
                 entry.last_write_time()};
  }
  return all;
}

}  // namespace scraper::test
