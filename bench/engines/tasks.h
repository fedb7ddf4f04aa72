// What the grid does not show, by engine: a task's life, tasks working together, cancelling,
// deadlines, the owner's hand-over. A task is a thread, or a coroutine. Each group of figures is
// measured in a child of its own (bench-child engine-task).
#pragma once

#include <boost/json/fwd.hpp>
#include <cstddef>
#include <optional>
#include <string>
#include <string_view>
#include <vector>

#include "base/error.h"
#include "bench/load/site.h"
#include "fetch/fetcher.h"

namespace scraper::bench {

// One figure of one repeat.
struct TaskValue {
  std::string what;   // "start 10000", … docs/measurements/README.md
  std::string unit;   // "us", "ms", "bytes"
  std::string about;  // a sentence: what exactly was done
  double value = 0;
  std::optional<double> switches;  // context switches of the process, each time
};

enum class TaskGroup { kLife, kTogether, kFirstByte, kCancel, kDeadline, kHandOver };
inline constexpr TaskGroup kTaskGroups[] = {TaskGroup::kLife,      TaskGroup::kTogether,
                                            TaskGroup::kFirstByte, TaskGroup::kCancel,
                                            TaskGroup::kDeadline,  TaskGroup::kHandOver};
std::string_view to_string(TaskGroup group);

struct TaskWork {
  TaskGroup group = TaskGroup::kLife;
  fetch::Engine engine = fetch::Engine::kThreads;
  std::size_t count = 10'000;  // tasks, transfers
  LoadSite site;               // not for kLife and kTogether
};
boost::json::object to_json(const TaskWork& work);
Result<TaskWork> task_work_from(const boost::json::object& object);

// Fails when tasks cannot be started, or something took so long that it is no measurement any more.
Result<std::vector<TaskValue>> run_task(const TaskWork& work);

// {"values": [{"what", "unit", "about", "value", "switches"?}, …]}, and back.
boost::json::object to_json(const std::vector<TaskValue>& values);
Result<std::vector<TaskValue>> task_values_from(const boost::json::object& object);

// The part "engine-task".
int run_engine_task(const boost::json::object& task);

}  // namespace scraper::bench
