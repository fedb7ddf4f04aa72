// WorkerProcess: one child process with its socket and its shared memory, as the owner holds them.
// Passive: who waits and when is parse/worker_link.h's business. Owner's thread only, and that
// thread must outlive it: the worker asks the kernel to be killed when the thread that started it
// ends.
#pragma once

#include <sys/types.h>

#include <chrono>
#include <cstddef>
#include <cstdint>
#include <memory>
#include <string>

#include "base/descriptor.h"
#include "base/error.h"
#include "parse/workers/handoff.h"

namespace scraper::parse {

// Memory that a worker has too: a memfd, sealed in size so that neither end can make the other
// fault, and mapped here.
class SharedMemory {
 public:
  SharedMemory() = default;
  SharedMemory(const SharedMemory&) = delete;
  SharedMemory& operator=(const SharedMemory&) = delete;
  ~SharedMemory();

  // The descriptor is for the worker. Nothing is made of no bytes, and the descriptor is none.
  Result<Descriptor> make(const char* name, std::size_t bytes, int protection);

  char* at() const { return at_; }
  std::size_t size() const { return size_; }

 private:
  char* at_ = nullptr;
  std::size_t size_ = 0;
};

class WorkerProcess {
 public:
  // posix_spawn with nothing but standard error, the socket, the ring for answers and the inbox for
  // records (0 bytes: none); its own process group, so that a ^C at the terminal is the owner's to
  // handle; default signals; an environment of sanitizer options at most. Fails when `path` cannot
  // be executed.
  static Result<std::unique_ptr<WorkerProcess>> spawn(const std::string& path,
                                                      std::size_t ring_bytes,
                                                      std::size_t inbox_bytes);
  WorkerProcess(const WorkerProcess&) = delete;
  WorkerProcess& operator=(const WorkerProcess&) = delete;
  ~WorkerProcess();  // kills and reaps what is still there

  pid_t pid() const { return pid_; }
  // Where there is a ring; the board lies before it.
  const Board& board() const { return *reinterpret_cast<const Board*>(ring_.at()); }
  const char* ring() const { return ring_.at() + kBoardBytes; }
  std::size_t ring_bytes() const { return ring_.size() - kBoardBytes; }
  char* inbox() const { return inbox_.at(); }
  std::size_t inbox_bytes() const { return inbox_.size(); }

  // For the one who waits: the socket, and a pidfd, readable once the process has ended. Each is
  // handed out once.
  int release_socket() { return socket_.release(); }
  int release_exit() { return exit_.release(); }

  // SIGKILL, also to one that is stopped. Harmless once it has ended: until it is reaped nobody
  // else has its number.
  void kill();

  // True once the process has ended and been reaped; with `wait` it always is.
  bool reap(bool wait);

  // What it died of, once reaped: "crashed: signal 11", "cpu limit", "memory limit", "crashed: exit
  // code 3".
  std::string ending() const;

  // The most memory it has had resident so far, in bytes; 0 once it has ended. (ru_maxrss will not
  // do: a spawned child shares its parent's memory until it executes and inherits the parent's
  // figure.)
  std::uint64_t peak_memory() const;

  double cpu_seconds() const;  // user and system, so far or in all

 private:
  WorkerProcess() = default;

  Descriptor socket_;
  Descriptor exit_;
  pid_t pid_ = -1;
  int status_ = 0;
  double cpu_seconds_ = 0;  // once reaped
  bool is_reaped_ = false;
  SharedMemory ring_;   // read only
  SharedMemory inbox_;  // written only
};

// scraper-parse beside the running program.
std::string default_worker_path();

}  // namespace scraper::parse
