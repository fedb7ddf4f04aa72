#include "scraper/cli/sizing.h"

#include <fmt/format.h>
#include <sched.h>
#include <sys/resource.h>
#include <unistd.h>

#include <algorithm>
#include <fstream>
#include <optional>
#include <string>

#include "scraper/cli/values.h"

namespace scraper::cli {

namespace {

// Besides transfers and workers: files, sockets of the loop, the resolver's and the appender's threads, some idle connections.
constexpr Cost kProgram = {40, 16, 48ull << 20};
constexpr std::size_t kFewIdle = 32;
constexpr std::size_t kMostIdle = 256;

std::optional<std::uint64_t> number_in(const std::string& path) {
  std::ifstream file(path);
  std::uint64_t number = 0;
  if (!(file >> number)) return std::nullopt;  // "max", or no such file
  return number;
}

// "MemAvailable:   123 kB"
std::optional<std::uint64_t> available_memory() {
  std::ifstream file("/proc/meminfo");
  for (std::string name; file >> name;) {
    std::uint64_t kibibytes = 0;
    if (name == "MemAvailable:" && file >> kibibytes) return kibibytes << 10;
    std::getline(file, name);
  }
  return std::nullopt;
}

template <class T>
void lower(T& limit, std::optional<std::uint64_t> to) {
  if (to) limit = static_cast<T>(std::min<std::uint64_t>(limit, *to));
}

// The cgroup v2 this process is in, if it sees one: a container's limits.
std::string own_cgroup() {
  std::ifstream file("/proc/self/cgroup");
  for (std::string line; std::getline(file, line);) {
    if (line.starts_with("0::")) return "/sys/fs/cgroup" + line.substr(3);
  }
  return "/sys/fs/cgroup";
}

std::size_t left_of(std::size_t all, std::size_t taken) { return all > taken ? all - taken : 0; }

std::size_t share(std::uint64_t all, std::uint64_t taken, std::uint64_t each) {
  if (each == 0) return std::numeric_limits<std::size_t>::max();
  return all > taken ? static_cast<std::size_t>((all - taken) / each) : 0;
}

struct Fit {
  std::size_t most = 0;
  std::string_view what;  // what bounds it
};

// How many of `one` fit beside `taken`.
Fit fit(const Cost& one, const Cost& taken, const Machine& machine) {
  const Fit fits[] = {{share(machine.descriptors, taken.descriptors, one.descriptors), "descriptors (ulimit -n)"},
                      {share(machine.threads, taken.threads, one.threads), "threads"},
                      {share(machine.memory, taken.memory, one.memory), "memory"}};
  return *std::min_element(std::begin(fits), std::end(fits), [](const Fit& a, const Fit& b) { return a.most < b.most; });
}

Cost plus(const Cost& a, const Cost& b, std::size_t times) {
  return {a.descriptors + b.descriptors * times, a.threads + b.threads * times, a.memory + b.memory * times};
}

Fit fit_transfers(const CrawlOptions& options, const Machine& machine) {
  Cost taken = plus(kProgram, cost_of_worker(options.handoff), options.workers);
  taken.descriptors += kFewIdle;
  Fit transfers = fit(cost_of_transfer(options.engine), taken, machine);
  transfers.most = std::max<std::size_t>(1, transfers.most);
  return transfers;
}

// Beside one transfer of the engine that takes more.
Fit fit_workers(parse::Handoff handoff, const Machine& machine) {
  Cost taken = plus(kProgram, cost_of_transfer(fetch::Engine::kThreads), 1);
  taken.descriptors += kFewIdle;
  Fit workers = fit(cost_of_worker(handoff), taken, machine);
  workers.most = std::max<std::size_t>(1, workers.most);
  return workers;
}

Error too_many(std::string_view option, std::size_t wanted, const Fit& most) {
  return usage_error(fmt::format("--{}: {} do not fit into the {} available: {} would do", option, wanted, most.what, most.most));
}

}  // namespace

Machine Machine::here() {
  Machine machine;
  rlimit limit{};
  if (getrlimit(RLIMIT_NOFILE, &limit) == 0) {
    const rlim_t soft = limit.rlim_cur;
    limit.rlim_cur = limit.rlim_max;
    machine.descriptors = setrlimit(RLIMIT_NOFILE, &limit) == 0 ? limit.rlim_max : soft;
  }
  cpu_set_t set;
  if (sched_getaffinity(0, sizeof set, &set) == 0) machine.cores = static_cast<std::size_t>(std::max(1, CPU_COUNT(&set)));
  const std::string cgroup = own_cgroup();
  lower(machine.threads, number_in("/proc/sys/kernel/threads-max"));
  lower(machine.threads, number_in("/proc/sys/kernel/pid_max"));
  lower(machine.threads, number_in(cgroup + "/pids.max"));
  if (geteuid() != 0 && getrlimit(RLIMIT_NPROC, &limit) == 0) lower(machine.threads, limit.rlim_cur);
  lower(machine.memory, available_memory());
  lower(machine.memory, number_in(cgroup + "/memory.max"));
  return machine;
}

// threads: the socket, libcurl's pair, a spool file; async: the socket and a spool file. Memory over TLS.
Cost cost_of_transfer(fetch::Engine engine) {
  return engine == fetch::Engine::kThreads ? Cost{4, 1, 120u << 10} : Cost{2, 0, 70u << 10};
}

// A process: socket, pidfd, ring, one more while it is replaced; what it has resident while it reads usual pages.
Cost cost_of_worker(parse::Handoff handoff) {
  return handoff == parse::Handoff::kInline ? Cost{0, 1, 16ull << 20} : Cost{6, 1, 24ull << 20};
}

std::size_t most_transfers(fetch::Engine engine, std::size_t workers, parse::Handoff handoff, const Machine& machine) {
  CrawlOptions options;
  options.engine = engine;
  options.workers = workers;
  options.handoff = handoff;
  return fit_transfers(options, machine).most;
}

std::size_t most_workers(parse::Handoff handoff, const Machine& machine) { return fit_workers(handoff, machine).most; }

Result<void> check_sizes(const CrawlOptions& options, const Machine& machine) {
  const Fit workers = fit_workers(options.handoff, machine);
  if (options.workers > workers.most) return too_many("workers", options.workers, workers);
  const Fit transfers = fit_transfers(options, machine);
  if (options.concurrency > transfers.most) return too_many("concurrency", options.concurrency, transfers);
  return {};
}

std::size_t idle_connections(const CrawlOptions& options, const Machine& machine) {
  const Cost taken =
      plus(plus(kProgram, cost_of_worker(options.handoff), options.workers), cost_of_transfer(options.engine), options.concurrency);
  return std::clamp(left_of(machine.descriptors, taken.descriptors), kFewIdle, kMostIdle);
}

}  // namespace scraper::cli
