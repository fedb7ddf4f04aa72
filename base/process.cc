#include "base/process.h"

#include <cstdlib>
#include <string>

#include "base/file.h"

namespace scraper {

namespace {

constexpr std::size_t kMostOfStatus = 64u << 10;

std::uint64_t peak_memory_of(const std::string& process) {
  const auto status = read_file("/proc/" + process + "/status", kMostOfStatus);
  const std::size_t at = status ? status->find("\nVmHWM:") : std::string::npos;
  if (at == std::string::npos) return 0;
  return std::uint64_t{std::strtoull(status->c_str() + at + 7, nullptr, 10)} << 10;
}

}  // namespace

std::uint64_t peak_memory() { return peak_memory_of("self"); }

std::uint64_t peak_memory(pid_t process) { return peak_memory_of(std::to_string(process)); }

}  // namespace scraper
