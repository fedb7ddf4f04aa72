// A crawl that a program of each format has left, ended by its limit with pages to do: tests/crawl/
// stored/format-N.tar.gz. crawl_test "[.store]" makes one of the program that stands beside it.
#pragma once

#include <filesystem>
#include <map>
#include <string>
#include <utility>

#include "tests/crawl/killed_crawl.h"

namespace scraper::test {

class StoredCrawl {
 public:
  // Unpacked, with all that was captured then committed.
  explicit StoredCrawl(unsigned format);

  // What the program beside this one makes of it now, as an archive at this path.
  static void store(const std::string& path);

  KilledCrawl& crawl() { return crawl_; }
  std::string out() const { return crawl_.root() + "/out"; }
  std::string connect_to() const { return server_.connect_to(); }

  // Every file below OUT: its bytes and when they were written.
  std::map<std::string, std::pair<std::string, std::filesystem::file_time_type>> files() const;

 private:
  StoredCrawl();

  TestServer server_;
  KilledCrawl crawl_;
};

}  // namespace scraper::test
