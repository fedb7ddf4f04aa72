// SIGKILL at any instant, to the program's group; workers have groups of their own and go with it.
// KILLS=300 crawl_test "[kill]" for a long run, KILL_SEED=N for the same instants again, as far as
// a machine does anything twice at the same instant.
#include <signal.h>

#include <algorithm>
#include <cstdlib>
#include <filesystem>
#include <random>

#include "tests/catch.h"
#include "tests/crawl/killed_crawl.h"

using namespace scraper::test;
using std::chrono::milliseconds;

namespace {

constexpr unsigned kKillsOfCrawl = 5;  // then it is left to end

unsigned number_of(const char* variable, unsigned otherwise) {
  const char* text = std::getenv(variable);
  return text == nullptr ? otherwise : static_cast<unsigned>(std::strtoul(text, nullptr, 10));
}

class Fire {
 public:
  explicit Fire(unsigned seed) : random_(seed) {}

  unsigned up_to(unsigned most) {
    return std::uniform_int_distribution<unsigned>(0, most)(random_);
  }

  // Kills it when the server has seen some more requests, or a while after that; unless it ends
  // before.
  void kill(const Program& program, const TestServer& server, std::size_t most_requests) {
    const std::size_t target = server.requests_seen() + up_to(static_cast<unsigned>(most_requests));
    while (server.requests_seen() < target && !program.ends_within(milliseconds(1))) {
    }
    // Barriers come every second: a third of the kills are aimed at what is around them.
    const unsigned kind = up_to(2);
    if (kind > 0) program.ends_within(milliseconds(up_to(kind == 1 ? 20 : 1'300)));
    program.send(SIGKILL);
  }

 private:
  std::mt19937 random_;
};

// How often it was killed.
unsigned crawl_under_fire(Fire& fire, const std::string& engine, unsigned most) {
  constexpr const char* kHandoffs[] = {"file", "pipe", "shm", "inline"};
  TestServer server;
  KilledCrawl crawl(server);
  unsigned kills = 0;
  for (unsigned turn = fire.up_to(3);; ++turn) {
    const std::vector<std::string> how = {"--engine", engine, "--handoff", kHandoffs[turn % 4]};
    const bool may_resume =
        kills > 0 && turn % 2 == 1 && std::filesystem::exists(crawl.path("ledger/CURRENT"));
    const auto program = may_resume ? crawl.resume(how) : crawl.same_command(how);
    if (kills < most) fire.kill(*program, server, crawl.expected_requests() - crawl.lines().size());
    const Ended ended = program->wait();
    CAPTURE(kills, may_resume, how[3], ended.err);
    if (ended.code != 128 + SIGKILL) {
      REQUIRE(ended.code == 0);
      break;
    }
    ++kills;
    crawl.note_killed_run();
  }
  crawl.check_complete();
  return kills;
}

}  // namespace

TEST_CASE(
    "killed at any instant and gone on with, a crawl ends with every page, each once and captured "
    "once",
    "[kill]") {
  const std::string engine = GENERATE(as<std::string>(), "threads", "async");
  const unsigned seed = number_of("KILL_SEED", std::random_device()());
  const unsigned wanted = number_of("KILLS", 10);
  CAPTURE(engine, seed);
  if (wanted > 10) WARN(engine << ": " << wanted << " kills, KILL_SEED=" << seed);
  Fire fire(seed);
  for (unsigned kills = 0; kills < wanted;)
    kills += crawl_under_fire(fire, engine, std::min(kKillsOfCrawl, wanted - kills));
}
