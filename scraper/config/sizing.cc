#include "scraper/config/sizing.h"

#include <fmt/format.h>
#include <sched.h>
#include <sys/resource.h>
#include <unistd.h>

#include <algorithm>
#include <fstream>
#include <optional>
#include <string>

#include "base/thread.h"
#include "parse/workers/handoff.h"
#include "parse/workers/pool.h"
#include "scraper/config/values.h"

namespace scraper::cli {

namespace {

constexpr std::uint64_t kMiB = 1ull << 20;

// Besides transfers and workers: files, sockets of the loop, the resolver's and the appender's
// threads with their stacks; the heap without bodies.
constexpr Cost kProgram = {40, 16, 48 * kMiB, 48 * kMiB};
constexpr std::size_t kLeastIdle = 4;
constexpr std::size_t kFewIdle = 32;  // where there is a choice
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

Cost plus(const Cost& a, const Cost& b, std::size_t times) {
  return {a.descriptors + b.descriptors * times, a.threads + b.threads * times,
          a.memory + b.memory * times, a.address_space + b.address_space * times};
}

// One of the things a machine has, and how many fit into it.
struct Fit {
  std::size_t most = 0;
  std::string_view what;
  std::string_view limit;  // the option of ulimit that raises it, if there is one
  std::uint64_t (*setting)(const Cost&, const Machine&)  // what it would have to be for such a cost
      = nullptr;
};

std::uint64_t descriptors_for(const Cost& cost, const Machine&) { return cost.descriptors; }

// In whole MiB: where things lie, and so what is mapped by now, differs a little from run to run.
std::uint64_t kibibytes_for(const Cost& cost, const Machine& machine) {
  return (machine.mapped + cost.address_space + 2 * kMiB - 1) / kMiB * 1024;
}

// How many of `one` fit beside `taken`, by what bounds it.
Fit fit(const Cost& one, const Cost& taken, const Machine& machine) {
  const Fit fits[] = {
      {share(machine.descriptors, taken.descriptors, one.descriptors), "descriptors", "-n",
       descriptors_for},
      {std::max<std::size_t>(1, share(machine.threads, taken.threads, one.threads)), "threads", "",
       nullptr},
      {std::max<std::size_t>(1, share(machine.memory, taken.memory, one.memory)), "memory", "",
       nullptr},
      {share(machine.address_space, machine.mapped + taken.address_space, one.address_space),
       "address space", "-v", kibibytes_for}};
  return *std::min_element(std::begin(fits), std::end(fits),
                           [](const Fit& a, const Fit& b) { return a.most < b.most; });
}

// The crawl without transfers and workers, and what a worker that is being replaced still has
// mapped beside the new one.
Cost program_of(const CrawlOptions& options, std::size_t idle) {
  Cost cost = kProgram;
  cost.descriptors += idle;
  cost.address_space += options.fetch.body_memory;
  if (options.handoff != parse::Handoff::kInline)
    cost.address_space += cost_of_worker(options.handoff).address_space;
  return cost;
}

Cost beside_transfers(const CrawlOptions& options) {
  return plus(program_of(options, kFewIdle), cost_of_worker(options.handoff), options.workers);
}

// One transfer, of the engine that takes more.
Cost beside_workers(const CrawlOptions& options) {
  return plus(program_of(options, kFewIdle), cost_of_transfer(fetch::Engine::kThreads), 1);
}

// `all` is the whole of what was asked for, so that a limit raised to it lets all of it.
Result<void> check_count(std::string_view option, std::size_t wanted, const Fit& most,
                         const Cost& all, const Machine& machine) {
  const std::size_t would_do = std::max<std::size_t>(1, most.most);
  if (wanted <= would_do) return {};
  std::string line = fmt::format("--{}: {} do not fit into the {} available: {} would do", option,
                                 wanted, most.what, would_do);
  if (most.setting != nullptr)
    line += fmt::format(", or ulimit {} {}", most.limit, most.setting(all, machine));
  return usage_error(line);
}

// One transfer and one worker, whatever was asked for.
Result<void> check_least(const CrawlOptions& options, const Machine& machine) {
  const Cost taken = plus(program_of(options, kLeastIdle), cost_of_worker(options.handoff), 1);
  const Cost transfer = cost_of_transfer(options.engine);
  const Fit most = fit(transfer, taken, machine);
  if (most.most > 0) return {};
  return usage_error(
      fmt::format("a crawl of one transfer and one worker does not fit into the {} available: "
                  "ulimit {} {} would do",
                  most.what, most.limit, most.setting(plus(taken, transfer, 1), machine)));
}

// Bytes this process has mapped.
std::uint64_t mapped_now() {
  return number_in("/proc/self/statm").value_or(0) *
         static_cast<std::uint64_t>(sysconf(_SC_PAGESIZE));
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
  if (getrlimit(RLIMIT_AS, &limit) == 0 && limit.rlim_cur != RLIM_INFINITY)
    machine.address_space = limit.rlim_cur;
  machine.mapped = mapped_now();
  machine.cores = usable_cores();
  const std::string cgroup = own_cgroup();
  lower(machine.threads, number_in("/proc/sys/kernel/threads-max"));
  lower(machine.threads, number_in("/proc/sys/kernel/pid_max"));
  lower(machine.threads, number_in(cgroup + "/pids.max"));
  if (geteuid() != 0 && getrlimit(RLIMIT_NPROC, &limit) == 0)
    lower(machine.threads, limit.rlim_cur);
  lower(machine.memory, available_memory());
  lower(machine.memory, number_in(cgroup + "/memory.max"));
  return machine;
}

std::size_t usable_cores() {
  cpu_set_t set;
  return sched_getaffinity(0, sizeof set, &set) == 0
             ? static_cast<std::size_t>(std::max(1, CPU_COUNT(&set)))
             : 1;
}

// threads: the socket, libcurl's pair, a spool file; async: the socket and a spool file. Memory
// over TLS.
Cost cost_of_transfer(fetch::Engine engine) {
  constexpr std::uint64_t kThread = 120u << 10;
  constexpr std::uint64_t kAsync = 70u << 10;
  if (engine == fetch::Engine::kThreads) return {4, 1, kThread, kThread + kEngineStack};
  return {2, 0, kAsync, kAsync};
}

// A process: socket, pidfd, ring, one more while it is replaced; what it has resident while it
// reads usual pages. Of its address space only what the owner maps too counts: the limit is each
// process's own, and a worker needs less than the owner.
Cost cost_of_worker(parse::Handoff handoff) {
  constexpr std::uint64_t kThreadMemory = 16 * kMiB;
  constexpr std::uint64_t kThreadStack = 8 * kMiB;  // the usual ulimit -s
  constexpr std::uint64_t kAnswer = kMiB;           // of usual pages, copied out of the ring
  const std::uint64_t ring = parse::PoolOptions().ring_bytes + kAnswer;
  switch (handoff) {
    case parse::Handoff::kInline: return {0, 1, kThreadMemory, kThreadMemory + kThreadStack};
    case parse::Handoff::kShm: return {6, 1, 24 * kMiB, ring + parse::kInbox};
    case parse::Handoff::kPipe: return {6, 1, 24 * kMiB, parse::kMaxCarried + kAnswer};
    case parse::Handoff::kFile: break;
  }
  return {6, 1, 24 * kMiB, ring};
}

std::size_t most_transfers(fetch::Engine engine, std::size_t workers, parse::Handoff handoff,
                           const Machine& machine) {
  CrawlOptions options;
  options.workers = workers;
  options.handoff = handoff;
  return std::max<std::size_t>(
      1, fit(cost_of_transfer(engine), beside_transfers(options), machine).most);
}

std::size_t most_workers(parse::Handoff handoff, const Machine& machine) {
  CrawlOptions options;
  options.handoff = handoff;
  return std::max<std::size_t>(1,
                               fit(cost_of_worker(handoff), beside_workers(options), machine).most);
}

Result<void> check_sizes(const CrawlOptions& options, const Machine& machine) {
  if (auto least = check_least(options, machine); !least) return least;
  const Cost transfer = cost_of_transfer(options.engine);
  const Cost all = plus(beside_transfers(options), transfer, options.concurrency);
  const Fit workers = fit(cost_of_worker(options.handoff), beside_workers(options), machine);
  if (auto fits = check_count("workers", options.workers, workers, all, machine); !fits)
    return fits;
  return check_count("concurrency", options.concurrency,
                     fit(transfer, beside_transfers(options), machine), all, machine);
}

std::size_t idle_connections(const CrawlOptions& options, const Machine& machine) {
  const Cost taken = plus(plus(kProgram, cost_of_worker(options.handoff), options.workers),
                          cost_of_transfer(options.engine), options.concurrency);
  return std::clamp(left_of(machine.descriptors, taken.descriptors), kLeastIdle, kMostIdle);
}

}  // namespace scraper::cli
