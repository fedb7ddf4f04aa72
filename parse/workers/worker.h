// A parse worker: takes captures in the way it is told at its start, parses them, answers with page
// records (parse/handoff.h). It opens no path, makes no connection and starts nothing; what it
// reads is hostile, so that it bounds itself before the first document: CPU time of each document
// (ITIMER_PROF, whose signal ends it), address space, no core files, no new privileges, and it dies
// with its owner.
#pragma once

namespace scraper::parse {

// Serves the owner at the other end of `socket` until that is closed. The exit code of the process.
// `ring` and `inbox` are memfds where the hand-off has them.
int run_worker(int socket, int ring, int inbox);

}  // namespace scraper::parse
