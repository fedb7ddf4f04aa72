// Tasks that are transfers, against the load server: how soon the first byte is there, how
// transfers are cancelled and end at their deadline, and what the owner pays to hand a URL over.
// Owner's thread.
#pragma once

#include <vector>

#include "bench/engines/tasks.h"

namespace scraper::bench {

// "first byte" (us): from make_fetcher() on; "first byte, engine running": from fetch() on, over a
// new connection.
Result<std::vector<TaskValue>> measure_first_byte(const TaskWork& work);

// "cancel one of 10000" (us) by id, while the others go on, and "cancel 10000" (ms): all at once.
// Of fewer where work.count is less; the names stay, `about` says so.
Result<std::vector<TaskValue>> measure_cancelling(const TaskWork& work);

// "deadline lateness p99" (us): by how much transfers that are never answered outlive
// max_transfer_time.
Result<std::vector<TaskValue>> measure_deadlines(const TaskWork& work);

// "hand over a URL" (us): CPU of the owner's thread in a call of fetch() with 1,000 transfers at
// once; "hand over a URL and take its capture": with all that comes back. Not alike in both
// engines: of `async` the owner's thread does the transfers too.
Result<std::vector<TaskValue>> measure_owner(const TaskWork& work);

}  // namespace scraper::bench
