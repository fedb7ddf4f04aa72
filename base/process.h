// What the kernel says of a process. Any thread.
#pragma once

#include <sys/types.h>

#include <cstdint>

namespace scraper {

// The most memory that was resident at once, in bytes; 0 when the kernel does not say, as of a
// process that has ended. Not ru_maxrss: that of a program begins with what its parent had when it
// was spawned.
std::uint64_t peak_memory();
std::uint64_t peak_memory(pid_t process);

}  // namespace scraper
