// `scraper bench handoff`: the plan, run round by round, each run in a process and a directory of its own.
#include <fmt/format.h>
#include <sys/vfs.h>
#include <unistd.h>

#include <boost/json.hpp>
#include <cstdio>
#include <cstdlib>
#include <filesystem>
#include <string>
#include <string_view>
#include <utility>

#include "scraper/base/clock.h"
#include "scraper/base/json_writer.h"
#include "scraper/bench/bench.h"
#include "scraper/bench/child.h"
#include "scraper/bench/handoff/plan.h"
#include "scraper/bench/handoff/samples.h"
#include "scraper/bench/handoff/table.h"
#include "scraper/bench/machine.h"
#include "scraper/bench/run_watch.h"
#include "scraper/file.h"
#include "scraper/say.h"

namespace scraper::bench {

namespace json = boost::json;

namespace {

constexpr std::chrono::seconds kPatience{60};         // with one run
constexpr long kTmpfs = 0x01021994;                   // TMPFS_MAGIC
constexpr std::uint64_t kRoomOnTmpfs = 128ull << 20;  // the archive of one run, and some

// Below `parent`; gone, with all that is in it, at its end.
class Scratch {
 public:
  explicit Scratch(const std::string& parent) : path_(parent + "/handoff-XXXXXX") {
    if (::mkdtemp(path_.data()) == nullptr) path_.clear();
  }
  ~Scratch() {
    std::error_code ignored;
    if (!path_.empty()) std::filesystem::remove_all(path_, ignored);
  }
  Scratch(const Scratch&) = delete;
  Scratch& operator=(const Scratch&) = delete;
  const std::string& path() const { return path_; }  // empty: could not be made

 private:
  std::string path_;
};

bool is_on_tmpfs(const std::string& directory) {
  struct statfs system {};
  return ::statfs(directory.c_str(), &system) == 0 && system.f_type == kTmpfs;
}

std::string find_tmpfs() {
  const char* const runtime = std::getenv("XDG_RUNTIME_DIR");
  for (const std::string directory : {"/dev/shm", runtime != nullptr ? runtime : "", "/tmp"}) {
    struct statfs system {};
    if (!is_on_tmpfs(directory) || ::access(directory.c_str(), W_OK) != 0) continue;
    if (::statfs(directory.c_str(), &system) == 0 && system.f_bavail * static_cast<std::uint64_t>(system.f_bsize) >= kRoomOnTmpfs) {
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
    if (const int code = make_output(); code != 0) return code;
    announce();
    const InterruptWatch watch;
    run_rounds();
    if (!InterruptWatch::is_interrupted()) return finish();
    tell("scraper: interrupted; nothing was written\n");
    return InterruptWatch::exit_code();
  }

 private:
  int make_output() {
    std::error_code error;
    std::filesystem::create_directories(options_.output, error);
    if (!error) return 0;
    tell(fmt::format("scraper: cannot make {}: {}\n", printable(options_.output), error.message()));
    return exit_code(Errc::kFile);
  }

  void announce() const {
    tell(fmt::format("bench handoff: {} cells, {} rounds: about {}\n", plan_.cells.size(), plan_.repeats,
                     duration_in_words(estimated_seconds(plan_, cores_))));
    if (tmpfs_.empty()) tell("bench handoff: there is no tmpfs with room for 128 MB: what needs one is skipped\n");
    if (is_on_tmpfs(options_.output)) tell("bench handoff: the output directory is on tmpfs: give -o on a disk to measure one\n");
  }

  // Every second round goes the other way, so that what comes first in one comes last in the other.
  void run_rounds() {
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
      if (InterruptWatch::is_interrupted()) return;
    }
  }

  void run_cell(std::size_t number, std::size_t round) {
    const HandoffCell& cell = plan_.cells[number];
    json::object task = to_json(cell);
    task["window_ms"] = plan_.window.count();
    const std::string& parent = cell.storage == Storage::kTmpfs ? tmpfs_ : options_.output;
    if (parent.empty()) return samples_.skip_cell(number, "there is no tmpfs here");
    const auto answer = run_part("handoff-cell", std::move(task), parent);
    if (InterruptWatch::is_interrupted()) return;
    answer ? samples_.add_cell(number, round, *answer) : samples_.fail_cell(number, answer.error().context);
  }

  void run_event(std::size_t number, std::size_t round) {
    const auto answer = run_part("handoff-event", to_json(plan_.events[number]), options_.output);
    if (InterruptWatch::is_interrupted()) return;
    answer ? samples_.add_event(number, round, *answer) : samples_.fail_event(number, answer.error().context);
  }

  static Result<json::object> run_part(const std::string& part, json::object task, const std::string& parent) {
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
    for (auto& member : samples_.to_json()) result[member.key()] = std::move(member.value());
    const std::string path = options_.output + "/handoff.json";
    if (const auto written = replace_file(path, json::serialize(result) + "\n"); !written) {
      tell(fmt::format("scraper: {}\n", written.error().context));
      return exit_code(written.error().code);
    }
    const std::string table = handoff_table(result);
    if (std::fwrite(table.data(), 1, table.size(), stdout) != table.size() || std::fflush(stdout) != 0)
      return exit_code(Errc::kFile);
    const int code = run_bench_report(options_.output);
    const std::string failure = samples_.first_failure();
    if (failure.empty()) return code;
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
};

}  // namespace

int run_bench_handoff(const BenchOptions& options) {
  const HandoffPlan plan = plan_handoff(options.is_quick);
  return HandoffBench(options, plan).run();
}

}  // namespace scraper::bench
