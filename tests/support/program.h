// The program itself, started as a person would: its exit code, standard output and standard error.
#pragma once

#include <sys/types.h>

#include <chrono>
#include <string>
#include <vector>

#include "tests/support/folder.h"

namespace scraper::test {

struct Ended {
  int code = -1;  // 128 + the signal when one ended it
  std::string out;
  std::string err;
};

class Program {
 public:
  // Starts build/scraper with `arguments`, standard input from `input`, $TMPDIR in a folder of its
  // own, and these variables besides, "NAME=VALUE"; or the program called `name`, which lies
  // beside it.
  explicit Program(const std::vector<std::string>& arguments, const std::string& input = "",
                   const std::vector<std::string>& environment = {},
                   const std::string& name = "scraper");
  // The same, with standard output a file that is open already.
  Program(const std::vector<std::string>& arguments, int standard_output);
  // The same, in a process group of its own: what ends it, ends all of it.
  struct Apart {
    std::vector<std::string> environment = {};
  };
  Program(const std::vector<std::string>& arguments, Apart apart);
  Program(const Program&) = delete;
  Program& operator=(const Program&) = delete;
  ~Program();  // kills what still runs

  void interrupt() const;       // SIGINT
  void send(int signal) const;  // to its whole group, where it has one of its own
  pid_t pid() const { return pid_; }
  bool ends_within(std::chrono::milliseconds patience) const;
  Ended wait();
  std::string said() const;     // on standard error, so far
  bool has_left_files() const;  // in $TMPDIR

 private:
  void start(const std::vector<std::string>& arguments, int standard_output,
             const std::vector<std::string>& more = {});

  Folder folder_;
  std::string name_ = "scraper";
  pid_t pid_ = -1;
  bool is_apart_ = false;
};

inline Ended run_program(const std::vector<std::string>& arguments, const std::string& input = "",
                         const std::vector<std::string>& environment = {},
                         const std::string& name = "scraper") {
  return Program(arguments, input, environment, name).wait();
}

}  // namespace scraper::test
