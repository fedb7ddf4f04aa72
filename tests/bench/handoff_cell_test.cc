#include "bench/handoff/cell.h"

#include <filesystem>
#include <iterator>

#include "base/clock.h"
#include "bench/handoff/memory.h"
#include "tests/catch.h"
#include "tests/support/folder.h"

namespace scraper::bench {
namespace {

using parse::Handoff;

constexpr std::chrono::milliseconds kWindow{5};

std::size_t open_files() {
  const std::filesystem::directory_iterator all("/proc/self/fd");
  return static_cast<std::size_t>(std::distance(begin(all), end(all)));
}

CellFigures measured(const HandoffCell& cell) {
  const test::Folder folder;
  const auto figures = measure_cell(cell, folder.path(""), kWindow);
  if (!figures) FAIL(figures.error().context);
  return *figures;
}

void check_plausible(const CellFigures& figures, const HandoffCell& cell) {
  CAPTURE(describe(cell), figures.failure);
  CHECK(figures.failures == 0);
  CHECK(figures.pages >= burst_of(cell));
  CHECK(figures.pages % burst_of(cell) == 0);
  CHECK(figures.seconds >= scraper::seconds(kWindow));
  CHECK(figures.cpu_seconds > 0);
  CHECK(figures.owner_cpu_seconds >= 0);
  CHECK(figures.owner_cpu_seconds <= figures.cpu_seconds + 0.01);  // of the kernel's granularity
  CHECK(figures.memory > 1u << 20);
  CHECK(figures.memory < 2ull << 30);
}

TEST_CASE("every hand-off carries documents both ways, and says what that took") {
  const auto handoff = GENERATE(Handoff::kFile, Handoff::kPipe, Handoff::kShm, Handoff::kInline);
  const auto direction = GENERATE(Direction::kIn, Direction::kOut);
  const auto payload = static_cast<std::size_t>(GENERATE(1'024, 102'400));
  const HandoffCell cell{handoff, Storage::kDisk, Opening::kKept, direction, payload,
                         2,       PageWork::kNone};
  const std::size_t before = open_files();
  check_plausible(measured(cell), cell);
  CHECK(open_files() == before);
}

TEST_CASE("every hand-off has its documents parsed, by gumbo or by the scanner") {
  const auto handoff = GENERATE(Handoff::kFile, Handoff::kPipe, Handoff::kShm, Handoff::kInline);
  const auto work = GENERATE(PageWork::kGumbo, PageWork::kScan);
  const HandoffCell cell{handoff, Storage::kDisk, Opening::kKept, Direction::kIn, 102'400, 1, work};
  const CellFigures figures = measured(cell);
  check_plausible(figures, cell);
  CHECK(figures.cpu_seconds / static_cast<double>(figures.pages) > 100e-6);  // neither reads 1 GB/s
}

TEST_CASE("pages that lie in a file each are all found") {
  const test::Folder folder;
  const HandoffCell cell{Handoff::kFile, Storage::kDisk, Opening::kEach,
                         Direction::kIn, 1'048'576,      2,
                         PageWork::kNone};
  const auto figures = measure_cell(cell, folder.path(""), kWindow);
  REQUIRE(figures.has_value());
  check_plausible(*figures, cell);
  const std::filesystem::directory_iterator files(folder.path(""));
  CHECK(static_cast<std::size_t>(std::distance(begin(files), end(files))) >= burst_of(cell));
}

TEST_CASE("a cell that finds no directory says where it looked") {
  const test::Folder folder;
  const HandoffCell cell{Handoff::kFile, Storage::kDisk, Opening::kKept, Direction::kIn, 1'024, 1,
                         PageWork::kNone};
  const auto figures = measure_cell(cell, folder.path("nowhere"), kWindow);
  REQUIRE_FALSE(figures.has_value());
  CHECK(figures.error().context.find("nowhere") != std::string::npos);
}

TEST_CASE("a worker's start, and what comes after its end, are measured") {
  const auto handoff = GENERATE(Handoff::kFile, Handoff::kPipe, Handoff::kShm);
  const auto what = GENERATE(WorkerEvent::What::kSpawn, WorkerEvent::What::kCrashNext,
                             WorkerEvent::What::kCrashHeld);
  const test::Folder folder;
  const std::size_t before = open_files();
  const auto figures = measure_event({handoff, what}, folder.path(""));
  REQUIRE(figures.has_value());
  CHECK(figures->milliseconds > 0.1);
  CHECK(figures->milliseconds < 10'000);
  CHECK(figures->memory > 1u << 20);
  CHECK(open_files() == before);
}

TEST_CASE("a thread's start is measured") {
  const test::Folder folder;
  const auto figures =
      measure_event({Handoff::kInline, WorkerEvent::What::kSpawn}, folder.path(""));
  REQUIRE(figures.has_value());
  CHECK(figures->milliseconds > 0);
  CHECK(figures->milliseconds < 10'000);
}

TEST_CASE("a process's memory is what the kernel says, and of nobody nothing") {
  const ProcessMemory own = memory_of(0);
  CHECK(own.now > 1u << 20);
  CHECK(own.peak >= own.shared);
  CHECK(memory_of(-1).peak == 0);
}

}  // namespace
}  // namespace scraper::bench
