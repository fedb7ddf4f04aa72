// What fits into this machine: how many transfers and workers its descriptors, threads and memory
// allow. Pure but for Machine::here(). The figures a transfer is reckoned with are measured ones
// (docs/measurements) rounded up; they refuse what cannot work, and are no promise that everything
// below them works well.
#pragma once

#include <cstddef>
#include <cstdint>
#include <limits>

#include "base/error.h"
#include "scraper/rules/options.h"

namespace scraper::cli {

// What this process may use; decides defaults and what is refused.
struct Machine {
  std::size_t descriptors = 1'024;  // that may be open at once
  std::size_t cores = 1;            // that this process may run on (sched_getaffinity)
  std::size_t threads = std::numeric_limits<std::size_t>::max();  // that may run at once: kernel,
                                                                  // cgroup, RLIMIT_NPROC
  std::uint64_t memory =
      std::numeric_limits<std::uint64_t>::max();  // bytes that are free for us: available, cgroup
  std::uint64_t address_space =
      std::numeric_limits<std::uint64_t>::max();  // bytes this process may map (RLIMIT_AS, ulimit
                                                  // -v)
  std::uint64_t mapped = 0;                       // of these, by now

  // Raises the soft limit of descriptors to the hard one first.
  static Machine here();
};

// The cores this process may run on, at least 1.
std::size_t usable_cores();

// What one more of them costs.
struct Cost {
  std::size_t descriptors = 0;
  std::size_t threads = 0;
  std::uint64_t memory = 0;  // bytes that become resident, wherever
  std::uint64_t address_space =
      0;  // bytes this process maps: all of a stack or a ring, however little of it is used
};
Cost cost_of_transfer(fetch::Engine engine);
Cost cost_of_worker(parse::Handoff handoff);

// The transfers that fit beside `workers` workers, the workers that fit beside one transfer; at
// least 1.
std::size_t most_transfers(fetch::Engine engine, std::size_t workers, parse::Handoff handoff,
                           const Machine& machine);
std::size_t most_workers(parse::Handoff handoff, const Machine& machine);

// Refuses --concurrency and --workers that do not fit, with the number that would and the limit
// that would let them. Refuses every crawl where the descriptors or the address space do not do for
// one transfer and one worker; memory and threads that are this scarce are only an estimate, and it
// is left to try.
Result<void> check_sizes(const CrawlOptions& options, const Machine& machine);

// Connections that may be kept idle beside the transfers of `options`.
std::size_t idle_connections(const CrawlOptions& options, const Machine& machine);

}  // namespace scraper::cli
