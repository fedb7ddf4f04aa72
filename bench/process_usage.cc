#include "bench/process_usage.h"

#include <fcntl.h>
#include <sys/resource.h>
#include <unistd.h>

#include <algorithm>
#include <array>
#include <charconv>
#include <string>
#include <string_view>

#include "base/descriptor.h"

namespace scraper::bench {

namespace {

double micros(const timeval& time) {
  return static_cast<double>(time.tv_sec) * 1e6 + static_cast<double>(time.tv_usec);
}

// The head of a file below /proc; no stream, so that reading it costs and keeps next to nothing.
std::string head_of(const char* path) {
  std::array<char, 4096> bytes{};
  const Descriptor file(::open(path, O_RDONLY | O_CLOEXEC));
  const ssize_t got = !file ? -1 : ::read(file.get(), bytes.data(), bytes.size());
  return got > 0 ? std::string(bytes.data(), static_cast<std::size_t>(got)) : std::string();
}

// The number after `name` and blanks.
std::uint64_t field(std::string_view text, std::string_view name) {
  const auto found = text.find(name);
  if (found == text.npos) return 0;
  const auto start = text.find_first_not_of(" \t", found + name.size());
  std::uint64_t value = 0;
  if (start != text.npos) std::from_chars(text.data() + start, text.data() + text.size(), value);
  return value;
}

// proc(5): "cpu  user nice system idle iowait irq softirq steal guest guest_nice"; guests are in
// user already.
void read_machine(Usage& usage) {
  const std::string stat = head_of("/proc/stat");
  const char* at = stat.data() + std::min<std::size_t>(stat.size(), 4);
  const char* end = stat.data() + stat.size();
  for (int i = 0; i < 8; ++i) {
    while (at != end && *at == ' ') ++at;
    std::uint64_t ticks = 0;
    at = std::from_chars(at, end, ticks).ptr;
    usage.machine_ticks += ticks;
    if (i != 3 && i != 4) usage.machine_busy_ticks += ticks;
  }
}

}  // namespace

Usage Usage::now() {
  Usage usage;
  rusage used{};
  ::getrusage(RUSAGE_SELF, &used);
  usage.cpu_us = micros(used.ru_utime) + micros(used.ru_stime);
  usage.switches_voluntary = static_cast<std::uint64_t>(used.ru_nvcsw);
  usage.switches_involuntary = static_cast<std::uint64_t>(used.ru_nivcsw);
  read_machine(usage);
  usage.at = SteadyClock::now();
  return usage;
}

double machine_busy(const Usage& before, const Usage& after) {
  const auto ticks = after.machine_ticks - before.machine_ticks;
  return ticks == 0 ? 0
                    : static_cast<double>(after.machine_busy_ticks - before.machine_busy_ticks) /
                          static_cast<double>(ticks);
}

ProcessSize ProcessSize::now() {
  const std::string status = head_of("/proc/self/status");
  const std::uint64_t exact = field(head_of("/proc/self/smaps_rollup"), "\nRss:");
  return {(exact != 0 ? exact : field(status, "VmRSS:")) * 1024, field(status, "VmHWM:") * 1024,
          field(status, "Threads:")};
}

double thread_cpu_us() { return seconds(thread_cpu()) * 1e6; }

}  // namespace scraper::bench
