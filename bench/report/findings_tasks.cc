// What a task's life costs in either engine, and a worker's.
#include <fmt/format.h>

#include <algorithm>
#include <array>

#include "bench/report/compare.h"
#include "bench/report/findings.h"
#include "bench/report/text.h"

namespace scraper::bench::report {

namespace {

struct Wording {
  std::string_view what;  // in the file; a trailing # stands for a number
  std::string_view sentence;
  std::string_view unlike =
      {};  // why the engines' figures are not of the same work; empty: they are
};

constexpr std::string_view kTransferIncluded =
    "not alike: of async this is the whole transfer, which its owner's thread does; of threads "
    "others do it";

constexpr std::array<Wording, 13> kWordings = {
    {{"start #", "starting {} idle tasks"},
     {"end #", "ending {} idle tasks"},
     {"memory a task", "memory of an idle task"},
     {"first byte", "from starting an engine to its first byte"},
     {"first byte, engine running", "from the start of a transfer to its first byte"},
     {"hand a value over", "one task handing a value to another"},
     {"hand a value over, owner to engine", "the owner handing a value to a thread of the engine",
      "async has no thread of its own to hand one to"},
     {"hand a value over, to a loop on another thread",
      "a value to a loop on another thread, which async would pay if it had one"},
     {"cancel one of #", "cancelling one of {} by its id"},
     {"cancel #", "cancelling all of {} at once"},
     {"deadline lateness p99", "lateness of a deadline, 99th percentile"},
     {"hand over a URL", "the owner's CPU until it has handed over a URL",
      "not alike: of async this is the start of the transfer on its owner's thread; of threads "
      "other threads start it"},
     {"hand over a URL and take its capture",
      "the owner's CPU to hand over a URL and take its capture", kTransferIncluded}}};

// Where the number at the end of a name begins; its size when there is none.
std::size_t number_in(const std::string& what) {
  const std::size_t digits = what.find_last_not_of("0123456789") + 1;
  const bool has_number =
      digits > 0 && what[digits - 1] == ' ' && digits < what.size() && what.size() - digits < 10;
  return has_number ? digits : what.size();
}

// Null: a task that has no sentence here.
const Wording* wording_of(const std::string& what) {
  const std::size_t digits = number_in(what);
  const std::string name = digits < what.size() ? what.substr(0, digits) + "#" : what;
  const auto* const found = std::find_if(kWordings.begin(), kWordings.end(),
                                         [&](const Wording& one) { return one.what == name; });
  return found == kWordings.end() ? nullptr : found;
}

std::string sentence_of(const std::string& what) {
  const Wording* const wording = wording_of(what);
  if (wording == nullptr) return what;
  const std::size_t digits = number_in(what);
  return fmt::format(fmt::runtime(wording->sentence),
                     digits < what.size() ? number(std::stod(what.substr(digits))) : "");
}

std::string_view unlike(const std::string& what) {
  const Wording* const wording = wording_of(what);
  return wording == nullptr ? std::string_view() : wording->unlike;
}

const Task* task_of(const EngineRun& run, std::string_view engine, std::string_view what) {
  for (const Task& task : run.tasks) {
    if (task.engine == engine && task.what == what) return &task;
  }
  return nullptr;
}

std::string value_of(const Task& task) {
  if (!task.value)
    return task.skipped.empty() ? "not measured" : fmt::format("not measured ({})", task.skipped);
  if (task.unit == "bytes") return size_with_interval(*task.value);
  const bool is_long = task.unit == "us" && task.value->median >= 10'000;
  std::string text = is_long ? with_interval(scaled(*task.value, 1e-3), "ms")
                             : with_interval(*task.value, task.unit == "us" ? "µs" : task.unit);
  if (task.switches) text += fmt::format(" and {} context switches", with_interval(*task.switches));
  return text;
}

// "starting 10,000 idle tasks: threads 310 ms [300–320], async 12 ms [11–13]; threads take 26 ×
// [23–29] as much"
std::string in_words(const Task& threads, const Task* async) {
  std::string line = fmt::format("{}: threads {}", sentence_of(threads.what), value_of(threads));
  if (async != nullptr) line += fmt::format(", async {}", value_of(*async));
  if (const std::string_view why = unlike(threads.what); !why.empty())
    return line + fmt::format("; {}", why);
  if (async == nullptr) return line;
  if (!threads.value || !async->value || threads.unit != async->unit) return line;
  const Order order = compare(*threads.value, *async->value);
  if (order == Order::kSame)
    return line + fmt::format("; {}", no_difference(ratio_of(*threads.value, *async->value)));
  const bool is_threads_less = order == Order::kLess;
  const Summary ratio = is_threads_less ? ratio_of(*async->value, *threads.value)
                                        : ratio_of(*threads.value, *async->value);
  if (ratio.median <= 0) return line;
  return line + fmt::format("; {} {} as much", is_threads_less ? "async takes" : "threads take",
                            times(ratio));
}

std::string_view event_in_words(std::string_view event) {
  if (event == "spawn") return "from a worker's start to its first answer";
  if (event == "crash" || event == "crash next")
    return "from its death to the answer for the next page";
  if (event == "crash held") return "from its death to the answer for the page it held";
  return event;
}

// "file 4.2 ms [4.1–4.3] and 8 MB [7.9–8.1] resident"
std::string in_words(const WorkerFigure& worker) {
  std::string text = worker.handoff.empty() ? "" : worker.handoff + " ";
  if (!worker.milliseconds)
    return text + (worker.skipped.empty() ? "not measured"
                                          : fmt::format("not measured ({})", worker.skipped));
  text += with_interval(*worker.milliseconds, "ms");
  return worker.memory ? text + fmt::format(" and {} resident", size_with_interval(*worker.memory))
                       : text;
}

}  // namespace

std::vector<Finding> find_tasks(const EngineRun& run) {
  Finding finding{
      "A task's life: starting, handing over, cancelling", "Smaller is better in each:", {}};
  for (const Task& task : run.tasks) {
    if (task.engine == "threads") {
      finding.details.push_back(in_words(task, task_of(run, "async", task.what)));
    } else if (task_of(run, "threads", task.what) == nullptr) {
      finding.details.push_back(
          fmt::format("{}: {} {}", sentence_of(task.what), task.engine, value_of(task)));
    }
  }
  if (finding.details.empty()) return {};
  return {finding};
}

std::vector<Finding> find_workers(const HandoffRun& run) {
  Finding finding{"A worker's start and its replacement", "", {}};
  std::vector<std::string> events;
  for (const WorkerFigure& worker : run.workers) {
    if (std::find(events.begin(), events.end(), worker.event) == events.end())
      events.push_back(worker.event);
  }
  for (const std::string& event : events) {
    std::vector<std::string> parts;
    for (const WorkerFigure& worker : run.workers) {
      if (worker.event == event) parts.push_back(in_words(worker));
    }
    finding.details.push_back(fmt::format("{}: {}", event_in_words(event), joined(parts, "; ")));
  }
  if (finding.details.empty()) return {};
  finding.text = "What a process of its own takes to be there:";
  return {finding};
}

}  // namespace scraper::bench::report
