// Kill points: SCRAPER_KILL_AT=NAME:N makes the program send itself SIGKILL when it comes to the
// point of that name for the N-th time, so that a test can end it in the middle of what is hard to
// hit by the clock. And limits that are too large for a test to reach, which the environment may
// lower: the code that they guard is the same.
//
// All of it is there only where CMake's SCRAPER_KILL_POINTS is ON, as it is where tests are built;
// else calls are nothing. ./run builds one program, for people and for tests, so that has them: a
// point costs it one comparison, and points stand at writes, syncs and barriers, none where it is
// per page. Any thread.
#pragma once

#include <cstddef>
#include <cstdint>
#include <iterator>
#include <string_view>

#include "base/error.h"

namespace scraper {

// Every one there is. tests/crawl/kill_point_test.cc says in which crawl each is come to.
inline constexpr std::string_view kKillPoints[] = {
    // OUT is made
    "directory.made",
    "directory.room",
    "directory.lock_file",
    "file.made",
    "file.half",
    "file.written",
    "file.replacing",
    "file.replaced",
    "begin.options",
    "begin.synced",
    "ledger.made",
    "lines.made",
    "barrier.first",
    "barrier.first_committed",
    // a segment is made
    "rotate.told",
    "segment.begin",
    "segment.made",
    "segment.half",
    "segment.headed",
    // captures are appended
    "append.begin",
    "append.half",
    "append.written",
    "spool.head",
    "spool.half",
    "spool.body",
    "spool.written",
    // lines are written
    "lines.half",
    "lines.flushed",
    // a barrier
    "barrier.begin",
    "barrier.flushed",
    "barrier.cut",
    "barrier.file_synced",
    "barrier.room_synced",
    "barrier.synced",
    "barrier.committed",
    "barrier.patching",
    "barrier.done",
    // a document is set aside
    "quarantine.made",
    "quarantine.half",
    "quarantine.written",
    "quarantine.named",
    // the end
    "end.begin",
    "end.committed",
    "end.reported",
    // recovery
    "recover.begin",
    "recover.looked",
    "recover.lost_made",
    "recover.lost_half",
    "recover.lost_synced",
    "recover.cutting",
    "recover.cut",
    "recover.patched",
    "recover.unquarantined",
    "recover.end",
    // an older format is upgraded
    "upgrade.begin",
    "upgrade.files",
    "upgrade.committed",
    // an earlier crawl is removed
    "clear.begin",
    "clear.unledgered",
    "clear.file",
    "clear.entry",
    "clear.room",
};

// The variables that lower a limit.
inline constexpr std::string_view kTestLimits[] = {
    "SCRAPER_ROTATE_AT",        // bytes of a segment
    "SCRAPER_BARRIER_MS",       // milliseconds between barriers
    "SCRAPER_MOST_BARRIERS",    // of a run, with its first; with 1 nothing else is made durable,
                                // which bench/durability compares
    "SCRAPER_MOST_OF_BARRIER",  // bytes that a file gets from one barrier to the next; what is
                                // longer is not cut, but kept in OUT/lost/
    "SCRAPER_DOCUMENT_CPU_MS",  // milliseconds of CPU time in which a document is parsed
};

// A name of one of these lists; of any other it does not compile.
template <const auto& names>
class NameOf {
 public:
  consteval NameOf(const char* name) {       // implicit: "append.half" is one
    while (names[index_] != name) ++index_;  // past the end it is no constant
  }
  std::size_t index() const { return index_; }

 private:
  std::size_t index_ = 0;
};

using KillPoint = NameOf<kKillPoints>;
using TestLimit = NameOf<kTestLimits>;

#ifdef SCRAPER_KILL_POINTS

// True when the process is to die here.
bool is_kill_due(KillPoint point);
[[noreturn]] void kill_here();

inline void kill_point(KillPoint point) {
  if (is_kill_due(point)) kill_here();
}

// In the middle of a step: `first_half` is called before the end and not at all without it.
template <class FirstHalf>
void kill_point(KillPoint point, const FirstHalf& first_half) {
  if (!is_kill_due(point)) return;
  first_half();
  kill_here();
}

std::uint64_t test_limit(TestLimit limit, std::uint64_t otherwise);

// kUsage where a variable names no point, or has no number where one belongs: a test of a
// misspelled point must not pass.
Result<void> check_kill_points();

#else

inline void kill_point(KillPoint) {}
template <class FirstHalf>
void kill_point(KillPoint, const FirstHalf&) {}
inline std::uint64_t test_limit(TestLimit, std::uint64_t otherwise) { return otherwise; }
inline Result<void> check_kill_points() { return {}; }

#endif

}  // namespace scraper
