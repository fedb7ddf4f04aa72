// Tasks without a network: what it costs to have them, and what it costs to hand a value from one
// to another. With `threads` a task is a thread of the engine's kind, blocked in a Channel; with
// `async` a coroutine that waits for its Completion.
#pragma once

#include <cstddef>
#include <vector>

#include "bench/engines/tasks.h"

namespace scraper::bench {

// "start N", "end N" (ms, of all), "memory a task" (bytes, resident).
Result<std::vector<TaskValue>> measure_life(fetch::Engine engine, std::size_t count);

// "hand a value over" (us, one way): from task to task. With `threads` "hand a value over, owner to
// engine" too: across the border between the owner's thread and an engine's. `async` has no such
// border; for it "hand a value over, to a loop on another thread" is what one would cost.
Result<std::vector<TaskValue>> measure_handing_over(fetch::Engine engine);

}  // namespace scraper::bench
