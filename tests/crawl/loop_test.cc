// The loop of the crawl with simulated stages and a virtual clock: no process, no socket, no
// waiting. Frontier, checkpoints, ledger, recorder and stopping are the real ones.
#include <boost/asio/executor_work_guard.hpp>
#include <boost/asio/io_context.hpp>
#include <filesystem>
#include <map>
#include <memory>
#include <set>

#include "parse/url/url.h"
#include "scraper/crawl/crawl.h"
#include "tests/catch.h"
#include "tests/crawl/simulated_stages.h"
#include "tests/support/folder.h"
#include "tests/support/virtual_time.h"

using namespace scraper;
using namespace std::chrono_literals;
using scraper::test::SimulatedPage;
using scraper::test::SimulatedStages;
using storage::UrlState;

namespace {

// A crawl of `web` from `seeds`. One URL is "http://HOST.test/N".
class Loop {
 public:
  Loop(CrawlOptions options, SimulatedStages::Web web, const std::vector<std::string>& seeds)
      : options_(std::move(options)) {
    options_.obeys_robots = false;
    options_.is_quiet = true;
    options_.keep_free = 0;
    options_.output = folder_.path("out");
    for (const std::string& seed : seeds) {
      options_.seeds.emplace_back();
      options_.seeds.back().url = parse::parse_url(seed).value();
    }
    for (const char* name : {"", "/warc", "/ledger", "/quarantine"})
      std::filesystem::create_directory(options_.output + name);
    folder_.file("out/warc/00000.warc", "");
    auto stages = std::make_unique<SimulatedStages>(clock_, std::move(web));
    stages_ = stages.get();
    crawl_ = std::make_unique<Crawl>(options_, ScopeRules::make(options_).value(), io_, clock_,
                                     std::move(stages));
    open();
  }

  ~Loop() { clock_.clear(); }
  Loop(const Loop&) = delete;
  Loop& operator=(const Loop&) = delete;

  // Virtual time passes only when nothing else is to be done, the syncer's thread included.
  void run() {
    crawl_->begin();
    for (int turns = 0; !crawl_->stopping().ended(); ++turns) {
      REQUIRE(turns < 1'000'000);
      if (at_ && clock_.now() >= at_->first) std::exchange(at_, {})->second();
      if (io_.poll() > 0) continue;
      if (crawl_->stopping().ended()) break;
      if (crawl_->checkpoints().is_committing()) {
        io_.run_one();
      } else {
        REQUIRE(clock_.advance());
      }
    }
    crawl_->finish();
  }

  void at(Duration after, std::function<void()> act) {
    at_.emplace(clock_.now() + after, std::move(act));
  }

  Crawl& crawl() { return *crawl_; }
  SimulatedStages& stages() { return *stages_; }
  std::uint64_t count(UrlState state) const { return crawl_->frontier().count(state); }
  Duration elapsed() const { return crawl_->elapsed(); }

 private:
  void open() {
    const std::string& out = options_.output;
    REQUIRE(crawl_->checkpoints().create(out, out + "/ledger").has_value());
    stages_->key = crawl_->checkpoints().key();
    REQUIRE(crawl_->recorder().open_lines(out, {}).has_value());
    REQUIRE(crawl_->errands().open_lines(out, {}).has_value());
    crawl_->quarantined().open(storage::Quarantine::open(out, "scraper", "scan").value(), 0);
    REQUIRE(crawl_->checkpoints().start().has_value());
  }

  test::Folder folder_;
  CrawlOptions options_;
  test::VirtualClock clock_{io_};
  boost::asio::io_context io_{1};
  boost::asio::executor_work_guard<boost::asio::io_context::executor_type> guard_{
      io_.get_executor()};
  SimulatedStages* stages_ = nullptr;
  std::unique_ptr<Crawl> crawl_;
  std::optional<std::pair<TimePoint, std::function<void()>>> at_;
};

std::string url_of(const std::string& host, unsigned number) {
  return "http://" + host + ".test/" + std::to_string(number);
}

// Every page leads to the next two, up to `pages`.
SimulatedStages::Web site(const std::string& host, unsigned pages) {
  return [host, pages](const std::string& url, unsigned) {
    const unsigned number = static_cast<unsigned>(std::stoul(url.substr(url.rfind('/') + 1)));
    SimulatedPage page;
    for (unsigned next : {2 * number + 1, 2 * number + 2}) {
      if (next < pages) page.links.push_back(url_of(host, next));
    }
    return page;
  };
}

CrawlOptions options(Duration delay = 0ms) {
  CrawlOptions options;
  options.delay = std::chrono::duration_cast<std::chrono::milliseconds>(delay);
  options.depth = kDepthInf;
  return options;
}

}  // namespace

TEST_CASE("the loop comes to every page of a site once, a delay apart") {
  Loop loop(options(1s), site("a", 100), {url_of("a", 0)});
  loop.run();
  CHECK(loop.crawl().stopping().end() == End::kComplete);
  CHECK(loop.count(UrlState::kStored) == 100);
  CHECK(loop.crawl().frontier().discovered() == 100);
  CHECK(loop.elapsed() >= 99s);
  CHECK(loop.elapsed() < 105s);
  const auto& requests = loop.stages().requests;
  REQUIRE(requests.size() == 100);
  std::set<std::string> urls;
  for (std::size_t i = 0; i < requests.size(); ++i) {
    urls.insert(requests[i].url);
    if (i > 0) CHECK(requests[i].at - requests[i - 1].at >= 1s);
  }
  CHECK(urls.size() == 100);
}

TEST_CASE("a slow host costs the loop's other hosts nothing") {
  const auto web = [fast = site("a", 50)](const std::string& url, unsigned attempt) {
    if (url.find("slow") == url.npos) return fast(url, attempt);
    SimulatedPage page;
    page.takes = 60s;
    return page;
  };
  Loop loop(options(1s), web, {url_of("slow", 0), url_of("slow", 1), url_of("a", 0)});
  std::uint64_t stored = 0;
  loop.at(59s, [&] { stored = loop.count(UrlState::kStored); });
  loop.run();
  CHECK(stored == 50);
  CHECK(loop.count(UrlState::kStored) == 52);
}

TEST_CASE("what fails is requested again later, and is failed in the end") {
  const auto web = [](const std::string& url, unsigned attempt) {
    SimulatedPage page;
    if (url == url_of("a", 0)) page.links = {url_of("a", 1), url_of("a", 2)};
    if (url == url_of("a", 1) && attempt < 3) page.error = FetchError::kReset;
    if (url == url_of("a", 2)) page.status = 503;
    return page;
  };
  Loop loop(options(), web, {url_of("a", 0)});
  loop.run();
  std::map<std::string, unsigned> requests;
  for (const auto& request : loop.stages().requests) ++requests[request.url];
  CHECK(requests[url_of("a", 1)] == 3);
  CHECK(requests[url_of("a", 2)] == 3);
  CHECK(loop.count(UrlState::kStored) == 2);
  CHECK(loop.count(UrlState::kFailed) == 1);
  CHECK(loop.elapsed() >= 2s);  // one back-off, then twice as long
}

TEST_CASE("a limit of pages is exact, and a limit of time holds") {
  CrawlOptions limited = options();
  SECTION("pages") {
    limited.limit = 7;
    limited.per_host = 8;
    Loop loop(limited, site("a", 100), {url_of("a", 0)});
    loop.run();
    CHECK(loop.crawl().stopping().end() == End::kLimit);
    CHECK(loop.count(UrlState::kStored) == 7);
    CHECK(loop.stages().requests.size() == 7);
    CHECK(loop.crawl().has_work());
  }
  SECTION("time") {
    limited.max_time = 10s;
    limited.delay = 1s;
    Loop loop(limited, site("a", 100), {url_of("a", 0)});
    loop.run();
    CHECK(loop.crawl().stopping().end() == End::kMaxTime);
    CHECK(loop.count(UrlState::kStored) == 10);
    CHECK(loop.elapsed() >= 10s);
    CHECK(loop.elapsed() < 11s);
  }
}

TEST_CASE("a crawl that is cut short gives back what is in flight") {
  const auto web = [](const std::string&, unsigned) {
    SimulatedPage page;
    page.takes = 1h;
    return page;
  };
  Loop loop(options(), web, {url_of("a", 0), url_of("b", 0)});
  loop.at(5s, [&] {
    loop.crawl().stopping().stop(End::kInterrupted);
    loop.crawl().stopping().cut_short_after(3s);
  });
  loop.run();
  CHECK(loop.crawl().stopping().end() == End::kInterrupted);
  CHECK(loop.crawl().stopping().is_cut_short());
  CHECK(loop.elapsed() == 8s);
  CHECK(loop.count(UrlState::kPending) == 2);
  CHECK(loop.crawl().has_work());
}

TEST_CASE("for want of room the loop pauses, and loses nothing") {
  Loop loop(options(), site("a", 30), {url_of("a", 0)});
  loop.stages().appends_to_fail = 3;
  bool was_paused = false;
  loop.at(500ms, [&] { was_paused = loop.crawl().is_paused(); });
  loop.run();
  CHECK(was_paused);
  CHECK(loop.crawl().stopping().end() == End::kComplete);
  CHECK(loop.count(UrlState::kStored) == 30);
  CHECK(loop.stages().requests.size() == 33);  // what could not be kept is requested again
}

TEST_CASE("what the loop has done is in the ledger when it ends") {
  Loop loop(options(), site("a", 40), {url_of("a", 0)});
  loop.run();
  const auto books = loop.crawl().checkpoints().ledger().books();
  REQUIRE(books.has_value());
  CHECK(books->end == "complete");
  CHECK(books->counts[UrlState::kStored] == 40);
  std::size_t captures = 0;
  REQUIRE(loop.crawl()
              .checkpoints()
              .ledger()
              .each_capture(
                  [&](std::uint32_t, std::uint64_t, const storage::CaptureEntry&) { ++captures; })
              .has_value());
  CHECK(captures == 40);
}
