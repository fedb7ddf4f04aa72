// `scraper robots`: what a robots.txt says about URLs, with the line that says it. Asks nobody.
#pragma once

#include <string>
#include <string_view>

#include "base/page_record.h"
#include "scraper/config/option_table.h"

namespace scraper::cli {

// Reads the file that is the argument, then URLs from standard input, one a line, and prints for
// each "allow" or "disallow", a tab, and the deciding line as "NUMBER:TEXT" (empty when none
// applies). Of a URL only path and query count; one without a scheme and host may be given. A line
// that is no URL gets "error". The exit code.
int run_robots(const Settings& settings);

// The answer for one URL, without a line feed, as above; of a file's bytes for one agent.
class RobotsAnswers {
 public:
  RobotsAnswers(std::string body, std::string_view agent);
  RobotsAnswers(const RobotsAnswers&) = delete;  // rules point into storage_
  RobotsAnswers& operator=(const RobotsAnswers&) = delete;

  std::string answer(std::string_view url) const;

 private:
  std::string body_;
  std::string storage_;
  RobotsRules rules_;
};

}  // namespace scraper::cli
