// SIGKILL at every kill point (scraper/base/kill_point.h). KILL_POINT_ROUNDS=20 crawl_test
// "[kill-point]" for a long run, KILL_SEED=N for the same choices again.
#include "base/kill_point.h"

#include <signal.h>

#include <algorithm>
#include <cstdlib>
#include <filesystem>
#include <fstream>
#include <memory>
#include <random>
#include <set>

#include "storage/format.h"
#include "storage/ledger.h"
#include "tests/catch.h"
#include "tests/crawl/killed_crawl.h"
#include "tests/crawl/stored_crawl.h"
#include "tests/support/bomb.h"
#include "tests/support/graph.h"

using namespace scraper::test;

namespace {

using Words = std::vector<std::string>;

// A point, and how often a run of its crawl is sure to come to it.
struct Aim {
  const char* point;
  unsigned times = 1;
  unsigned first = 1;  // no earlier time will do
};

// In the order in which they are aimed at: each run finds what the kill before it left.
constexpr Aim kBeginning[] = {{"directory.made"},
                              {"directory.room", 4},
                              {"directory.lock_file"},
                              {"file.made", 2},
                              {"file.half", 2},
                              {"file.written", 2},
                              {"begin.options"},
                              {"begin.synced"},
                              {"ledger.made"},
                              {"lines.made"},
                              {"segment.begin"},
                              {"segment.made"},
                              {"segment.half"},
                              {"segment.headed"},
                              {"barrier.file_synced", 2},
                              {"barrier.room_synced", 2},
                              {"barrier.synced"},
                              // what never began is removed
                              {"clear.begin"},
                              {"clear.entry"},
                              {"clear.file", 3},
                              {"barrier.first"},
                              {"clear.unledgered"},
                              {"clear.room", 2},
                              {"barrier.committed"},
                              {"barrier.first_committed"}};

constexpr Aim kSpooling[] = {{"spool.head"}, {"spool.half", 2}, {"spool.body"}, {"spool.written"}};

constexpr Aim kRunning[] = {
    {"append.begin", 6},        {"append.half", 6},    {"append.written", 6},   {"lines.half", 3},
    {"lines.flushed", 3},       {"barrier.begin", 3},  {"barrier.flushed", 3},  {"barrier.cut", 3},
    {"barrier.file_synced", 6}, {"barrier.synced", 4}, {"barrier.committed", 4}};

constexpr Aim kRotating[] = {{"barrier.done", 3},        {"rotate.told"},    {"segment.begin"},
                             {"segment.made"},           {"segment.half"},   {"segment.headed"},
                             {"barrier.room_synced", 3}, {"file.replacing"}, {"file.replaced"}};

constexpr Aim kRecovering[] = {{"recover.begin"},  {"recover.looked"},  {"recover.cutting", 2},
                               {"recover.cut", 2}, {"recover.patched"}, {"recover.end"}};

constexpr Aim kLosing[] = {
    {"recover.lost_made", 2}, {"recover.lost_half", 2}, {"recover.lost_synced", 2}};

constexpr Aim kEnding[] = {
    {"end.begin"}, {"end.committed"}, {"file.half", 3}, {"file.replacing"}, {"end.reported"}};

constexpr Aim kFresh[] = {{"clear.begin"},
                          {"clear.unledgered"},
                          {"clear.file", 5},
                          {"clear.entry", 3},
                          {"clear.room", 4}};

constexpr Aim kPatching[] = {{"barrier.patching", 3}};

constexpr Aim kSettingAside[] = {{"quarantine.made"},
                                 {"quarantine.half"},
                                 {"quarantine.written"},
                                 {"quarantine.named"},
                                 {"recover.unquarantined"}};

constexpr Aim kUpgrading[] = {{"upgrade.begin"}, {"file.made"},        {"file.half"},
                              {"file.written"},  {"file.replacing"},   {"file.replaced"},
                              {"upgrade.files"}, {"upgrade.committed"}};

unsigned number_of(const char* variable, unsigned otherwise) {
  const char* text = std::getenv(variable);
  return text == nullptr ? otherwise : static_cast<unsigned>(std::strtoul(text, nullptr, 10));
}

// Chooses which time, and with which engine. In the first round: in the middle.
class Choice {
 public:
  Choice()
      : rounds_(number_of("KILL_POINT_ROUNDS", 1)),
        seed_(number_of("KILL_SEED", std::random_device()())),
        random_(seed_) {
    if (rounds_ > 1) WARN(rounds_ << " rounds, KILL_SEED=" << seed_);
  }

  unsigned seed() const { return seed_; }
  bool has_more() { return round_++ < rounds_; }
  unsigned time(const Aim& aim) {
    return round_ == 1 ? (aim.first + aim.times) / 2
                       : std::uniform_int_distribution<unsigned>(aim.first, aim.times)(random_);
  }
  Words engine() { return {"--engine", ++runs_ % 2 == 0 ? "threads" : "async"}; }

 private:
  unsigned rounds_;
  unsigned seed_;
  std::mt19937 random_;
  unsigned round_ = 0;
  unsigned runs_ = 0;
};

Words with(Words words, const Words& more) {
  words.insert(words.end(), more.begin(), more.end());
  return words;
}

// Barriers and rotation come often, so that little has to be crawled.
Words hurried(const Words& more = {}) {
  return with({"SCRAPER_BARRIER_MS=15", "SCRAPER_ROTATE_AT=20000"}, more);
}

// False where the crawl ended before it came to the point so often.
bool is_killed_at(KilledCrawl& crawl, Choice& choice, const Aim& aim, const Words& environment = {},
                  const Words& options = {}) {
  const unsigned time = choice.time(aim);
  CAPTURE(aim.point, time);
  crawl.set_environment(hurried(with(
      environment, {"SCRAPER_KILL_AT=" + std::string(aim.point) + ":" + std::to_string(time)})));
  const Words slowly = {"--rate", "150"};  // a slow disk makes few barriers while pages last
  const Ended ended = crawl.same_command(with(with(choice.engine(), slowly), options))->wait();
  INFO(ended.err);
  if (ended.code == 0) return false;
  REQUIRE(ended.code == 128 + SIGKILL);
  crawl.note_killed_run();
  return true;
}

void kill_at(KilledCrawl& crawl, Choice& choice, const Aim& aim, const Words& environment = {},
             const Words& options = {}) {
  CAPTURE(aim.point);
  REQUIRE(is_killed_at(crawl, choice, aim, environment, options));
}

void end(KilledCrawl& crawl, Choice& choice, const Words& options = {}) {
  crawl.set_environment(hurried());
  const Ended ended = crawl.same_command(with(choice.engine(), options))->wait();
  INFO(ended.err);
  REQUIRE(ended.code == 0);
  crawl.check_complete();
}

KilledCrawl::Sites small() { return {{"a.test"}, 30, 0}; }
KilledCrawl::Sites large() { return {{"a.test", "b.test", "c.test"}, 150, 40}; }

struct Shot {
  Aim aim;
  Words environment;
};

// A large crawl that is shot at again and again. On a busy disk barriers are slow, and it may end
// before it has come to a point: it has to be complete then, and another takes its place.
class Prey {
 public:
  explicit Prey(Choice& choice) : choice_(choice) { begin(); }

  // The shots belong together: the next one finds what the one before has left.
  void kill(const std::vector<Shot>& shots) {
    for (int missed = 0; !is_hit_by(shots); ++missed) {
      CAPTURE(shots.back().aim.point);
      REQUIRE(missed < kMostMissed);
      crawl_->set_environment(hurried());
      crawl_->check_complete();
      begin();
    }
  }
  void end_it() { end(*crawl_, choice_); }

 private:
  void begin() {
    crawl_.reset();
    server_ = std::make_unique<TestServer>();
    crawl_ = std::make_unique<KilledCrawl>(*server_, large());
  }
  bool is_hit_by(const std::vector<Shot>& shots) {
    return std::all_of(shots.begin(), shots.end(), [this](const Shot& shot) {
      return is_killed_at(*crawl_, choice_, shot.aim, shot.environment);
    });
  }

  static constexpr int kMostMissed = 5;

  Choice& choice_;
  std::unique_ptr<TestServer> server_;
  std::unique_ptr<KilledCrawl> crawl_;
};

template <std::size_t n>
void note_aims(const Aim (&aims)[n], std::set<std::string>& points) {
  for (const Aim& aim : aims) points.insert(aim.point);
}

}  // namespace

TEST_CASE("every kill point is aimed at in some crawl", "[kill-point]") {
  std::set<std::string> aimed;
  note_aims(kBeginning, aimed);
  note_aims(kSpooling, aimed);
  note_aims(kRunning, aimed);
  note_aims(kRotating, aimed);
  note_aims(kRecovering, aimed);
  note_aims(kLosing, aimed);
  note_aims(kEnding, aimed);
  note_aims(kFresh, aimed);
  note_aims(kPatching, aimed);
  note_aims(kSettingAside, aimed);
  note_aims(kUpgrading, aimed);
  CHECK(aimed ==
        std::set<std::string>(std::begin(scraper::kKillPoints), std::end(scraper::kKillPoints)));
}

TEST_CASE("a kill point that does not exist, and a limit that is no number, are usage errors",
          "[kill-point]") {
  const auto said = [](const std::string& variable) {
    const Ended ended = Program({"--version"}, Program::Apart{{variable}}).wait();
    CHECK(ended.code == 2);
    return ended.err;
  };
  CHECK(said("SCRAPER_KILL_AT=append.hlaf:1").find("append.hlaf:1 is no POINT:N") !=
        std::string::npos);
  CHECK(said("SCRAPER_KILL_AT=append.half").find("append.half is no POINT:N") != std::string::npos);
  CHECK(said("SCRAPER_KILL_AT=append.half:0").find("append.half:0 is no POINT:N") !=
        std::string::npos);
  CHECK(said("SCRAPER_ROTATE_AT=1k").find("SCRAPER_ROTATE_AT: 1k is no number") !=
        std::string::npos);
}

TEST_CASE("killed while its directory is made, a crawl begins anew", "[kill-point]") {
  Choice choice;
  CAPTURE(choice.seed());
  while (choice.has_more()) {
    TestServer server;
    KilledCrawl crawl(server, small());
    for (const Aim& aim : kBeginning) kill_at(crawl, choice, aim);
    end(crawl, choice);
  }
}

TEST_CASE(
    "killed while it appends, writes lines or makes a barrier, a crawl goes on from the barrier "
    "before",
    "[kill-point]") {
  Choice choice;
  CAPTURE(choice.seed());
  while (choice.has_more()) {
    Prey prey(choice);
    for (const Aim& aim : kRunning) prey.kill({{aim, {}}});
    prey.end_it();
  }
}

TEST_CASE("killed between two segments, a crawl goes on in the right one", "[kill-point]") {
  Choice choice;
  CAPTURE(choice.seed());
  while (choice.has_more()) {
    Prey prey(choice);
    prey.kill({{{"barrier.done"}, {}}});
    for (const Aim& aim : kRotating) prey.kill({{aim, {}}});
    prey.end_it();
  }
}

// What a worker is still at after so much CPU time is the bomb.
void kill_busy_workers(const Program& program) {
  constexpr unsigned kTicks = 10;
  const std::string tasks = "/proc/" + std::to_string(program.pid()) + "/task";
  std::error_code gone;
  for (const auto& task : std::filesystem::directory_iterator(tasks, gone)) {
    std::ifstream children(task.path() / "children");
    for (pid_t child = 0; children >> child;) {
      std::ifstream stat("/proc/" + std::to_string(child) + "/stat");
      std::string word;
      for (int field = 1; field < 14; ++field) stat >> word;
      unsigned ticks = 0;
      if (stat >> ticks && ticks >= kTicks) kill(child, SIGKILL);
    }
  }
}

TEST_CASE("killed while a document is set aside, a crawl sets it aside again and once",
          "[kill-point]") {
  Choice choice;
  CAPTURE(choice.seed());
  while (choice.has_more()) {
    TestServer server;
    server.on("/graph/0", [&](const Request&) { return html(bomb()); });
    KilledCrawl crawl(server, {{"a.test"}, 1, 0}, {"--depth", "inf", "--parser", "gumbo"});
    crawl.expect_failed(0);
    for (const Aim& aim : kSettingAside) {
      const std::string point = aim.point;
      CAPTURE(point);
      crawl.set_environment(hurried({"SCRAPER_KILL_AT=" + point + ":1"}));
      const auto program = crawl.same_command(choice.engine());
      while (!program->ends_within(std::chrono::milliseconds(5))) kill_busy_workers(*program);
      REQUIRE(program->wait().code == 128 + SIGKILL);
      crawl.note_killed_run();
    }
    crawl.set_environment(hurried());
    const auto program = crawl.same_command(choice.engine());
    while (!program->ends_within(std::chrono::milliseconds(5))) kill_busy_workers(*program);
    const Ended ended = program->wait();
    INFO(ended.err);
    CHECK(ended.code == 0);
    CHECK(std::filesystem::exists(crawl.path("quarantine/00000.json")));
    CHECK_FALSE(std::filesystem::exists(crawl.path("quarantine/00001.json")));
    crawl.check_complete();
  }
}

TEST_CASE("killed between depth patches, a crawl has them all in the end", "[kill-point]") {
  Choice choice;
  CAPTURE(choice.seed());
  while (choice.has_more()) {
    TestServer server;
    // Half of the site hangs on this page; by the time it comes, all have been reached by longer
    // ways.
    server.on("/graph/1", [](const Request& request) {
      RawReply late = graph_reply(request).value();
      late.steps.front().pause = std::chrono::milliseconds(600);
      return late;
    });
    KilledCrawl crawl(server, {{"a.test"}, 60, 0});
    for (const Aim& aim : kPatching) kill_at(crawl, choice, aim);
    kill_at(crawl, choice, {"barrier.patching"});  // by recovery
    end(crawl, choice);
  }
}

TEST_CASE("killed in the middle of a large body, a crawl asks for it again and has it once",
          "[kill-point]") {
  Choice choice;
  CAPTURE(choice.seed());
  while (choice.has_more()) {
    TestServer server;
    server.on("/graph/2", [](const Request& request) {
      RawReply small_page = graph_reply(request).value();
      const std::string& bytes = small_page.steps.front().bytes;
      return html(bytes.substr(bytes.find("\r\n\r\n") + 4) +
                  std::string(std::size_t{5} << 19, ' '));
    });
    KilledCrawl crawl(server, small());
    for (const Aim& aim : kSpooling) kill_at(crawl, choice, aim);
    end(crawl, choice);
  }
}

TEST_CASE("recovery that is killed is done again", "[kill-point]") {
  Choice choice;
  CAPTURE(choice.seed());
  while (choice.has_more()) {
    Prey prey(choice);
    const Shot before = {{"barrier.synced", 4, 3},
                         {}};  // by then there is something behind what is committed
    for (const Aim& aim : kRecovering) prey.kill({before, {aim, {}}});
    for (const Aim& aim : kLosing) prey.kill({before, {aim, {"SCRAPER_MOST_OF_BARRIER=1"}}});
    prey.end_it();
  }
}

TEST_CASE("killed as a larger depth is taken up, a crawl has the books of its rows",
          "[kill-point]") {
  Choice choice;
  CAPTURE(choice.seed());
  while (choice.has_more()) {
    TestServer server;
    KilledCrawl crawl(server, small(), {"--depth", "1"});
    crawl.set_environment(hurried());
    REQUIRE(crawl.same_command(choice.engine())->wait().code == 0);
    for (const char* point :
         {"barrier.first", "barrier.first_committed", "file.replacing", "file.replaced"}) {
      CAPTURE(point);
      crawl.set_environment(hurried({"SCRAPER_KILL_AT=" + std::string(point) + ":1"}));
      REQUIRE(crawl.resume({"--depth", "3"})->wait().code == 128 + SIGKILL);
      crawl.note_killed_run();
    }
    crawl.set_environment(hurried());
    REQUIRE(crawl.resume()->wait().code == 0);  // at the depth that is written down
    crawl.note_killed_run();                    // its audit
    REQUIRE(crawl.resume({"--depth", "4"})->wait().code == 0);
    crawl.note_killed_run();
  }
}

TEST_CASE("killed as an older format is upgraded, a crawl is of one format or the other",
          "[kill-point]") {
  namespace st = scraper::storage;
  Choice choice;
  StoredCrawl stored(st::kFormat - 1);
  KilledCrawl& crawl = stored.crawl();
  for (const Aim& aim : kUpgrading) {
    REQUIRE(st::Ledger::peek_format(crawl.path("ledger"))->number == st::kFormat - 1);
    kill_at(crawl, choice, aim);
  }
  CHECK(st::Ledger::peek_format(crawl.path("ledger"))->number == st::kFormat);
  end(crawl, choice);
}

TEST_CASE("killed at any instant, no more was written than recovery takes for one barrier",
          "[kill-point]") {
  const Choice choice;
  std::mt19937 random(choice.seed());
  CAPTURE(choice.seed());
  TestServer server;
  for (unsigned n = 0; n < 150; ++n) {
    server.on("/graph/" + std::to_string(n), [](const Request& request) {
      RawReply page = graph_reply(request).value();
      std::string& bytes = page.steps.front().bytes;
      const auto end = bytes.find("\r\n\r\n");
      return bytes.starts_with("HTTP/1.1 200")
                 ? html(bytes.substr(end + 4) + std::string(20'000, ' '))
                 : page;
    });
  }
  KilledCrawl crawl(server, {{"a.test", "b.test", "c.test"}, 150, 0});
  crawl.set_environment({"SCRAPER_MOST_OF_BARRIER=400000"});
  for (unsigned kills = 0;; ++kills) {
    const std::size_t target =
        server.requests_seen() + std::uniform_int_distribution<std::size_t>(40, 120)(random);
    const auto program = crawl.same_command({"--engine", kills % 2 == 0 ? "threads" : "async"});
    while (server.requests_seen() < target && !program->ends_within(std::chrono::milliseconds(1))) {
    }
    if (kills < 5) program->send(SIGKILL);
    const Ended ended = program->wait();
    INFO(ended.err);
    CHECK(ended.err.find("has lost its end") == std::string::npos);
    if (ended.code == 0) break;
    REQUIRE(ended.code == 128 + SIGKILL);
    crawl.note_killed_run();
  }
  crawl.check_complete();
}

TEST_CASE("killed as it ends, a crawl is complete or gone on with", "[kill-point]") {
  Choice choice;
  CAPTURE(choice.seed());
  while (choice.has_more()) {
    for (const Aim& aim : kEnding) {
      TestServer server;
      KilledCrawl crawl(server, small());
      kill_at(crawl, choice, aim);
      end(crawl, choice);
    }
  }
}

TEST_CASE(
    "killed as --fresh removes a crawl, it leaves nothing that is taken for a crawl, and is given "
    "again",
    "[kill-point]") {
  Choice choice;
  CAPTURE(choice.seed());
  while (choice.has_more()) {
    TestServer server;
    KilledCrawl crawl(server, small());
    for (const Aim& aim : kFresh) {
      crawl.set_environment(hurried());
      REQUIRE(crawl.same_command({"--fresh"})->wait().code == 0);
      kill_at(crawl, choice, aim, {}, {"--fresh"});
    }
    end(crawl, choice, {"--fresh"});
  }
}
