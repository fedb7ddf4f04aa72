// The frontier through the ledger: what another run begins with is what this one had, leases aside.
#include <map>
#include <random>
#include <set>

#include "scraper/frontier/frontier.h"
#include "storage/ledger.h"
#include "tests/catch.h"
#include "tests/storage/committing.h"
#include "tests/storage/files.h"
#include "tests/support/printing.h"

using namespace scraper;
using namespace scraper::storage;
using namespace std::chrono_literals;

namespace {

const FingerprintKey kKey{3, 4};
const TimePoint kStart{};
const WallTime kWall{std::chrono::microseconds(1'700'000'000'000'000)};

FrontierOptions options() {
  FrontierOptions o;
  o.asks_robots = false;
  o.delay = 0s;
  o.per_host = 4;
  o.depth = 4;
  o.rows_in_memory = 2;  // nearly every row that is needed again is read from the ledger
  o.exclusion = [](std::string_view url) -> std::optional<std::string> {
    if (url.find("out") != url.npos) return "exclude out";
    return std::nullopt;
  };
  return o;
}

// Page n of the graph links to a few that follow from n alone; a shorter way to some comes late.
std::vector<std::string> links_of(std::string_view url, unsigned pages) {
  const auto n = std::stoul(std::string(url.substr(url.rfind('/') + 1)));
  std::vector<std::string> links;
  for (const unsigned long m : {n * 2 + 1, n * 2 + 2, (n * 7 + 3) % pages, (n + 40) % pages}) {
    if (m >= pages) continue;
    links.push_back("http://" + std::string(m % 3 == 0 ? "a" : "b") + ".test/" +
                    (m % 11 == 5 ? "out/" : "") + std::to_string(m));
  }
  return links;
}

struct Run {
  explicit Run(const FrontierOptions& o, unsigned seed) : frontier(o), random(seed) {}

  void offer_seed(std::int64_t depth) {
    Found found;
    found.url = "http://a.test/0";
    found.fingerprint = fingerprint(found.url, kKey);
    found.path.left = depth;
    found.is_seed = true;
    frontier.offer(found);
  }

  bool step() {
    while (const auto host = frontier.take_unresolved())
      frontier.host_resolved(*host, TimePoint::max());
    if (const auto unparsed = frontier.take_unparsed()) {
      parsing.push_back(unparsed->lease);
      return true;
    }
    if (auto lease = random() % 2 == 0 ? frontier.lease(now) : std::nullopt) {
      fetching.push_back(std::move(*lease));
      asked.push_back(fetching.back().url);
      return true;
    }
    if (!fetching.empty() && random() % 2 == 0) {
      const Lease lease = take(fetching);
      frontier.release(lease);
      frontier.captured(lease.id, {0, lease.id * 100ull, 50, lease.id});
      parsing.push_back(lease);
      return true;
    }
    if (!parsing.empty()) {
      finish(take(parsing));
      return true;
    }
    return !fetching.empty() || frontier.has_work() || frontier.next_ready() ||
           frontier.discovered_but_not_leased() > 0;
  }

  void finish(const Lease& lease) {
    const auto links = links_of(lease.url, 150);
    std::vector<Frontier::Child> children;
    children.reserve(links.size());
    for (const auto& link : links) children.push_back({fingerprint(link, kKey), link, false});
    frontier.add_links(lease.id, children, false);
    frontier.set_line(lease.id, {lease.id * 10ull, 1});
    frontier.settle(lease.id, UrlState::kStored, {});
  }

  Lease take(std::vector<Lease>& from) {
    const std::size_t which = random() % from.size();
    Lease lease = std::move(from[which]);
    from.erase(from.begin() + static_cast<std::ptrdiff_t>(which));
    return lease;
  }

  void write(Ledger& ledger) {
    LedgerBatch batch = ledger.batch();
    frontier.write_changes(batch, now, kWall);
    commit(ledger, std::move(batch));
    frontier.committed(ledger);
  }

  Frontier frontier;
  std::minstd_rand random;
  TimePoint now = kStart;
  std::vector<Lease> fetching;
  std::vector<Lease> parsing;
  std::vector<std::string> asked;
};

std::map<std::string, std::string> ends(const Frontier& frontier) {
  std::map<std::string, std::string> all;
  for (UrlId id = 0; id < frontier.discovered(); ++id) {
    all[std::string(frontier.url(id))] =
        std::string(to_string(frontier.state(id))) + " " + std::string(frontier.reason(id)) + " " +
        (frontier.state(id) == UrlState::kStored ? std::to_string(frontier.depth(id)) : "");
  }
  return all;
}

struct Books1 {
  TempDir folder;
  std::unique_ptr<Ledger> ledger = std::move(Ledger::create(folder.path()).value());
};

// The next lease, names resolved on the way; nothing where there is none now.
std::optional<Lease> lease(Run& of) {
  std::optional<Lease> got;
  while (!(got = of.frontier.lease(of.now))) {
    bool is_any = false;
    while (const auto host = of.frontier.take_unresolved()) {
      of.frontier.host_resolved(*host, TimePoint::max());
      is_any = true;
    }
    if (!is_any) break;
  }
  return got;
}

// Its answer came, was captured and read, and led to these.
void settle(Run& of, const Lease& page, UrlState state, const std::vector<std::string>& links) {
  of.frontier.release(page);
  of.frontier.captured(page.id, {0, page.id * 100ull, 50, page.id});
  std::vector<Frontier::Child> children;
  children.reserve(links.size());
  for (const auto& link : links) children.push_back({fingerprint(link, kKey), link, false});
  of.frontier.add_links(page.id, children, false);
  of.frontier.settle(page.id, state, state == UrlState::kFailed ? "http 404" : "");
}

void settle_next(Run& of, const std::vector<std::string>& links) {
  const auto page = lease(of);
  REQUIRE(page);
  settle(of, *page, UrlState::kStored, links);
}

}  // namespace

TEST_CASE(
    "a crawl that goes on from its ledger ends as one that was never stopped, and asks for nothing "
    "twice that was captured") {
  Run whole(options(), 1);
  whole.offer_seed(4);
  while (whole.step()) {
  }
  const auto expected = ends(whole.frontier);
  REQUIRE(whole.frontier.count(UrlState::kStored) > 20);
  REQUIRE(whole.frontier.count(UrlState::kExcluded) > 5);

  const unsigned seed = GENERATE(range(1u, 40u));
  CAPTURE(seed);
  Books1 books;
  auto run = std::make_unique<Run>(options(), seed);
  run->offer_seed(4);
  std::set<std::string> captured;
  for (int kills = 0; kills < 3; ++kills) {
    const unsigned steps = run->random() % 150;
    for (unsigned n = 0; n < steps && run->step(); ++n) {
      if (run->random() % 10 == 0) run->write(*books.ledger);
    }
    run->write(*books.ledger);
    for (UrlId id = 0; id < run->frontier.discovered(); ++id) {
      const UrlState state = run->frontier.state(id);
      if (state == UrlState::kCaptured || state == UrlState::kStored)
        captured.insert(std::string(run->frontier.url(id)));
    }
    auto next = std::make_unique<Run>(options(), seed + 100);
    REQUIRE(next->frontier.load(*books.ledger, kKey, Frontier::LastRun::kEnded, kStart, kWall));
    CHECK(ends(next->frontier) == ends(run->frontier));
    for (UrlId id = 0; id < run->frontier.discovered(); ++id) {
      CHECK(next->frontier.url(id) == run->frontier.url(id));
      CHECK(next->frontier.depth(id) == run->frontier.depth(id));
      CHECK(next->frontier.referrer(id) == run->frontier.referrer(id));
    }
    next->offer_seed(4);
    run = std::move(next);
  }
  while (run->step()) {
  }
  CHECK(ends(run->frontier) == expected);
  for (const std::string& url : run->asked) CHECK_FALSE(captured.contains(url));
}

TEST_CASE("a captured page comes back with its place") {
  Books1 books;
  Run run(options(), 1);
  run.offer_seed(1);
  while (const auto host = run.frontier.take_unresolved())
    run.frontier.host_resolved(*host, TimePoint::max());
  std::optional<Lease> lease;
  while (!(lease = run.frontier.lease(run.now))) {
    while (const auto host = run.frontier.take_unresolved())
      run.frontier.host_resolved(*host, TimePoint::max());
  }
  run.frontier.release(*lease);
  run.frontier.captured(lease->id, {2, 300, 40, 5});
  run.write(*books.ledger);
  Run next(options(), 1);
  REQUIRE(next.frontier.load(*books.ledger, kKey, Frontier::LastRun::kEnded, kStart, kWall));
  const auto unparsed = next.frontier.take_unparsed();
  REQUIRE(unparsed);
  CHECK(unparsed->place == Place{2, 300, 40, 5});
  CHECK(unparsed->lease.url == "http://a.test/0");
  CHECK(unparsed->lease.attempt == 1);
  CHECK(next.frontier.leased() == 1);
  CHECK_FALSE(next.frontier.take_unparsed());
  next.finish(unparsed->lease);
  CHECK(next.frontier.count(UrlState::kStored) == 1);
}

TEST_CASE("a larger depth, and a larger limit per host, offer again what was cut") {
  Books1 books;
  FrontierOptions o = options();
  o.limit_per_host = 3;
  o.depth = 1;
  Run run(o, 1);
  run.offer_seed(1);
  while (run.step()) {
  }
  run.write(*books.ledger);
  REQUIRE(run.frontier.count(UrlState::kPending) == 0);

  o.depth = 4;
  o.limit_per_host = ~0ull;
  Run next(o, 2);
  REQUIRE(next.frontier.load(*books.ledger, kKey, Frontier::LastRun::kEnded, kStart, kWall));
  next.offer_seed(4);
  while (next.step()) {
  }
  FrontierOptions unlimited = options();
  Run whole(unlimited, 3);
  whole.offer_seed(4);
  while (whole.step()) {
  }
  CHECK(ends(next.frontier) == ends(whole.frontier));
}

TEST_CASE(
    "no host is asked before one delay has passed, nor while it asked to be left alone, whatever "
    "the wall clock did meanwhile") {
  Books1 books;
  FrontierOptions o = options();
  o.delay = 10s;
  Run run(o, 1);
  run.offer_seed(4);
  std::optional<Lease> lease;
  while (!(lease = run.frontier.lease(run.now))) {
    while (const auto host = run.frontier.take_unresolved())
      run.frontier.host_resolved(*host, TimePoint::max());
  }
  run.frontier.release(*lease);
  const bool is_held = GENERATE(false, true);
  if (is_held) run.frontier.hold(lease->host, run.now, run.now + 5min);
  run.frontier.retry(lease->id, run.now);
  run.write(*books.ledger);

  const auto jump =
      GENERATE(std::chrono::hours(-24 * 365), std::chrono::hours(0), std::chrono::hours(24 * 365));
  Run next(o, 1);
  REQUIRE(next.frontier.load(*books.ledger, kKey, Frontier::LastRun::kEnded, kStart, kWall + jump));
  CHECK_FALSE(next.frontier.lease(kStart + 9s));
  const auto ready = next.frontier.next_ready();
  REQUIRE(ready);
  const Duration wait = *ready - kStart;
  CHECK(wait >= 10s);
  CHECK(wait <= 45min);
  if (jump == std::chrono::hours(0)) CHECK(wait == (is_held ? Duration(5min) : Duration(10s)));
}

TEST_CASE(
    "after a kill no host at all is asked before one delay has passed: its last request may not be "
    "in the books") {
  Books1 books;
  FrontierOptions o = options();
  o.delay = 10s;
  Run run(o, 1);
  run.offer_seed(4);
  run.write(*books.ledger);
  const bool was_killed = GENERATE(true, false);
  Run next(o, 1);
  const auto last_run = was_killed ? Frontier::LastRun::kKilled : Frontier::LastRun::kEnded;
  REQUIRE(next.frontier.load(*books.ledger, kKey, last_run, kStart, kWall));
  Found found;  // its host was never heard of
  found.url = "http://new.test/";
  found.fingerprint = fingerprint(found.url, kKey);
  found.is_seed = true;
  next.frontier.offer(found);
  CHECK(lease(next).has_value() != was_killed);
  next.now += 10s;
  CHECK(lease(next));
}

TEST_CASE("a crawl is not resumed from a state that this program does not know") {
  Books1 books;
  Run run(options(), 1);
  run.offer_seed(4);
  run.write(*books.ledger);
  LedgerBatch batch = books.ledger->batch();
  StateEntry state;
  state.state = static_cast<UrlState>(kUrlStates.size());
  batch.put_state(0, state);
  commit(*books.ledger, std::move(batch));
  Run next(options(), 1);
  const auto loaded =
      next.frontier.load(*books.ledger, kKey, Frontier::LastRun::kKilled, kStart, kWall);
  REQUIRE_FALSE(loaded);
  CHECK(loaded.error().code == Errc::kInvalid);
}

TEST_CASE("of a limit per host only those requests count of which something has come") {
  Books1 books;
  FrontierOptions o = options();
  o.limit_per_host = 1;
  Run run(o, 1);
  run.offer_seed(4);
  const auto asked = lease(run);
  REQUIRE(asked);
  const auto what = GENERATE(as<std::string>(), "nothing", "captured", "retry");
  CAPTURE(what);
  run.frontier.release(*asked);
  if (what == "captured") run.frontier.captured(asked->id, {0, 10, 20, 30});
  if (what == "retry") run.frontier.retry(asked->id, run.now);
  run.write(*books.ledger);
  Run next(o, 1);
  REQUIRE(next.frontier.load(*books.ledger, kKey, Frontier::LastRun::kKilled, kStart, kWall));
  CHECK(lease(next).has_value() == (what != "captured"));
  CHECK(next.frontier.count(UrlState::kOverBudget) == 0);
}

TEST_CASE(
    "a robots.txt that was captured while it was to be asked for again is taken up, and not asked "
    "for") {
  Books1 books;
  FrontierOptions o = options();
  o.asks_robots = true;
  Run run(o, 1);
  run.offer_seed(4);
  const auto robots = lease(run);
  REQUIRE(robots);
  run.frontier.release(*robots);
  run.frontier.robots_unreachable(robots->origin, run.now + 2min, "http 503");
  run.write(*books.ledger);
  Run next(o, 1);
  REQUIRE(next.frontier.load(*books.ledger, kKey, Frontier::LastRun::kKilled, kStart, kWall));
  const auto taken = next.frontier.take_up(
      {LeaseKind::kRobots, robots->origin, "http://a.test/robots.txt", {0, 10, 20, 30}});
  REQUIRE(taken);
  CHECK_FALSE(lease(next));
  next.frontier.robots_known(taken->origin, next.now + 24h);
  next.now += 3min;
  const auto page = lease(next);
  REQUIRE(page);
  CHECK(page->kind == LeaseKind::kPage);
  next.frontier.release(*page);
  next.frontier.captured(page->id, {0, 40, 20, 30});
  next.frontier.settle(page->id, UrlState::kStored, {});
  CHECK_FALSE(lease(next));
  CHECK_FALSE(next.frontier.has_work());
}

TEST_CASE(
    "what waits for a seed's limit has its turn, also when what went before is settled without a "
    "request") {
  FrontierOptions o = options();
  o.asks_robots = true;
  o.seed_limits = {2};
  o.exclusion = nullptr;
  o.disallowing_line = [](OriginId, std::string_view url) {
    return url.find("/private") != url.npos ? std::optional<std::uint32_t>(1) : std::nullopt;
  };
  Run run(o, 1);
  run.offer_seed(4);
  const auto robots = lease(run);
  REQUIRE(robots);
  run.frontier.release(*robots);
  run.frontier.robots_known(robots->origin, run.now + 24h);
  const auto front = lease(run);
  REQUIRE(front);
  settle(run, *front, UrlState::kStored,
         {"http://a.test/gone", "http://a.test/private/b", "http://a.test/c"});
  const auto gone = lease(run);
  REQUIRE(gone);
  CHECK_FALSE(lease(run));  // one is stored, and this may be the other
  settle(run, *gone, UrlState::kFailed, {});
  const auto last = lease(run);
  REQUIRE(last);
  CHECK(last->url == "http://a.test/c");
  CHECK(run.frontier.count(UrlState::kDisallowed) == 1);
  settle(run, *last, UrlState::kStored, {});
  CHECK_FALSE(run.frontier.has_work());
}

TEST_CASE(
    "a page over the budget of its host may lead to others by a shorter way once there is a larger "
    "one") {
  Books1 books;
  FrontierOptions o = options();
  o.limit_per_host = 1;
  o.exclusion = nullptr;
  Run run(o, 1);
  run.offer_seed(4);
  settle_next(run, {"http://a.test/x", "http://b.test/1"});
  settle_next(run, {"http://c.test/2"});
  settle_next(run, {"http://d.test/p"});
  settle_next(run, {"http://e.test/child"});
  settle_next(run, {});
  CHECK_FALSE(lease(run));
  REQUIRE(run.frontier.count(UrlState::kOverBudget) == 1);
  run.write(*books.ledger);
  o.limit_per_host = 9;
  Run next(o, 1);
  REQUIRE(next.frontier.load(*books.ledger, kKey, Frontier::LastRun::kEnded, kStart, kWall));
  settle_next(next, {"http://d.test/p"});
  const auto depth_of = [&](const std::string& url) {
    return next.frontier.depth(next.frontier.find(fingerprint(url, kKey)).value());
  };
  CHECK(depth_of("http://d.test/p") == 2);
  CHECK(depth_of("http://e.test/child") == 3);
}

TEST_CASE("robots.txt is known, or waited for, as before") {
  Books1 books;
  FrontierOptions o = options();
  o.asks_robots = true;
  Run run(o, 1);
  run.offer_seed(4);
  const auto robots = lease(run);
  REQUIRE(robots);
  REQUIRE(robots->kind == LeaseKind::kRobots);
  run.frontier.release(*robots);
  const bool is_known = GENERATE(true, false);
  if (is_known) {
    run.frontier.robots_known(robots->origin, run.now + 24h);
  } else {
    run.frontier.robots_unreachable(robots->origin, run.now + 2min, "http 503");
  }
  run.write(*books.ledger);
  Run next(o, 1);
  REQUIRE(next.frontier.load(*books.ledger, kKey, Frontier::LastRun::kEnded, kStart, kWall));
  const auto first = lease(next);
  if (is_known) {
    REQUIRE(first);
    CHECK(first->kind == LeaseKind::kPage);
    next.frontier.release(*first);
    return;
  }
  CHECK_FALSE(first);
  CHECK_FALSE(next.frontier.has_work());
  CHECK(next.frontier.next_ready() == kStart + 2min);
  next.now += 2min;
  const auto again = lease(next);
  REQUIRE(again);
  CHECK(again->kind == LeaseKind::kRobots);
}

TEST_CASE("a ledger that lacks a row is refused") {
  Books1 books;
  Run run(options(), 1);
  run.offer_seed(4);
  run.write(*books.ledger);
  LedgerBatch batch = books.ledger->batch();
  const bool is_state = GENERATE(true, false);
  if (is_state) {
    batch.put_state(7, {});
  } else {
    batch.put_url(7, {kNoUrl, 0, 0, 0, 0, false, "http://a.test/7"});
  }
  commit(*books.ledger, std::move(batch));
  Run next(options(), 1);
  const auto loaded =
      next.frontier.load(*books.ledger, kKey, Frontier::LastRun::kEnded, kStart, kWall);
  REQUIRE(loaded.has_error());
  CHECK(loaded.error().code == Errc::kInvalid);
}
