// Counts the system calls a request by ptrace(2): no counter of the kernel's is open to everybody.
// Every call then costs two stops, so a run that is counted is one of its own and none of its times
// mean anything.
//
// The process says by a mark after each request how many it has had so far. It is watched once it
// is under way; what is counted goes from the first mark that is seen to the one that comes so many
// requests later. It must end by itself at some time (alarm(2)): the counter waits for it without a
// time-out.
#pragma once

#include <sys/types.h>

#include <cstdint>

#include "base/error.h"

namespace scraper::bench {

// In the process that is watched: `requests` have been answered. Does nothing otherwise (close(2)
// of a descriptor that is none).
void mark_request(std::uint64_t requests);

// System calls a request, of all threads of `pid`, a child of the calling thread. The process is
// gone afterwards, killed and reaped, also after an error: kFile where ptrace is refused, kOther
// when it ended early. The calling thread has no other child that ends meanwhile. With some
// thousand threads each call counted costs a millisecond: wait(2) looks through all of them.
Result<double> count_system_calls(pid_t pid, std::uint64_t requests);

}  // namespace scraper::bench
