#include "bench/machine.h"

#include <fmt/format.h>
#include <sys/sysinfo.h>
#include <sys/utsname.h>

#include <boost/json.hpp>
#include <fstream>
#include <string_view>

#include "base/clock.h"
#include "base/version.h"
#include "fetch/fetcher.h"
#include "scraper/config/effective.h"

namespace scraper::bench {

namespace {

std::string cpu_name() {
  std::ifstream file("/proc/cpuinfo");
  for (std::string line; std::getline(file, line);) {
    if (const auto colon = line.find(": "); line.starts_with("model name") && colon != line.npos)
      return line.substr(colon + 2);
  }
  return "unknown";
}

}  // namespace

boost::json::object describe_machine(const std::string& command) {
  const cli::Machine machine = cli::Machine::here();
  struct sysinfo memory {};
  sysinfo(&memory);
  utsname system{};
  uname(&system);
  return {{"cpu", cpu_name()},
          {"cores", machine.cores},
          {"memory_bytes", static_cast<std::uint64_t>(memory.totalram) * memory.mem_unit},
          {"kernel", fmt::format("{} {} {}", system.sysname, system.release, system.machine)},
          {"descriptors", machine.descriptors},
          {"date", to_rfc3339(wall_now())},
          {"command", command},
          {"program", fmt::format("scraper {}", program_version())},
          {"libcurl", fetch::library_version()}};
}

}  // namespace scraper::bench
