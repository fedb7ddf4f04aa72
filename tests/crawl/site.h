// One crawl of the test server by the program itself, and what it wrote.
#pragma once

#include <boost/json.hpp>
#include <map>
#include <string>
#include <vector>

#include "tests/support/program.h"
#include "tests/support/test_server.h"

namespace scraper::test {

using Line = boost::json::object;

// A crawl that runs or has ended; its output directory is gone with it.
class SiteCrawl {
 public:
  // build/scraper crawl with `arguments` and what every test wants: no delay, the server's address
  // allowed.
  SiteCrawl(const std::string& engine, std::vector<std::string> arguments,
            const std::vector<std::string>& environment = {});

  int wait();  // the exit code
  void interrupt() { program_.interrupt(); }
  bool ends_within(std::chrono::milliseconds patience) const {
    return program_.ends_within(patience);
  }
  const std::string& err() const { return ended_.err; }
  const std::string& out() const { return ended_.out; }

  // By URL; fails the test when a URL has two lines.
  const std::map<std::string, Line>& lines();
  std::string state(const std::string& url);  // "" without a line
  std::string error(const std::string& url);  // "" for null
  Line report() const;
  std::string file(const std::string& name) const;  // the bytes of OUT/name
  bool has(const std::string& name) const;          // is OUT/name there?
  std::string directory() const { return folder_.path("out"); }
  std::size_t quarantined() const;

  // Asserts what holds after any crawl: the books close, every line's place holds a record of that
  // URL with the right CRC.
  void check_books();

 private:
  Folder folder_;
  Program program_;
  Ended ended_;
  std::map<std::string, Line> lines_;
};

// The line without its run fields: what both engines must agree on.
Line without_run_fields(Line line);

}  // namespace scraper::test
