// A crawl over computed sites that is ended in unkind ways and gone on with. What is on the disk
// afterwards is read here by a reader of its own, which shares nothing with the product: JSON
// lines, and WARC records by their first line and Content-Length.
#pragma once

#include <boost/json.hpp>
#include <chrono>
#include <cstdint>
#include <map>
#include <memory>
#include <string>
#include <vector>

#include "tests/support/folder.h"
#include "tests/support/program.h"
#include "tests/support/test_server.h"

namespace scraper::test {

// A record of the archive.
struct Archived {
  std::string type;
  std::string id;
  std::string url;
  std::string segment;
  std::uint64_t offset = 0;
  std::uint64_t length = 0;  // with the two line ends behind it
};

class KilledCrawl {
 public:
  struct Sites {
    std::vector<std::string> hosts = {"a.test", "b.test", "c.test"};
    unsigned size = 120;  // pages of each, see graph.h
    unsigned slow = 250;  // milliseconds
  };

  // `options` are given to every run of the same command.
  KilledCrawl(TestServer& server, Sites sites,
              std::vector<std::string> options = {"--depth", "inf"});
  explicit KilledCrawl(TestServer& server) : KilledCrawl(server, Sites()) {}

  // This page of each site is no page that can be read: its line says failed.
  void expect_failed(unsigned page);

  // Starts the same command again, or --resume; in a process group of its own.
  std::unique_ptr<Program> same_command(const std::vector<std::string>& more = {},
                                        const std::vector<std::string>& environment = {}) const;
  std::unique_ptr<Program> resume(const std::vector<std::string>& more = {}) const;

  // To every run from now on: "NAME=VALUE".
  void set_environment(std::vector<std::string> variables) { environment_ = std::move(variables); }

  std::string root() const {
    return folder_.path("out").substr(0, folder_.path("out").rfind('/'));
  }  // of OUT, and nothing beside it
  std::string path(const std::string& name) const { return folder_.path("out/" + name); }
  std::string file(const std::string& name) const;  // its bytes; empty where there is none
  std::vector<boost::json::object> lines() const;   // the whole ones
  std::vector<Archived> records(bool may_be_torn) const;
  std::size_t expected_requests() const;  // pages and robots.txt

  // After a run that was killed, whose audit is clean: what has survived one recovery was
  // committed, and is looked for in the end.
  void note_killed_run();

  // OUT is as it was some time ago, with these captures committed: what was asked for since is
  // forgotten.
  void set_back(const std::vector<Archived>& committed);

  // Asserts all that holds of a crawl that has ended by itself, then starts it once more, which has
  // nothing to do.
  void check_complete();

 private:
  struct Expected {
    unsigned depth = 0;
    std::string state;
  };

  std::string url_of(const std::string& host, unsigned page) const;
  std::vector<std::string> command(const std::vector<std::string>& more) const;
  void check_lines() const;
  std::string check_audit() const;  // clean at any time, also right after a kill; what it said
  void check_archive() const;
  void check_requests() const;

  TestServer& server_;
  Sites sites_;
  std::vector<std::string> options_;
  std::vector<std::string> environment_;
  Folder folder_;
  std::map<std::string, Expected> expected_;   // by URL
  std::map<std::string, Archived> found_;      // by id, after the last run
  std::map<std::string, Archived> committed_;  // by id
  std::size_t seen_before_ = 0;                // requests, at the end of the last run
  std::size_t forgotten_ = 0;                  // requests, when it was set back
  std::chrono::system_clock::time_point set_back_at_{};
};

}  // namespace scraper::test
