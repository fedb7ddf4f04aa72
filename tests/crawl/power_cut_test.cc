// Power cuts: a crawl that is killed twice on its way is recorded call by call, and from random
// instants of the record directories are made as a disk may hold them after the power was lost
// (tests/support/disk_image.h). Each is gone on with to the end. POWER_CUTS=300 crawl_test
// "[power-cut]" for a long run, KILL_SEED=N for the same images again.
#include <signal.h>

#include <boost/json.hpp>
#include <cstdlib>
#include <filesystem>
#include <random>

#include "tests/catch.h"
#include "tests/crawl/killed_crawl.h"
#include "tests/support/disk_image.h"

using namespace scraper::test;
namespace fs = std::filesystem;

namespace {

using Words = std::vector<std::string>;

unsigned number_of(const char* variable, unsigned otherwise) {
  const char* text = std::getenv(variable);
  return text == nullptr ? otherwise : static_cast<unsigned>(std::strtoul(text, nullptr, 10));
}

Words environment(const Words& more) {
  Words all = {"SCRAPER_BARRIER_MS=5", "SCRAPER_ROTATE_AT=15000"};
  all.insert(all.end(), more.begin(), more.end());
  return all;
}

// Runs it to its end, with two kills on the way: the second in the recovery from the first.
void record(KilledCrawl& crawl, const std::string& engine, const std::string& log) {
  const Words shim = {std::string("LD_PRELOAD=") + DISK_LOG_LIBRARY, "SCRAPER_DISK_LOG=" + log,
                      "SCRAPER_DISK_ROOT=" + crawl.root()};
  for (const char* kill : {"barrier.synced:4", "recover.cut:1", ""}) {
    Words variables = environment(shim);
    if (*kill != '\0') variables.push_back(std::string("SCRAPER_KILL_AT=") + kill);
    crawl.set_environment(variables);
    const Ended ended = crawl.same_command({"--engine", engine, "--rate", "120"})->wait();
    INFO(ended.err);
    REQUIRE(ended.code == (*kill == '\0' ? 0 : 128 + SIGKILL));
  }
}

// What the last barrier before an instant had made durable: when the sync of the ledger's log has
// returned, the lines that were synced before.
class Acknowledged {
 public:
  void note(const Disk& disk, const DiskEvent& event) {
    if (event.call == DiskCall::kStart) synced_.clear();
    if (event.call != DiskCall::kSyncEnd) return;
    const std::string name = disk.name_of(event.fd);
    if (name == "out/pages.jsonl") synced_ = disk.durable(name);
    if (name.starts_with("out/ledger/") && name.ends_with(".log") && !synced_.empty())
      lines_ = synced_;
  }

  // The captures that these lines tell of, in the words of the archive as it was in the end.
  std::vector<Archived> captures(const std::vector<Archived>& archive) const {
    std::map<std::pair<std::string, std::uint64_t>, Archived> by_place;
    for (const Archived& record : archive) by_place[{record.segment, record.offset}] = record;
    std::vector<Archived> captures;
    for (std::size_t at = 0, end = 0; (end = lines_.find('\n', at)) != lines_.npos; at = end + 1) {
      const auto line =
          boost::json::parse(std::string_view(lines_).substr(at, end - at)).as_object();
      const std::string segment(line.at("segment").as_string());
      captures.push_back(by_place.at({segment, line.at("offset").to_number<std::uint64_t>()}));
    }
    return captures;
  }

 private:
  std::string synced_;
  std::string lines_;
};

// The directory as it may be when the power is lost at this instant.
std::vector<Archived> lose_power(KilledCrawl& crawl, const std::vector<DiskEvent>& events,
                                 std::size_t instant, const std::vector<Archived>& archive,
                                 std::mt19937& random) {
  Disk disk;
  Acknowledged acknowledged;
  for (std::size_t i = 0; i < instant; ++i) {
    disk.take(events[i]);
    acknowledged.note(disk, events[i]);
  }
  fs::remove_all(crawl.path(""));
  disk.write_image(crawl.root(), random);
  return acknowledged.captures(archive);
}

void go_on(KilledCrawl& crawl, bool may_resume, const std::string& engine) {
  crawl.set_environment(environment({}));
  const bool is_resume = may_resume && fs::exists(crawl.path("ledger/CURRENT"));
  const auto program =
      is_resume ? crawl.resume({"--engine", engine}) : crawl.same_command({"--engine", engine});
  const Ended ended = program->wait();
  INFO(ended.err);
  CHECK(ended.code == 0);
  if (ended.code == 0) crawl.check_complete();
}

}  // namespace

TEST_CASE(
    "after a power cut at any instant all that a barrier had made durable is there, and the crawl "
    "ends complete",
    "[power-cut]") {
  const std::string engine = GENERATE(as<std::string>(), "threads", "async");
  const unsigned seed = number_of("KILL_SEED", std::random_device()());
  const unsigned wanted = number_of("POWER_CUTS", 20) / 2;
  CAPTURE(engine, seed);
  if (wanted > 10) WARN(engine << ": " << wanted << " power cuts, KILL_SEED=" << seed);
  std::mt19937 random(seed);
  Folder folder;
  TestServer server;
  KilledCrawl crawl(server, {{"a.test", "b.test"}, 45, 40});
  record(crawl, engine, folder.path("log"));
  crawl.check_complete();
  const auto events = read_disk_log(folder.path("log"));
  const auto archive = crawl.records(false);
  std::size_t with_captures = 0;
  for (unsigned n = 0; n < wanted; ++n) {
    const std::size_t instant =
        std::uniform_int_distribution<std::size_t>(0, events.size())(random);
    const auto captures = lose_power(crawl, events, instant, archive, random);
    CAPTURE(n, instant, events.size(), captures.size());
    with_captures += captures.empty() ? 0 : 1;
    crawl.set_back(captures);
    go_on(crawl, n % 2 == 1, n % 4 < 2 ? "threads" : "async");
  }
  CHECK(with_captures > wanted / 4);
}
