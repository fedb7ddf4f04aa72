#include "bench/engines/plan.h"

#include <fmt/format.h>

#include <algorithm>
#include <array>
#include <cmath>
#include <utility>

namespace scraper::bench {

namespace {

constexpr std::size_t kPage = 10'240;  // the body of the grid

constexpr std::array<std::size_t, 7> kConcurrencies = {1, 10, 100, 1'000, 3'000, 5'000, 10'000};
constexpr std::array<unsigned, 5> kDelays = {0, 10, 50, 200, 1'000};
constexpr std::array<std::size_t, 3> kQuickConcurrencies = {1, 100, 1'000};
constexpr std::array<unsigned, 3> kQuickDelays = {0, 50, 200};

struct Point {
  std::size_t concurrency;
  unsigned delay_ms;
};
// Where body, scheme and connection are varied: bound by the CPU alone, by both, by the delay
// alone.
constexpr std::array<Point, 3> kVaried = {{{100, 0}, {100, 50}, {1'000, 200}}};
constexpr std::array<Point, 1> kQuickVaried = {{{100, 0}}};
// Where the bare loops run beside the engines.
constexpr std::array<Point, 5> kBare = {
    {{100, 0}, {1'000, 0}, {100, 200}, {1'000, 200}, {5'000, 200}}};
constexpr std::array<Point, 2> kQuickBare = {{{100, 0}, {1'000, 200}}};

constexpr std::size_t kDescriptorsBeside = 128;  // of the program itself
constexpr std::size_t kServerBeside =
    2 * kServerAddresses + 16;  // of the load server, which is a process of its own
constexpr std::size_t kThreadsBeside = 16;
constexpr std::uint64_t kServerPerConnection = 32u << 10;
constexpr std::uint64_t kTlsServerPerConnection = 96u << 10;

// A thread's transfer: its socket and the pair of its multi handle; no body here goes to a spool
// file.
std::size_t descriptors_of(Runner runner, std::size_t concurrency) {
  return concurrency * (has_thread_each(runner) ? 3 : 1) + kDescriptorsBeside;
}

std::uint64_t memory_of(Runner runner, std::size_t concurrency, bool is_tls) {
  const auto engine = has_thread_each(runner) ? fetch::Engine::kThreads : fetch::Engine::kAsync;
  return concurrency * (cli::cost_of_transfer(engine).memory +
                        (is_tls ? kTlsServerPerConnection : kServerPerConnection));
}

std::size_t in_megabytes(std::uint64_t bytes) { return static_cast<std::size_t>(bytes >> 20) + 1; }

// A whole number of the server's delays: then what is counted does not depend on where in a delay
// the window opens.
double window_of(unsigned delay_ms, bool is_quick) {
  const double wanted = is_quick ? 0.6 : 2;
  if (delay_ms == 0) return wanted;
  const double delay = delay_ms / 1000.0;
  return delay * std::max(is_quick ? 2.0 : 3.0, std::ceil(wanted / delay - 1e-9));
}

// Two of every asker at least: with fewer, calls are counted of requests that are not (100 a
// request were, with 5,000 threads). With some thousand threads that would take minutes, so none
// are counted: 0.
std::uint64_t requests_to_count(const Cell& cell, bool is_quick) {
  constexpr std::size_t kMostThreads = 1'000;
  const double least = 2.0 * static_cast<double>(cell.concurrency);
  const double usual = is_quick ? 300 : 1'500;
  if (has_thread_each(cell.runner) && cell.concurrency > kMostThreads) return 0;
  if (is_quick && least > usual) return 0;
  const double in_time = cell.delay_ms == 0 ? usual : least * 1000 / cell.delay_ms;
  return static_cast<std::uint64_t>(std::max(least, std::min(usual, in_time)));
}

class Planner {
 public:
  Planner(const cli::Machine& machine, bool is_quick) : machine_(machine) {
    plan_.is_quick = is_quick;
  }

  Plan plan() {
    plan_.repeats = plan_.is_quick ? 2 : 6;
    if (plan_.is_quick) {
      add_grid(kQuickConcurrencies, kQuickDelays, kQuickBare);
      add_variations(kQuickVaried);
    } else {
      add_grid(kConcurrencies, kDelays, kBare);
      add_variations(kVaried);
    }
    return std::move(plan_);
  }

 private:
  template <class Concurrencies, class Delays, class Points>
  void add_grid(const Concurrencies& concurrencies, const Delays& delays, const Points& bare) {
    for (const unsigned delay : delays) {
      for (const std::size_t concurrency : concurrencies) {
        const bool has_bare = std::any_of(bare.begin(), bare.end(), [&](const Point& point) {
          return point.concurrency == concurrency && point.delay_ms == delay;
        });
        add({Runner::kThreads, concurrency, delay, kPage}, has_bare);
      }
    }
  }

  template <class Points>
  void add_variations(const Points& points) {
    for (const Point& point : points) {
      const Cell usual{Runner::kThreads, point.concurrency, point.delay_ms, kPage};
      // In the plane's own cells beside the first and the last point there are bare loops already.
      for (const std::size_t body : {std::size_t{1'024}, std::size_t{102'400}})
        add(with(usual, body, false, true), point.delay_ms == 0);
      add(with(usual, kPage, true, true), point.delay_ms != 50);
      add(with(usual, kPage, false, false), point.delay_ms == 0);
      // What a crawl of many hosts is: it is compared with a client that does nothing but
      // handshakes.
      if (point.delay_ms == 0) add(with(usual, kPage, true, false), true);
    }
  }

  static Cell with(Cell cell, std::size_t body, bool is_tls, bool is_kept) {
    cell.body = body;
    cell.is_tls = is_tls;
    cell.is_kept = is_kept;
    return cell;
  }

  // With every runner, one after the other.
  void add(Cell cell, bool has_bare) {
    for (const Runner runner :
         {Runner::kThreads, Runner::kAsync, Runner::kBareThreads, Runner::kBareMulti}) {
      if (is_bare(runner) && !has_bare) continue;
      cell.runner = runner;
      PlannedCell planned{cell, shortage(runner, cell.concurrency, cell.is_tls, machine_), 0, 0};
      planned.window = window_of(cell.delay_ms, plan_.is_quick);
      const bool is_counted = !plan_.is_quick || (cell.delay_ms == 0 && cell.concurrency >= 100);
      if (is_counted && planned.skipped.empty())
        planned.counted_requests = requests_to_count(cell, plan_.is_quick);
      plan_.cells.push_back(std::move(planned));
    }
  }

  const cli::Machine& machine_;
  Plan plan_;
};

}  // namespace

std::string shortage(Runner runner, std::size_t concurrency, bool is_tls,
                     const cli::Machine& machine) {
  const std::size_t descriptors = descriptors_of(runner, concurrency);
  if (descriptors > machine.descriptors) {
    return fmt::format(
        "{} transfers with {} take {} descriptors and {} may be open here (ulimit -n {} would do)",
        concurrency, to_string(runner), descriptors, machine.descriptors, descriptors);
  }
  if (concurrency + kServerBeside > machine.descriptors) {
    return fmt::format(
        "{} connections take {} descriptors of the load server and {} may be open here (ulimit -n "
        "{} would do)",
        concurrency, concurrency + kServerBeside, machine.descriptors, concurrency + kServerBeside);
  }
  if (has_thread_each(runner)) {
    if (auto words = shortage_of_threads(concurrency, machine); !words.empty()) return words;
  }
  const std::uint64_t memory = memory_of(runner, concurrency, is_tls);
  if (memory > machine.memory / 10 * 9) {
    return fmt::format(
        "{} transfers with {} and the server's side of them take up to {} MB and {} MB are free "
        "(with {} MB it can be measured)",
        concurrency, to_string(runner), in_megabytes(memory), in_megabytes(machine.memory),
        in_megabytes(memory / 9 * 10));
  }
  return {};
}

std::string shortage_of_threads(std::size_t threads, const cli::Machine& machine) {
  if (threads + kThreadsBeside <= machine.threads) return {};
  return fmt::format(
      "{} threads are more than the {} that may be here (threads-max, pid_max, pids.max, ulimit "
      "-u: {} would do)",
      threads, machine.threads, threads + kThreadsBeside);
}

std::size_t most_transfers(Runner runner, std::size_t wanted, const cli::Machine& machine) {
  for (std::size_t count = wanted; count >= 100; count -= 100) {
    if (shortage(runner, count, false, machine).empty()) return count;
  }
  return 0;
}

std::string shortage_of_server(const cli::Machine& machine) {
  constexpr std::size_t kLeast = kServerBeside + 1;
  if (kLeast <= machine.descriptors) return {};
  return fmt::format(
      "the load server alone takes {} descriptors and {} may be open here: ulimit -n {} would do, "
      "32768 for all",
      kLeast, machine.descriptors, kLeast);
}

std::size_t most_connections(std::size_t wanted, const cli::Machine& machine) {
  return std::min(wanted,
                  std::max<std::size_t>(machine.descriptors, kServerBeside + 1) - kServerBeside);
}

TaskRoom room_for(TaskGroup group, Runner runner, const cli::Machine& machine) {
  constexpr std::size_t kMany = 10'000;
  constexpr std::size_t kSome = 1'000;
  switch (group) {
    case TaskGroup::kLife:
      return {kMany, has_thread_each(runner) ? shortage_of_threads(kMany, machine) : std::string()};
    case TaskGroup::kTogether: return {2, {}};
    case TaskGroup::kFirstByte: return {1, shortage(runner, 1, false, machine)};
    default: break;
  }
  const std::size_t count =
      most_transfers(runner, group == TaskGroup::kCancel ? kMany : kSome, machine);
  return {count, count > 0 ? std::string() : shortage(runner, 100, false, machine)};
}

std::vector<std::string> shortages_in_words(const Plan& plan) {
  std::vector<std::pair<std::string, std::size_t>> reasons;
  for (const PlannedCell& planned : plan.cells) {
    if (planned.skipped.empty()) continue;
    const auto found = std::find_if(reasons.begin(), reasons.end(),
                                    [&](const auto& one) { return one.first == planned.skipped; });
    found == reasons.end() ? void(reasons.emplace_back(planned.skipped, 1)) : void(++found->second);
  }
  std::vector<std::string> words;
  words.reserve(reasons.size());
  for (const auto& [reason, count] : reasons) {
    words.push_back(fmt::format("{} beyond this system: {}",
                                count == 1 ? "a cell is" : fmt::format("{} cells are", count),
                                reason));
  }
  return words;
}

Plan plan_engines(const cli::Machine& machine, bool is_quick) {
  return Planner(machine, is_quick).plan();
}

double seconds_of(const PlannedCell& planned) {
  if (!planned.skipped.empty()) return 0;
  const Cell& cell = planned.cell;
  const double count = static_cast<double>(cell.concurrency);
  const double per_request = 120e-6 + (cell.is_tls ? 40e-6 : 0) +
                             static_cast<double>(cell.body) * 1e-9;  // both sides, two cores
  const double connections = count * (cell.is_tls ? 2.5e-3 : 150e-6);
  const double round = std::max(cell.delay_ms / 1000.0, count * per_request);
  return 0.1 + connections + 1.5 * round + planned.window;
}

double counted_seconds_of(const PlannedCell& planned) {
  if (planned.counted_requests == 0) return 0;
  const Cell& cell = planned.cell;
  const double requests = static_cast<double>(planned.counted_requests);
  const double count = static_cast<double>(cell.concurrency);
  const double watched = has_thread_each(cell.runner) ? count : 1;
  const double calls = cell.is_kept  ? 1
                       : cell.is_tls ? 8
                                     : 2;  // times those of a kept connection over HTTP
  const double stops = requests * (calls * 0.3e-3 + watched * 1e-6);
  return 0.1 + seconds_of(planned) - planned.window +
         std::max(stops, requests / count * cell.delay_ms / 1000.0);
}

double task_seconds(const Plan& plan) { return plan.is_quick ? 10 : 30; }

double seconds_of(const Plan& plan) {
  double pass = task_seconds(plan) + (plan.is_quick ? 1 : 2);  // the load server alone
  double once = 1;
  for (const PlannedCell& planned : plan.cells) {
    pass += seconds_of(planned);
    once += counted_seconds_of(planned);
  }
  return once + pass * static_cast<double>(plan.repeats);
}

}  // namespace scraper::bench
