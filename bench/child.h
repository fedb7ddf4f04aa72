// A part of a measurement in a process of its own: this program, spawned again as `scraper-bench
// bench-child PART`, told what to do by one line of JSON on its standard input and answering with
// lines of JSON on its standard output. So every run starts with a fresh heap, its peak memory and
// context switches are its own, and a run that dies is a failed run and nothing worse.
//
// bench-child is no command for people: it is in no help. One thread at a time may use a Child.
#pragma once

#include <sys/types.h>

#include <boost/json/fwd.hpp>
#include <chrono>
#include <memory>
#include <string>

#include "base/error.h"

namespace scraper::bench {

class Child {
 public:
  // posix_spawn of this executable, with its standard error ours; it is killed when we die. `what`
  // is written to it.
  static Result<std::unique_ptr<Child>> start(const std::string& part,
                                              const boost::json::object& what);
  Child(const Child&) = delete;
  Child& operator=(const Child&) = delete;
  ~Child();  // kills and reaps what still runs

  pid_t pid() const { return pid_; }

  // The next line it prints; an Error when it ends, prints what is no JSON, or says nothing for
  // that long (it is killed then). A line {"error": "..."} becomes an Error too.
  Result<boost::json::object> answer(std::chrono::milliseconds patience);

  // Closes its standard input, which asks it to end, and waits that long before it is killed.
  void end(std::chrono::milliseconds patience = std::chrono::seconds(2));

 private:
  Child() = default;
  pid_t pid_ = -1;
  int in_ = -1;   // its standard input
  int out_ = -1;  // its standard output
  std::string buffered_;
};

// In the child: what it was told, and how it answers. `say` fails only when nobody listens any
// more.
Result<boost::json::object> read_task();
bool say(const boost::json::object& answer);

}  // namespace scraper::bench
