// A parse worker: reads captures where it is told to, parses them, writes page records into the ring (parse/handoff.h). It opens no
// path, makes no connection and starts nothing; what it reads is hostile, so that it bounds itself before the first document:
// CPU time of each document (ITIMER_PROF, whose signal ends it), address space, no core files, no new privileges, and it dies with
// its owner.
#pragma once

namespace scraper::parse {

// Serves the owner at the other end of `socket` until that is closed. The exit code of the process.
int run_worker(int socket, int ring);

}  // namespace scraper::parse
