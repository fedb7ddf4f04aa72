// The two clocks. Everything that waits or measures uses the steady one, so that a jump of the wall
// clock hurts nothing; the wall clock is only ever written down (WARC-Date, result lines).
#pragma once

#include <chrono>
#include <cstdint>
#include <string>

namespace scraper {

using SteadyClock = std::chrono::steady_clock;
using TimePoint = SteadyClock::time_point;
using Duration = SteadyClock::duration;
using WallTime = std::chrono::time_point<std::chrono::system_clock, std::chrono::microseconds>;

inline WallTime wall_now() {
  return std::chrono::time_point_cast<std::chrono::microseconds>(std::chrono::system_clock::now());
}

// CPU time that the calling thread has used. A system call.
Duration thread_cpu();

inline double seconds(Duration d) { return std::chrono::duration<double>(d).count(); }

// As records keep it.
std::uint32_t whole_micros(Duration d);

// "2026-03-01T12:00:00.123456Z": UTC with microseconds, the form of WARC-Date (WARC/1.1, W3CDTF)
// and of result lines.
std::string to_rfc3339(WallTime time);

}  // namespace scraper
