#include "bench/handoff/memory.h"

#include <fstream>
#include <string>
#include <string_view>

namespace scraper::bench {

ProcessMemory memory_of(pid_t pid) {
  std::ifstream file(pid == 0 ? "/proc/self/status" : "/proc/" + std::to_string(pid) + "/status");
  ProcessMemory memory;
  for (std::string name; file >> name;) {
    std::uint64_t* const field = name == "VmRSS:"      ? &memory.now
                                 : name == "VmHWM:"    ? &memory.peak
                                 : name == "RssShmem:" ? &memory.shared
                                                       : nullptr;
    std::uint64_t kilobytes = 0;
    if (field != nullptr && file >> kilobytes) *field = kilobytes * 1024;
    file.ignore(4'096, '\n');
  }
  return memory;
}

void forget_peak_memory() { std::ofstream("/proc/self/clear_refs") << '5'; }

}  // namespace scraper::bench
