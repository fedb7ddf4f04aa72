// Resident memory of a process, as the kernel counts it (proc(5), /proc/PID/status). Any thread.
#pragma once

#include <sys/types.h>

#include <cstdint>

namespace scraper::bench {

struct ProcessMemory {
  std::uint64_t now = 0;
  std::uint64_t peak = 0;
  std::uint64_t shared = 0;  // of `now`, what others map too: rings
};

// Of `pid`, 0 being this process; zeros when it is gone.
ProcessMemory memory_of(pid_t pid);

// From now on this process's `peak` starts anew, where the kernel lets it.
void forget_peak_memory();

}  // namespace scraper::bench
