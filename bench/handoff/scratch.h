// A run's own directory, on disk or on tmpfs, where memory is what it takes: it must not outlive
// the measurement. Any thread.
#pragma once

#include <string>

namespace scraper::bench {

// Below `parent`, "handoff-PID-XXXXXX"; gone, with all that is in it, at its end.
class Scratch {
 public:
  explicit Scratch(const std::string& parent);
  ~Scratch();
  Scratch(const Scratch&) = delete;
  Scratch& operator=(const Scratch&) = delete;
  const std::string& path() const { return path_; }  // empty: could not be made, and errno says why

 private:
  std::string path_;
};

// Removes what processes that are gone have left in `parent`, which is not there or may be empty:
// nobody ends well after SIGKILL.
void remove_left_scratch(const std::string& parent);

}  // namespace scraper::bench
