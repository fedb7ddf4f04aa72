#include "bench/engines/table.h"

#include <fmt/format.h>

#include <algorithm>
#include <set>

namespace scraper::bench {

namespace {

constexpr double kEnoughHeadroom = 2;

class Table {
 public:
  explicit Table(const EngineResults& results) : results_(results) {}

  std::string text() {
    add_rates();
    add_best();
    add_costs();
    add_tasks();
    add_left_out();
    add_server();
    return std::move(text_);
  }

 private:
  template <class... Arguments>
  void line(fmt::format_string<Arguments...> form, Arguments&&... arguments) {
    text_ += fmt::format(form, std::forward<Arguments>(arguments)...) + "\n";
  }

  // The result with those coordinates; null when it was not measured.
  const CellResult* find(const Cell& cell) const {
    const auto found = std::find_if(
        results_.cells.begin(), results_.cells.end(),
        [&](const CellResult& one) { return one.planned.cell == cell && !one.readings.empty(); });
    return found == results_.cells.end() ? nullptr : &*found;
  }

  static bool is_of_grid(const Cell& cell) {
    return !is_bare(cell.runner) && !cell.is_tls && cell.is_kept && cell.body == Cell{}.body;
  }

  static Cell on_grid(Runner runner, std::size_t concurrency, unsigned delay_ms) {
    Cell cell;
    cell.runner = runner;
    cell.concurrency = concurrency;
    cell.delay_ms = delay_ms;
    return cell;
  }

  std::set<std::size_t> concurrencies() const {
    std::set<std::size_t> all;
    for (const CellResult& one : results_.cells) {
      if (is_of_grid(one.planned.cell)) all.insert(one.planned.cell.concurrency);
    }
    return all;
  }

  std::set<unsigned> delays() const {
    std::set<unsigned> all;
    for (const CellResult& one : results_.cells) {
      if (is_of_grid(one.planned.cell)) all.insert(one.planned.cell.delay_ms);
    }
    return all;
  }

  void add_rates() {
    line("Requests a second, 10 KB over kept-alive HTTP, by server's delay and requests at once");
    std::string head = fmt::format("{:>8} {:<8}", "delay", "engine");
    for (const std::size_t concurrency : concurrencies())
      head += fmt::format("{:>10}", concurrency);
    line("{}", head);
    for (const unsigned delay : delays()) {
      for (const Runner runner : {Runner::kThreads, Runner::kAsync}) {
        std::string row = fmt::format("{:>5} ms {:<8}", delay, to_string(runner));
        for (const std::size_t concurrency : concurrencies()) {
          const CellResult* result = find(on_grid(runner, concurrency, delay));
          row += result == nullptr ? fmt::format("{:>10}", "-")
                                   : fmt::format("{:>10.0f}", requests_per_second(*result).median);
        }
        line("{}", row);
      }
    }
  }

  std::string best_of(Runner runner, unsigned delay) const {
    const CellResult* best = nullptr;
    for (const std::size_t concurrency : concurrencies()) {
      const CellResult* result = find(on_grid(runner, concurrency, delay));
      if (result != nullptr && (best == nullptr || requests_per_second(*result).median >
                                                       requests_per_second(*best).median))
        best = result;
    }
    if (best == nullptr) return "not measured";
    return fmt::format("{:.0f}/s at {}, {:.0f} us", requests_per_second(*best).median,
                       best->planned.cell.concurrency, cpu_us(*best));
  }

  void add_best() {
    line("\nThe most of each, and its CPU a request");
    line("{:>8} {:<32}{}", "delay", "threads", "async");
    for (const unsigned delay : delays()) {
      line("{:>5} ms {:<32}{}", delay, best_of(Runner::kThreads, delay),
           best_of(Runner::kAsync, delay));
    }
  }

  void add_costs() {
    line("\nCPU a request, and times that of bare libcurl of its kind");
    for (const CellResult& bare : results_.cells) {
      if (!is_bare(bare.planned.cell.runner) || bare.readings.empty()) continue;
      Cell ours = bare.planned.cell;
      ours.runner = ours.runner == Runner::kBareThreads ? Runner::kThreads : Runner::kAsync;
      const CellResult* result = find(ours);
      if (result == nullptr) continue;
      line("  {:<58}{:>7.1f} us ={:>6.2f} x {:.1f} us", describe(ours), cpu_us(*result),
           cpu_us(*result) / cpu_us(bare), cpu_us(bare));
    }
    if (results_.tls.empty()) return;
    std::vector<double> costs;
    for (const BareTlsFigures& figures : results_.tls) costs.push_back(figures.cpu_us);
    line("  a bare OpenSSL client takes {:.0f} us for a new connection and its request",
         summarise(std::move(costs)).median);
  }

  void add_tasks() {
    if (!results_.tasks.empty()) line("\nTasks");
    for (const TaskResult& task : results_.tasks) {
      const bool is_threads = task.engine == fetch::Engine::kThreads;
      std::string switches;
      if (!task.switches.empty())
        switches = fmt::format(", {:.2f} switches", summarise(task.switches).median);
      line("  {:<8}{:<48}{:>12.5g} {}{}", is_threads ? "threads" : "async", task.first.what,
           summarise(task.values).median, task.first.unit, switches);
    }
    for (const TaskFailure& failure : results_.task_failures)
      line("  {:<8}not measured ({}): {}",
           failure.engine == fetch::Engine::kThreads ? "threads" : "async",
           to_string(failure.group), failure.why);
  }

  void add_left_out() {
    std::vector<std::string> words;
    std::uint64_t errors = 0;
    for (const CellResult& one : results_.cells) {
      for (const Reading& reading : one.readings) errors += reading.errors;
      const std::string& why = one.planned.skipped.empty() ? one.failure : one.planned.skipped;
      if (one.readings.empty() && std::find(words.begin(), words.end(), why) == words.end())
        words.push_back(why);
    }
    if (!words.empty()) line("\nNot measured");
    for (const std::string& why : words) line("  {}", why);
    if (!results_.uncounted.empty()) line("  system calls: {}", results_.uncounted);
    if (errors != 0) line("\n{} requests failed: engines.json says where", errors);
  }

  void add_server() {
    const auto times = headroom(results_);
    if (!times) return;
    line("\nThe load server serves {:.1f} times the requests a second of the fastest cell.",
         *times);
    if (*times < kEnoughHeadroom)
      line("That is less than {:.0f} times: the fastest cells may be bound by the server.",
           kEnoughHeadroom);
  }

  const EngineResults& results_;
  std::string text_;
};

}  // namespace

std::string engine_table(const EngineResults& results) { return Table(results).text(); }

}  // namespace scraper::bench
