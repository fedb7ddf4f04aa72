// Crawls on a machine that has no room: a system call fails (tests/programs/no_room.cc), or a disk
// is full. Such a crawl pauses and goes on, or ends with exit code 10, or does not begin; the same
// command then ends it, and nothing is missing. NO_ROOM=all crawl_test "[no-room]" lets every
// single call fail, which takes half an hour; NO_ROOM=N every N-th.
#include <fmt/format.h>
#include <signal.h>
#include <sys/mount.h>

#include <array>
#include <cerrno>
#include <cstdlib>
#include <filesystem>
#include <fstream>
#include <map>

#include "tests/catch.h"
#include "tests/crawl/killed_crawl.h"

using namespace scraper::test;
using std::chrono::milliseconds;

namespace {

constexpr auto kPatience = std::chrono::seconds(60);
constexpr std::size_t kAtOnce = 30;

const std::vector<std::string> kCalls = {"open",   "write", "sync",  "truncate",
                                         "rename", "mkdir", "socket"};
using Counts = std::array<std::uint64_t, 7>;

std::string library() {
  return std::filesystem::read_symlink("/proc/self/exe").parent_path() / "libno-room.so";
}

struct Fault {
  std::string call;
  int error = 0;
  std::uint64_t first = 0;
  std::uint64_t many = 1;  // 0: all from the first on

  std::string told() const {
    return fmt::format("{} {} from {}, {} times", call, strerrorname_np(error), first, many);
  }
};

// One crawl of a small site that meets a fault, and then again without.
class Trial {
 public:
  explicit Trial(Fault fault, bool is_async) : fault_(std::move(fault)), is_async_(is_async) {
    const Counts none{};
    folder_.file("counts", std::string(reinterpret_cast<const char*>(&none), sizeof none));
    const std::vector<std::string> environment = {
        "LD_PRELOAD=" + library(),
        "NO_ROOM_BELOW=" + std::filesystem::path(crawl_.path("")).parent_path().string(),
        "NO_ROOM_CALL=" + fault_.call,
        fmt::format("NO_ROOM_ERRNO={}", fault_.error),
        fmt::format("NO_ROOM_FIRST={}", fault_.first),
        fmt::format("NO_ROOM_MANY={}", fault_.many),
        "NO_ROOM_COUNTS=" + folder_.path("counts")};
    program_ = crawl_.same_command(how(), environment);
  }

  // A hang is a failure.
  void end() {
    if (!program_->ends_within(kPatience)) program_->send(SIGKILL);
    ended_ = program_->wait();
    const bool is_begun = server_.requests_seen() > 0;
    CAPTURE(fault_.told(), is_begun, ended_.code, ended_.err);
    CHECK((ended_.code == 0 || ended_.code == 10 || (ended_.code == 3 && !is_begun)));
    if (ended_.code != 0) CHECK(ended_.err.find("scraper: ") != std::string::npos);
    if (ended_.code != 0) program_ = crawl_.same_command(how());
  }

  // What the same command makes of it.
  void check() {
    CAPTURE(fault_.told(), ended_.code, ended_.err);
    if (ended_.code != 0) {
      if (!program_->ends_within(kPatience)) program_->send(SIGKILL);
      const Ended again = program_->wait();
      CAPTURE(again.err);
      REQUIRE(again.code == 0);
    }
    crawl_.check_complete();
    if (ended_.code == 0) CHECK(std::filesystem::exists(crawl_.path("report.json")));
  }

  Counts counts() const {
    Counts counts{};
    std::ifstream(folder_.path("counts"), std::ios::binary)
        .read(reinterpret_cast<char*>(&counts), sizeof counts);
    return counts;
  }

  std::string what_became() const {
    if (ended_.code != 0) return fmt::format("ended with {}", ended_.code);
    return ended_.err.find("scraper: paused: ") == std::string::npos ? "took no notice"
                                                                     : "paused and went on";
  }

 private:
  std::vector<std::string> how() const {
    return {"--engine",        is_async_ ? "async" : "threads", "--keep-free", "0",
            "--wait-for-room", fault_.many == 0 ? "2s" : "20s"};
  }

  const Fault fault_;
  const bool is_async_;
  Folder folder_;
  TestServer server_;
  KilledCrawl crawl_{server_, {{"a.test"}, 30, 1'100}};
  std::unique_ptr<Program> program_;
  Ended ended_;
};

// Several at once: they wait more than they work.
std::string try_all(const std::vector<Fault>& faults) {
  std::string told;
  std::map<std::string, unsigned> became;
  for (std::size_t begin = 0; begin < faults.size(); begin += kAtOnce) {
    std::vector<std::unique_ptr<Trial>> trials;
    for (std::size_t i = begin; i < std::min(begin + kAtOnce, faults.size()); ++i) {
      trials.push_back(std::make_unique<Trial>(faults[i], i % 2 == 1));
    }
    for (const auto& trial : trials) trial->end();
    for (const auto& trial : trials) trial->check();
    for (const auto& trial : trials) ++became[trial->what_became()];
  }
  for (const auto& [what, times] : became) told += fmt::format("{} {}; ", times, what);
  return told;
}

Counts calls_of_clean_run() {
  Trial trial({"open", ENOSPC, 0, 1}, false);
  trial.end();
  trial.check();
  CHECK(trial.what_became() == "took no notice");
  return trial.counts();
}

std::vector<int> errors_of(const std::string& call) {
  if (call == "socket") return {EMFILE};
  if (call == "open") return {ENOSPC, EMFILE, EIO};
  return {ENOSPC, EIO};
}

// A small file system of a crawl's own, where there may be one.
class SmallDisk {
 public:
  explicit SmallDisk(std::string path) : path_(std::move(path)) {
    std::filesystem::create_directory(path_);
    is_there_ = mount("none", path_.c_str(), "tmpfs", 0, "size=24m,mode=700") == 0;
    if (!is_there_) WARN("skipped: only root can mount a small file system");
  }
  SmallDisk(const SmallDisk&) = delete;
  SmallDisk& operator=(const SmallDisk&) = delete;
  ~SmallDisk() {
    if (is_there_) umount2(path_.c_str(), MNT_DETACH);
  }

  bool is_there() const { return is_there_; }

  // Leaves so many bytes free.
  void fill_up_to(std::uint64_t left) const {
    std::ofstream ballast(path_ + "/ballast", std::ios::binary);
    const std::string block(4'096, 'x');
    while (std::filesystem::space(path_).free > left &&
           ballast.write(block.data(), static_cast<std::streamsize>(block.size())).flush()) {
    }
  }
  void empty() const { std::filesystem::remove(path_ + "/ballast"); }

 private:
  const std::string path_;
  bool is_there_ = false;
};

bool says_within(const Program& program, const std::string& what,
                 std::chrono::milliseconds patience) {
  const auto until = std::chrono::steady_clock::now() + patience;
  while (program.said().find(what) == std::string::npos) {
    if (program.ends_within(milliseconds(10)) || std::chrono::steady_clock::now() > until)
      return false;
  }
  return true;
}

bool is_preloadable() {
  if (std::filesystem::exists(library())) return true;
  WARN("skipped: a sanitizer's build has no library to preload");
  return false;
}

}  // namespace

TEST_CASE(
    "whatever call fails for want of room, the crawl pauses or ends in order, and nothing is "
    "missing in the end",
    "[no-room]") {
  if (!is_preloadable()) return;
  const char* const wanted = std::getenv("NO_ROOM");
  const char* const only = std::getenv("NO_ROOM_ONLY");  // one kind of call
  const std::uint64_t step =
      wanted == nullptr ? 0 : std::max<std::uint64_t>(1, std::strtoull(wanted, nullptr, 10));
  const Counts counts = calls_of_clean_run();
  std::vector<Fault> few;
  for (std::size_t kind = 0; kind < kCalls.size(); ++kind) {
    if (only != nullptr && kCalls[kind] != only) continue;
    std::vector<Fault> all;
    for (const int error : errors_of(kCalls[kind])) {
      for (const std::uint64_t many : {1, 3, 0}) {
        for (std::uint64_t first = 1; first <= counts[kind];
             first += std::max<std::uint64_t>(1, step)) {
          all.push_back({kCalls[kind], error, first, many});
        }
      }
    }
    CHECK(!all.empty());
    if (step > 0) {
      WARN(kCalls[kind] << ": " << counts[kind] << " calls, " << all.size()
                        << " cases: " << try_all(all));
    }
    for (std::size_t i = 1; i <= 4 && step == 0; ++i) few.push_back(all[all.size() * i / 5]);
  }
  if (step == 0) WARN(few.size() << " cases: " << try_all(few));
}

TEST_CASE(
    "a crawl pauses before its disk is full, or when it is, says so, and goes on when there is "
    "room again",
    "[no-room]") {
  const std::string engine = GENERATE(as<std::string>(), "threads", "async");
  const bool is_told_before = engine == "threads";
  CAPTURE(engine, is_told_before);
  TestServer server;
  KilledCrawl crawl(server, {{"a.test"}, 30, 1'100});
  const SmallDisk disk(std::filesystem::path(crawl.path("")).parent_path());
  if (!disk.is_there()) return;
  const auto program = crawl.same_command(
      {"--engine", engine, "--per-host", "1", "--keep-free", is_told_before ? "4M" : "0"});
  while (server.requests_seen() < 4 && !program->ends_within(milliseconds(1))) {
  }
  disk.fill_up_to(is_told_before ? 2u << 20 : 0);
  const bool has_paused = says_within(*program, "scraper: paused: ", kPatience);
  const bool has_room = std::filesystem::space(crawl.path("")).free > (1u << 20);
  const std::size_t seen = server.requests_seen();
  CHECK_FALSE(program->ends_within(
      milliseconds(5'000)));  // several attempts to write, none of which ends it
  disk.empty();
  if (!program->ends_within(kPatience)) program->send(SIGKILL);
  const Ended ended = program->wait();
  INFO(ended.err);
  CHECK(has_paused);
  CHECK(seen < crawl.expected_requests());
  CHECK(has_room == is_told_before);
  CHECK((ended.err.find("paused: the disk is nearly full: ") != std::string::npos) ==
        is_told_before);
  CHECK((ended.err.find("No space left on device") == std::string::npos) == is_told_before);
  CHECK(ended.err.find("scraper: there is room again, going on") != std::string::npos);
  CHECK(ended.code == 0);
  crawl.check_complete();
}

TEST_CASE("a crawl for which there is no room in time ends with exit code 10 and says how to go on",
          "[no-room]") {
  TestServer server;
  KilledCrawl crawl(server, {{"a.test"}, 30, 1'500});
  const SmallDisk disk(std::filesystem::path(crawl.path("")).parent_path());
  if (!disk.is_there()) return;
  const auto program = crawl.same_command({"--keep-free", "100M", "--wait-for-room", "0"});
  const Ended ended = program->wait();
  INFO(ended.err);
  CHECK(ended.code == 10);
  CHECK(ended.err.find("MB left, 100 MB are kept free (--keep-free)\n") != std::string::npos);
  CHECK(ended.err.find("not complete; to go on: ") != std::string::npos);
  const Ended again = crawl.resume({"--keep-free", "0"})->wait();
  INFO(again.err);
  CHECK(again.code == 0);
  crawl.check_complete();
}
