// `scraper bench handoff`: the plan, run round by round, each run in a process and a directory of
// its own.
#include <fmt/format.h>
#include <sys/vfs.h>
#include <unistd.h>

#include <boost/json.hpp>
#include <cstdlib>
#include <string>
#include <string_view>
#include <utility>

#include "base/clock.h"
#include "base/output.h"
#include "base/say.h"
#include "bench/bench.h"
#include "bench/child.h"
#include "bench/handoff/plan.h"
#include "bench/handoff/samples.h"
#include "bench/handoff/scratch.h"
#include "bench/machine.h"
#include "bench/output.h"
#include "bench/run_watch.h"

namespace scraper::bench {

namespace json = boost::json;

namespace {

constexpr std::chrono::seconds kPatience{60};         // with one run
constexpr long kTmpfs = 0x01021994;                   // TMPFS_MAGIC
constexpr std::uint64_t kRoomOnTmpfs = 128ull << 20;  // the archive of one run, and some

bool is_on_tmpfs(const std::string& directory) {
  struct statfs system {};
  return ::statfs(directory.c_str(), &system) == 0 && system.f_type == kTmpfs;
}

std::string find_tmpfs() {
  const char* const runtime = std::getenv("XDG_RUNTIME_DIR");
  for (const std::string directory : {"/dev/shm", runtime != nullptr ? runtime : "", "/tmp"}) {
    struct statfs system {};
    if (!is_on_tmpfs(directory) || ::access(directory.c_str(), W_OK) != 0) continue;
    if (::statfs(directory.c_str(), &system) == 0 &&
        system.f_bavail * static_cast<std::uint64_t>(system.f_bsize) >= kRoomOnTmpfs) {
      return directory;
    }
  }
  return {};
}

// bench::say speaks to a parent; this one to the person.
void tell(std::string_view text) { scraper::say(text); }

class HandoffBench {
 public:
  HandoffBench(const BenchOptions& options, const HandoffPlan& plan)
      : options_(options),
        plan_(plan),
        machine_(describe_machine(options.command)),
        cores_(machine_.at("cores").to_number<std::size_t>()),
        samples_(plan),
        tmpfs_(find_tmpfs()) {}

  int run() {
    const InterruptWatch watch;
    const auto output = OutputDirectory::open(options_.output, "handoff.json");
    if (!output) return cli::complain(output.error());
    announce();
    for (const std::string& parent : {options_.output, tmpfs_}) remove_left_scratch(parent);
    is_interrupted_ = run_rounds();
    if (is_interrupted_) cli::complain(interrupted_in_words(whole_rounds_, plan_.repeats, "round"));
    if (!is_interrupted_ || whole_rounds_ > 0) return finish();
    output->abandon();
    return InterruptWatch::exit_code();
  }

 private:
  void announce() const {
    tell(fmt::format("bench handoff: {} cells, {} rounds: about {}\n", plan_.cells.size(),
                     plan_.repeats, duration_in_words(estimated_seconds(plan_, cores_))));
    if (tmpfs_.empty())
      tell("bench handoff: there is no tmpfs with room for 128 MB: what needs one is skipped\n");
    if (is_on_tmpfs(options_.output))
      tell("bench handoff: the output directory is on tmpfs: give -o on a disk to measure one\n");
  }

  // Every second round goes the other way, so that what comes first in one comes last in the other.
  // True when it was interrupted.
  bool run_rounds() {
    RunProgress progress("bench handoff", estimated_seconds(plan_, cores_));
    const std::size_t all = plan_.cells.size() + plan_.events.size();
    for (std::size_t i = 0; i < all * plan_.repeats; ++i) {
      const std::size_t round = i / all;
      const std::size_t number = round % 2 == 0 ? i % all : all - 1 - i % all;
      if (number < plan_.cells.size()) {
        const HandoffCell& cell = plan_.cells[number];
        progress.begin(describe(cell), estimated_seconds(cell, plan_.window, cores_));
        run_cell(number, round);
      } else {
        const WorkerEvent& event = plan_.events[number - plan_.cells.size()];
        progress.begin(describe(event), kEventSeconds);
        run_event(number - plan_.cells.size(), round);
      }
      if (InterruptWatch::is_interrupted()) return true;
      whole_rounds_ = (i + 1) / all;
    }
    return false;
  }

  void run_cell(std::size_t number, std::size_t round) {
    const HandoffCell& cell = plan_.cells[number];
    json::object task = to_json(cell);
    task["window_ms"] = plan_.window.count();
    const std::string& parent = cell.storage == Storage::kTmpfs ? tmpfs_ : options_.output;
    if (parent.empty()) return samples_.skip_cell(number, "there is no tmpfs here");
    const auto answer = run_part("handoff-cell", std::move(task), parent);
    if (InterruptWatch::is_interrupted()) return;
    answer ? samples_.add_cell(number, round, *answer)
           : samples_.fail_cell(number, answer.error().context);
  }

  void run_event(std::size_t number, std::size_t round) {
    const auto answer = run_part("handoff-event", to_json(plan_.events[number]), options_.output);
    if (InterruptWatch::is_interrupted()) return;
    answer ? samples_.add_event(number, round, *answer)
           : samples_.fail_event(number, answer.error().context);
  }

  static Result<json::object> run_part(const std::string& part, json::object task,
                                       const std::string& parent) {
    const Scratch scratch(parent);
    if (scratch.path().empty()) return errno_error("cannot make a directory in", parent);
    task["directory"] = scratch.path();
    auto child = Child::start(part, task);
    if (!child) return child.error();
    auto answer = (*child)->answer(kPatience);
    (*child)->end();
    return answer;
  }

  int finish() {
    json::object result{{"kind", "handoff"},
                        {"version", 1},
                        {"quick", options_.is_quick},
                        {"seconds", seconds(SteadyClock::now() - begun_)},
                        {"machine", machine_}};
    if (is_interrupted_) result["interrupted"] = true;
    for (auto& member : samples_.to_json()) result[member.key()] = std::move(member.value());
    const int published = publish(options_.output, "handoff.json", json::serialize(result) + "\n");
    if (is_interrupted_) return InterruptWatch::exit_code();
    const std::string failure = samples_.first_failure();
    if (published != 0 || failure.empty()) return published;
    tell(fmt::format("scraper: not everything could be measured: {}\n", failure));
    return 1;
  }

  const BenchOptions& options_;
  const HandoffPlan& plan_;
  const json::object machine_;
  const std::size_t cores_;
  HandoffSamples samples_;
  const std::string tmpfs_;
  const TimePoint begun_ = SteadyClock::now();
  std::size_t whole_rounds_ = 0;
  bool is_interrupted_ = false;
};

}  // namespace

int run_bench_handoff(const BenchOptions& options) {
  const HandoffPlan plan = plan_handoff(options.is_quick);
  return HandoffBench(options, plan).run();
}

}  // namespace scraper::bench
