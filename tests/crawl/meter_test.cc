#include "scraper/crawl/meter.h"

#include "tests/catch.h"

using namespace scraper;
using namespace std::chrono_literals;

TEST_CASE("percentiles are within seven percent") {
  Histogram histogram;
  CHECK(histogram.percentile(50) == Duration{});
  for (int ms = 1; ms <= 1000; ++ms) histogram.add(std::chrono::milliseconds(ms));
  for (const double p : {1.0, 50.0, 90.0, 99.0, 100.0}) {
    CAPTURE(p);
    CHECK(seconds(histogram.percentile(p)) == Approx(p / 100).epsilon(0.07));
  }
  histogram.add(-1s);
  CHECK(histogram.count() == 1001);
}

TEST_CASE("a level knows its mean over time and its most") {
  Level level;
  const TimePoint start{1s};
  level.set(0, start);
  level.set(10, start + 1s);
  level.set(0, start + 2s);
  CHECK(level.mean(start, start + 4s) == Approx(2.5));
  CHECK(level.most() == 10);
}

TEST_CASE("what bounded a run is named with what to change") {
  Meter meter;
  BoundInput in;
  in.meter = &meter;
  in.elapsed = 10;
  in.workers = 2;
  in.cores = 3;
  in.concurrency = 256;
  in.slowest_host = "docs.example.org";
  in.slowest_delay = 1;
  const auto after = [&](Wait wait) {
    meter.waited = {};
    meter.waited[static_cast<std::size_t>(wait)] = 5s;
    return what_bounded(in);
  };
  CHECK(after(Wait::kPoliteness).what == "politeness");
  CHECK(
      after(Wait::kPoliteness)
          .advice.find("docs.example.org was asked once a second: --delay 200ms if it is yours") !=
      std::string::npos);
  CHECK(after(Wait::kSlots).advice.find("-c 512") != std::string::npos);
  CHECK(after(Wait::kParse).advice.find("-w 3") != std::string::npos);
  CHECK(after(Wait::kDisk).what == "disk");
  CHECK(after(Wait::kDiscovery).what == "nothing left to do");
  CHECK(after(Wait::kReading).what == "nothing left to do");
  in.busy.parse = 0.5;
  CHECK(after(Wait::kReading).what == "parse");
  meter.retries = 3;
  CHECK(after(Wait::kBackOff).advice.find("3 attempts failed") != std::string::npos);
  CHECK(after(Wait::kHostBusy).advice.find("docs.example.org") != std::string::npos);
  in.slowest_politeness = 4;
  in.slowest_held = 3;
  CHECK(after(Wait::kPoliteness).advice.find("Retry-After") != std::string::npos);
  in.slowest_held = 1;
  in.slowest_is_robots = true;
  CHECK(after(Wait::kPoliteness).advice.find("robots.txt") != std::string::npos);
  in.busy.parse = 0.98;
  CHECK(after(Wait::kDiscovery).advice == "parse workers were busy 98 % of the time: try -w 3");
  in.cores = 2;  // more workers would only take turns
  CHECK(after(Wait::kDiscovery).advice ==
        "parse workers were busy 98 % of the time: the parser bounds it on the 2 cores there are: "
        "only more cores or fewer pages "
        "(--exclude) help");
  in.busy.owner = 0.95;
  CHECK(after(Wait::kDiscovery).what == "owner");
  CHECK(after(Wait::kDiscovery).advice.find("--engine") == std::string::npos);
  in.owner_transfers = true;
  CHECK(after(Wait::kDiscovery).advice.find("--engine threads") != std::string::npos);
}
