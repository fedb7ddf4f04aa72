#include "scraper/frontier/frontier.h"

#include <algorithm>
#include <map>

#include "tests/catch.h"

using namespace scraper;
using namespace scraper::storage;
using namespace std::chrono_literals;

namespace {

const FingerprintKey kKey{1, 2};

// A frontier whose hosts are resolved at once, over links given as page to targets.
struct Crawl {
  explicit Crawl(FrontierOptions o = {}) : frontier(std::move(o)) {}

  static FrontierOptions options() {
    FrontierOptions o;
    o.asks_robots = false;
    o.delay = 0s;
    return o;
  }

  void seed(std::string url, std::int64_t depth = 5, std::uint32_t number = 0) {
    Found found;
    found.url = url;
    found.fingerprint = fingerprint(url, kKey);
    found.path.left = depth;
    found.seed = number;
    found.is_seed = true;
    frontier.offer(found);
  }

  std::optional<Lease> lease() {
    while (true) {
      if (auto lease = frontier.lease(now)) return lease;
      bool is_any = false;
      while (const auto host = frontier.take_unresolved()) {
        frontier.host_resolved(*host, TimePoint::max());
        is_any = true;
      }
      if (!is_any) return std::nullopt;
    }
  }

  std::optional<std::string> lease_url() {
    const auto l = lease();
    return l ? std::optional(l->url) : std::nullopt;
  }

  void add(const Lease& l, const std::vector<std::string>& links, bool is_redirect = false,
           bool is_nofollow = false) {
    std::vector<Frontier::Child> children;
    for (const auto& link : links) children.push_back({fingerprint(link, kKey), link, is_nofollow});
    frontier.add_links(l.id, children, is_redirect);
  }

  void store(const Lease& l, const std::vector<std::string>& links) {
    frontier.release(l);
    frontier.captured(l.id, {});
    add(l, links);
    frontier.set_line(l.id, {l.id, 1});
    frontier.settle(l.id, UrlState::kStored, {});
  }

  void redirect(const Lease& l, const std::string& target) {
    frontier.release(l);
    frontier.captured(l.id, {});
    add(l, {target}, true);
    frontier.settle(l.id, UrlState::kDuplicate, "redirect");
  }

  // The answer to a robots lease.
  void know_robots(const Lease& robots, TimePoint good_until = TimePoint::max()) {
    frontier.release(robots);
    frontier.robots_known(robots.origin, good_until);
  }

  // Everything that can be leased, stored with the links of `site`.
  void run(const std::map<std::string, std::vector<std::string>>& site) {
    while (const auto l = lease()) {
      const auto it = site.find(l->url);
      store(*l, it == site.end() ? std::vector<std::string>{} : it->second);
    }
  }

  UrlId id(const std::string& url) { return frontier.find(fingerprint(url, kKey)).value(); }
  UrlState state(const std::string& url) { return frontier.state(id(url)); }
  std::string reason(const std::string& url) { return std::string(frontier.reason(id(url))); }
  std::uint32_t depth(const std::string& url) { return frontier.depth(id(url)); }

  TimePoint now{1h};
  Frontier frontier;
};

std::string a(int n) { return "http://a.test/" + std::to_string(n); }

}  // namespace

TEST_CASE(
    "what a page leads to is taken for new only where it is sound, and a known URL is asked about "
    "no more") {
  FrontierOptions o = Crawl::options();
  std::vector<std::string> asked;
  o.is_sound = [&](const Fingerprint& print, std::string_view url) {
    asked.emplace_back(url);
    return print == fingerprint(url, kKey) && !url.ends_with("lie");
  };
  Crawl crawl(std::move(o));
  crawl.seed("http://a.test/");
  const auto lease = crawl.lease();
  REQUIRE(lease);
  crawl.store(*lease,
              {"http://a.test/1", "http://a.test/lie", "http://a.test/1", "http://a.test/"});
  CHECK(asked == std::vector<std::string>{"http://a.test/1", "http://a.test/lie"});
  CHECK(crawl.frontier.discovered() == 2);
  CHECK(crawl.lease_url() == "http://a.test/1");
}

TEST_CASE("a URL is leased once however often it is found") {
  Crawl crawl(Crawl::options());
  crawl.seed(a(1));
  crawl.seed(a(1));
  const auto lease = crawl.lease();
  REQUIRE(lease);
  CHECK(lease->url == a(1));
  CHECK_FALSE(crawl.lease());
  crawl.store(*lease, {a(1), a(2), a(2)});
  CHECK(crawl.lease_url() == a(2));
  CHECK(crawl.frontier.discovered() == 2);
}

TEST_CASE("a host is asked once a delay, from start to start, and one request at a time") {
  auto options = Crawl::options();
  options.delay = 1s;
  Crawl crawl(std::move(options));
  crawl.seed(a(1));
  crawl.seed(a(2));
  crawl.seed("http://b.test/");
  const auto first = crawl.lease();
  REQUIRE(first);
  CHECK(crawl.lease_url() == "http://b.test/");
  crawl.now += 5s;
  CHECK_FALSE(crawl.lease());  // still in flight
  crawl.store(*first, {a(3)});
  const auto second = crawl.lease();
  REQUIRE(second);
  crawl.store(*second, {});
  CHECK_FALSE(crawl.lease());
  CHECK(crawl.frontier.next_ready() == crawl.now + 1s);
  CHECK(crawl.frontier.hosts_waiting() == 1);
  crawl.now += 999ms;
  CHECK_FALSE(crawl.lease());
  crawl.now += 1ms;
  CHECK(crawl.lease_url() == a(3));
}

TEST_CASE("option --per-host requests go to one host at once") {
  auto options = Crawl::options();
  options.per_host = 2;
  Crawl crawl(std::move(options));
  for (int n = 0; n < 5; ++n) crawl.seed(a(n));
  const auto first = crawl.lease();
  REQUIRE(first);
  REQUIRE(crawl.lease());
  CHECK_FALSE(crawl.lease());
  crawl.store(*first, {});
  CHECK(crawl.lease());
  CHECK_FALSE(crawl.lease());
}

TEST_CASE("hosts take turns") {
  Crawl crawl(Crawl::options());
  for (int n = 0; n < 3; ++n) {
    crawl.seed("http://a.test/" + std::to_string(n));
    crawl.seed("http://b.test/" + std::to_string(n));
  }
  std::string order;
  while (const auto lease = crawl.lease()) {
    order += lease->url[7];
    crawl.store(*lease, {});
  }
  CHECK(order == "ababab");
}

TEST_CASE("a host without addresses is told once and leased when it is resolved") {
  Crawl crawl(Crawl::options());
  crawl.seed(a(1));
  CHECK_FALSE(crawl.frontier.lease(crawl.now));
  const auto host = crawl.frontier.take_unresolved();
  REQUIRE(host);
  CHECK(crawl.frontier.first_url(*host) == a(1));
  CHECK_FALSE(crawl.frontier.take_unresolved());
  CHECK_FALSE(crawl.frontier.lease(crawl.now));
  crawl.frontier.host_resolved(*host, crawl.now + 60s);
  CHECK(crawl.frontier.lease(crawl.now));
}

TEST_CASE("depth cuts what is farther than --depth") {
  Crawl crawl(Crawl::options());
  crawl.seed(a(0), 2);
  crawl.run({{a(0), {a(1)}}, {a(1), {a(2)}}, {a(2), {a(3)}}});
  CHECK(crawl.state(a(2)) == UrlState::kStored);
  CHECK(crawl.state(a(3)) == UrlState::kExcluded);
  CHECK(crawl.reason(a(3)) == "depth");
}

TEST_CASE(
    "a shortcut found late lowers depths along the whole chain and offers again what depth had "
    "cut") {
  std::map<UrlId, std::uint32_t> lines;
  auto options = Crawl::options();
  options.on_line_depth = [&](Results::DepthPlace line, std::uint32_t depth) {
    lines[static_cast<UrlId>(line.offset)] = depth;
  };
  Crawl crawl(std::move(options));
  crawl.seed("http://slow.test/", 4);
  crawl.seed(a(0), 4);
  std::optional<Lease> slow = crawl.lease();
  REQUIRE(slow);
  REQUIRE(slow->url == "http://slow.test/");
  crawl.run({{a(0), {a(1)}},
             {a(1), {a(2)}},
             {a(2), {a(3)}},
             {a(3), {a(4)}},
             {a(4), {a(5)}},
             {a(5), {a(6)}},
             {a(6), {a(7)}}});
  CHECK(crawl.depth(a(4)) == 4);
  CHECK(crawl.state(a(4)) == UrlState::kStored);
  CHECK(crawl.state(a(5)) == UrlState::kExcluded);
  crawl.store(*slow, {a(3)});
  CHECK(crawl.depth(a(3)) == 1);
  CHECK(crawl.depth(a(4)) == 2);
  CHECK(lines[crawl.id(a(3))] == 1);
  CHECK(lines[crawl.id(a(4))] == 2);
  CHECK(crawl.state(a(5)) == UrlState::kPending);
  crawl.run({{a(5), {a(6)}}, {a(6), {a(7)}}});
  CHECK(crawl.depth(a(6)) == 4);
  CHECK(crawl.state(a(6)) == UrlState::kStored);
  CHECK(crawl.reason(a(7)) == "depth");
}

TEST_CASE(
    "a random graph gets the depths of a breadth-first search whatever the order of answers") {
  std::uint32_t random = GENERATE(range(1u, 40u));
  const auto next = [&](unsigned bound) {
    random = random * 1664525 + 1013904223;
    return (random >> 16) % bound;
  };
  const int size = 60;
  std::map<int, std::vector<int>> links;
  for (int n = 0; n < size; ++n) {
    for (unsigned k = 0; k < 1 + next(3); ++k) links[n].push_back(static_cast<int>(next(size)));
  }
  const auto is_redirect = [](int n) { return n % 7 == 3; };
  std::map<int, unsigned> expected{{0, 0}};
  for (bool changed = true; changed;) {
    changed = false;
    for (const auto& [n, depth] : std::map(expected)) {
      if (depth > 6) continue;
      for (const int to : is_redirect(n) ? std::vector<int>{links[n].front()} : links[n]) {
        const unsigned d = depth + (is_redirect(n) ? 0 : 1);
        if (!expected.contains(to) || expected[to] > d) {
          expected[to] = d;
          changed = true;
        }
      }
    }
  }
  auto options = Crawl::options();
  options.per_host = 8;
  options.max_hops = 100;
  Crawl crawl(std::move(options));
  crawl.seed(a(0), 6);
  std::vector<Lease> in_flight;
  while (true) {
    while (auto lease = crawl.lease()) in_flight.push_back(*lease);
    if (in_flight.empty()) break;
    const auto at = in_flight.begin() + next(static_cast<unsigned>(in_flight.size()));
    const Lease lease = *at;
    in_flight.erase(at);
    const int n = std::stoi(lease.url.substr(14));
    std::vector<std::string> targets;
    for (const int to : links[n]) targets.push_back(a(to));
    if (is_redirect(n)) {
      crawl.redirect(lease, targets.front());
    } else {
      crawl.store(lease, targets);
    }
  }
  CHECK(crawl.frontier.discovered() == expected.size());
  for (const auto& [n, depth] : expected) {
    CAPTURE(n, depth);
    CHECK(crawl.depth(a(n)) == depth);
    CHECK(crawl.state(a(n)) == (depth > 6        ? UrlState::kExcluded
                                : is_redirect(n) ? UrlState::kDuplicate
                                                 : UrlState::kStored));
  }
}

TEST_CASE("seeds with depths of their own: the one that reaches farther decides") {
  auto options = Crawl::options();
  options.may_shorten_late = true;
  options.has_own_depths = true;
  Crawl crawl(std::move(options));
  crawl.seed(a(0), 1, 0);
  crawl.seed("http://b.test/", 3, 1);
  crawl.run(
      {{a(0), {a(1)}}, {a(1), {a(2)}}, {"http://b.test/", {a(1)}}, {a(2), {a(3)}}, {a(3), {a(4)}}});
  CHECK(crawl.depth(a(1)) == 1);
  CHECK(crawl.state(a(3)) == UrlState::kStored);
  CHECK(crawl.state(a(4)) == UrlState::kExcluded);
}

TEST_CASE("a redirect's target has the same depth, and a chain past --max-redirect is cut") {
  auto options = Crawl::options();
  options.max_hops = 2;
  Crawl crawl(std::move(options));
  crawl.seed(a(0), 0);
  for (int n = 0; n < 3; ++n) {
    const auto lease = crawl.lease();
    REQUIRE(lease);
    crawl.redirect(*lease, a(n + 1));
  }
  CHECK_FALSE(crawl.lease());
  CHECK(crawl.depth(a(2)) == 0);
  CHECK(crawl.state(a(2)) == UrlState::kDuplicate);
  CHECK(crawl.reason(a(3)) == "redirects");
}

TEST_CASE("what only a nofollow page names stays out until another page names it") {
  Crawl crawl(Crawl::options());
  crawl.seed(a(0));
  const auto lease = crawl.lease();
  crawl.add(*lease, {a(1), a(2)}, false, true);
  CHECK(crawl.reason(a(1)) == "nofollow");
  crawl.store(*lease, {a(2)});
  CHECK(crawl.reason(a(1)) == "nofollow");
  CHECK(crawl.state(a(2)) == UrlState::kPending);
  CHECK(crawl.depth(a(2)) == 1);
}

TEST_CASE(
    "the exclusion rule is asked once a URL, not about seeds, and again when it has widened") {
  int asked = 0;
  bool is_wide = false;
  auto options = Crawl::options();
  options.exclusion = [&](std::string_view url) -> std::optional<std::string> {
    ++asked;
    if (is_wide || url.find("a.test") != url.npos) return std::nullopt;
    return "scope";
  };
  Crawl crawl(std::move(options));
  crawl.seed("http://seed.test/");
  const auto lease = crawl.lease();
  REQUIRE(lease);
  crawl.store(*lease, {"http://b.test/", "http://b.test/", a(1), "mailto:x@y.test"});
  CHECK(asked == 3);
  CHECK(crawl.reason("http://b.test/") == "scope");
  is_wide = true;
  crawl.frontier.readmit("scope", "b.test");
  CHECK(crawl.state("http://b.test/") == UrlState::kPending);
  CHECK(crawl.depth("http://b.test/") == 1);
}

TEST_CASE("robots.txt is asked for first, once an origin, and decides when the page's turn comes") {
  FrontierOptions options;
  options.delay = 0s;
  options.disallowing_line = [](OriginId, std::string_view url) {
    return url.ends_with("/2") ? std::optional<std::uint32_t>(7) : std::nullopt;
  };
  Crawl crawl(std::move(options));
  crawl.seed(a(1));
  crawl.seed(a(2));
  const auto robots = crawl.lease();
  REQUIRE(robots);
  CHECK(robots->kind == LeaseKind::kRobots);
  CHECK(robots->url == "http://a.test/robots.txt");
  crawl.frontier.release(*robots);
  CHECK_FALSE(crawl.lease());
  CHECK(crawl.frontier.has_work());
  crawl.frontier.robots_known(robots->origin, TimePoint::max());
  const auto page = crawl.lease();
  REQUIRE(page);
  CHECK(page->url == a(1));
  crawl.store(*page, {});
  CHECK_FALSE(crawl.lease());
  CHECK(crawl.state(a(2)) == UrlState::kDisallowed);
  CHECK(crawl.frontier.detail(crawl.id(a(2))) == 7);
  CHECK_FALSE(crawl.frontier.has_work());
}

TEST_CASE(
    "settling a host's forbidden pages stops when the turn is over, and goes on in the next") {
  FrontierOptions options;
  options.delay = 0s;
  options.disallowing_line = [](OriginId, std::string_view) {
    return std::optional<std::uint32_t>(1);
  };
  int left = 0;
  options.may_go_on = [&] { return left-- > 0; };
  Crawl crawl(std::move(options));
  for (int n = 0; n < 10; ++n) crawl.seed(a(n));
  left = 100;
  const auto robots = crawl.lease();
  REQUIRE(robots);
  crawl.know_robots(*robots);
  left = 4;
  CHECK_FALSE(crawl.frontier.lease(crawl.now));
  const auto settled = crawl.frontier.count(UrlState::kDisallowed);
  CHECK(settled > 0);
  CHECK(settled < 10);
  CHECK(crawl.frontier.next_ready() <= crawl.now);
  CHECK(crawl.frontier.has_work());
  left = 1'000;
  CHECK_FALSE(crawl.frontier.lease(crawl.now));
  CHECK(crawl.frontier.count(UrlState::kDisallowed) == 10);
  CHECK_FALSE(crawl.frontier.has_work());
}

TEST_CASE("robots.txt that moved is asked for where it went, under that host's politeness") {
  FrontierOptions options;
  options.delay = 1s;
  Crawl crawl(std::move(options));
  crawl.seed(a(1));
  const auto robots = crawl.lease();
  REQUIRE(robots);
  crawl.frontier.release(*robots);
  crawl.frontier.ask_again(*robots, *Url::from_serialised("http://b.test/r.txt"), crawl.now, 1);
  const auto moved = crawl.lease();
  REQUIRE(moved);
  CHECK(moved->url == "http://b.test/r.txt");
  CHECK(moved->origin == robots->origin);
  CHECK(moved->host != robots->host);
}

TEST_CASE("what robots.txt said is used for as long as it is good, then it is asked for again") {
  FrontierOptions options;
  options.delay = 0s;
  bool forbids = false;
  options.disallowing_line = [&](OriginId, std::string_view) {
    return forbids ? std::optional<std::uint32_t>(1) : std::nullopt;
  };
  Crawl crawl(std::move(options));
  for (int n = 0; n < 4; ++n) crawl.seed(a(n));
  const auto first = crawl.lease();
  REQUIRE(first);
  crawl.know_robots(*first, crawl.now + 24h);
  for (const Duration later : {Duration(0s), Duration(24h - 1s), Duration(1s)}) {
    const auto page = crawl.lease();
    REQUIRE(page);
    CHECK(page->kind == LeaseKind::kPage);
    crawl.store(*page, {});
    crawl.now += later;
  }
  const auto again = crawl.lease();
  REQUIRE(again);
  CHECK(again->kind == LeaseKind::kRobots);
  crawl.frontier.release(*again);
  CHECK_FALSE(crawl.lease());
  forbids = true;
  crawl.frontier.robots_known(again->origin, crawl.now + 24h);
  CHECK_FALSE(crawl.lease());
  CHECK(crawl.frontier.count(UrlState::kStored) == 3);
  CHECK(crawl.frontier.count(UrlState::kDisallowed) == 1);
  CHECK_FALSE(crawl.frontier.has_work());
}

TEST_CASE("pages wait for a robots.txt that cannot be had, which is asked for again") {
  FrontierOptions options;
  options.delay = 0s;
  Crawl crawl(std::move(options));
  crawl.seed(a(1));
  crawl.seed(a(2));
  const auto robots = crawl.lease();
  REQUIRE(robots);
  crawl.frontier.release(*robots);
  crawl.frontier.robots_unreachable(robots->origin, crawl.now + 60s, "http 503");
  CHECK_FALSE(crawl.lease());
  crawl.seed(a(3));
  CHECK_FALSE(crawl.lease());
  CHECK(crawl.frontier.count(UrlState::kPending) == 3);
  SECTION("and they are crawled when it is there") {
    crawl.now += 60s;
    const auto again = crawl.lease();
    REQUIRE(again);
    CHECK(again->kind == LeaseKind::kRobots);
    CHECK(crawl.frontier.has_work());
    crawl.know_robots(*again, crawl.now + 24h);
    crawl.run({});
    CHECK(crawl.frontier.count(UrlState::kStored) == 3);
    CHECK_FALSE(crawl.frontier.has_work());
  }
  SECTION("but that alone keeps no crawl going: in the end they are disallowed") {
    CHECK_FALSE(crawl.frontier.has_work());
    crawl.seed("http://b.test/");
    CHECK(crawl.frontier.has_work());
    const auto other = crawl.lease();
    REQUIRE(other);
    crawl.know_robots(*other, crawl.now + 24h);
    const auto page = crawl.lease();
    REQUIRE(page);
    crawl.store(*page, {a(1)});  // a shorter way to one that waits
    CHECK_FALSE(crawl.lease());
    CHECK_FALSE(crawl.frontier.has_work());
    crawl.frontier.forbid_unreachable();
    CHECK(crawl.frontier.count(UrlState::kDisallowed) == 3);
    CHECK(crawl.reason(a(1)) == "robots.txt: http 503");
    CHECK(crawl.frontier.count(UrlState::kPending) == 0);
  }
  SECTION("a way found to one that waits does not make it two") {
    crawl.seed("http://b.test/0");
    const auto other = crawl.lease();
    REQUIRE(other);
    crawl.know_robots(*other, crawl.now + 24h);
    const auto page = crawl.lease();
    REQUIRE(page);
    crawl.frontier.release(*page);
    crawl.frontier.captured(page->id, {});
    crawl.add(*page, {"http://b.test/1", "http://a.test/far"});
    crawl.frontier.settle(page->id, UrlState::kStored, {});
    const auto next = crawl.lease();
    REQUIRE(next);
    CHECK(next->url == "http://b.test/1");
    crawl.frontier.release(*next);
    crawl.seed("http://a.test/far");  // nearer now, and queued again
    CHECK_FALSE(crawl.lease());
    CHECK_FALSE(crawl.frontier.has_work());
    crawl.seed(
        "http://b.test/2");  // were the one that waits counted twice, this would be overlooked
    CHECK(crawl.frontier.has_work());
  }
}

TEST_CASE("a sitemap is asked for before pages, once robots.txt allows it") {
  FrontierOptions options;
  options.delay = 0s;
  options.per_host = 1;
  std::vector<std::pair<SitemapId, std::string>> forbidden;
  options.disallowing_line = [](OriginId, std::string_view url) {
    return url.find("secret") != url.npos ? std::optional<std::uint32_t>(3) : std::nullopt;
  };
  options.on_sitemap_forbidden = [&](SitemapId id, std::string_view reason) {
    forbidden.emplace_back(id, reason);
  };
  Crawl crawl(std::move(options));
  crawl.seed(a(1));
  crawl.frontier.offer_sitemap(0, *Url::from_serialised("http://a.test/s.xml"));
  crawl.frontier.offer_sitemap(1, *Url::from_serialised("http://a.test/secret.xml"));
  crawl.frontier.offer_sitemap(2, *Url::from_serialised("http://down.test/s.xml"));
  const auto robots = crawl.lease();
  const auto down = crawl.lease();
  REQUIRE(robots);
  REQUIRE(down);
  CHECK(robots->kind == LeaseKind::kRobots);
  crawl.frontier.release(*robots);
  crawl.frontier.release(*down);
  CHECK_FALSE(crawl.lease());
  crawl.frontier.robots_known(robots->origin, TimePoint::max());
  crawl.frontier.robots_unreachable(down->origin, crawl.now + 60s, "http 503");
  crawl.frontier.offer_sitemap(3, *Url::from_serialised("http://down.test/late.xml"));
  const auto sitemap = crawl.lease();
  REQUIRE(sitemap);
  CHECK(sitemap->kind == LeaseKind::kSitemap);
  CHECK(sitemap->sitemap == 0);
  CHECK(sitemap->url == "http://a.test/s.xml");
  crawl.frontier.release(*sitemap);
  const auto page = crawl.lease();
  REQUIRE(page);
  CHECK(page->url == a(1));
  crawl.store(*page, {});
  const decltype(forbidden) wanted = {
      {2, "robots.txt: http 503"}, {3, "robots.txt: http 503"}, {1, "robots.txt, line 3"}};
  CHECK(std::is_permutation(forbidden.begin(), forbidden.end(), wanted.begin(), wanted.end()));
  CHECK(crawl.frontier.has_work());  // the first sitemap is still being read
  SECTION("elsewhere") {
    crawl.frontier.ask_again(*sitemap, *Url::from_serialised("http://c.test/moved.xml"), crawl.now,
                             1);
    const auto other = crawl.lease();
    REQUIRE(other);
    CHECK(other->url == "http://c.test/robots.txt");
    crawl.know_robots(*other);
    const auto moved = crawl.lease();
    REQUIRE(moved);
    CHECK(moved->url == "http://c.test/moved.xml");
    CHECK(moved->sitemap == 0);
    crawl.frontier.release(*moved);
  }
  crawl.frontier.sitemap_done();
  CHECK_FALSE(crawl.frontier.has_work());
}

TEST_CASE("what a sitemap lists may shorten the way to a page whose links are known") {
  auto options = Crawl::options();
  options.may_shorten_late = true;
  Crawl crawl(std::move(options));
  crawl.seed(a(0), 3);
  crawl.run({{a(0), {a(1)}}, {a(1), {a(2)}}, {a(2), {a(3)}}, {a(3), {a(4)}}});
  CHECK(crawl.reason(a(4)) == "depth");
  Found found;
  const std::string listed = a(2);
  found.url = listed;
  found.fingerprint = fingerprint(listed, kKey);
  found.path.depth = 1;
  found.path.left = 2;
  found.referrer = referrer_of(7);
  crawl.frontier.offer(found);
  CHECK(crawl.depth(a(2)) == 1);
  CHECK(crawl.depth(a(4)) == 3);
  CHECK(crawl.lease_url() == a(4));
  const std::string unheard = a(9);
  found.url = unheard;
  found.fingerprint = fingerprint(unheard, kKey);
  crawl.frontier.offer(found);
  CHECK(is_sitemap(crawl.frontier.referrer(crawl.id(a(9)))));
  CHECK_FALSE(is_sitemap(kNoUrl));
}

TEST_CASE("a retry waits for its time and counts an attempt") {
  Crawl crawl(Crawl::options());
  crawl.seed(a(1));
  const auto first = crawl.lease();
  REQUIRE(first);
  crawl.frontier.release(*first);
  crawl.frontier.retry(first->id, crawl.now + 3s);
  CHECK_FALSE(crawl.lease());
  CHECK(crawl.frontier.has_work());
  CHECK(crawl.frontier.next_ready() == crawl.now + 3s);
  crawl.now += 3s;
  const auto second = crawl.lease();
  REQUIRE(second);
  CHECK(second->attempt == 2);
}

TEST_CASE("Retry-After holds the whole host") {
  Crawl crawl(Crawl::options());
  crawl.seed(a(1));
  crawl.seed(a(2));
  const auto first = crawl.lease();
  crawl.frontier.release(*first);
  crawl.frontier.hold(first->host, crawl.now, crawl.now + 10s);
  CHECK_FALSE(crawl.lease());
  crawl.now += 10s;
  CHECK(crawl.lease());
}

TEST_CASE("limits of a host and of a seed put the rest over budget") {
  auto options = Crawl::options();
  options.limit_per_host = 2;
  options.seed_limits = {~0ull, 1};
  options.per_host = 4;
  Crawl crawl(std::move(options));
  for (int n = 0; n < 4; ++n) crawl.seed(a(n));
  crawl.seed("http://b.test/1", 5, 1);
  crawl.seed("http://b.test/2", 5, 1);
  std::vector<Lease> leases;
  while (auto lease = crawl.lease()) leases.push_back(*lease);
  CHECK(leases.size() == 3);  // two of a.test, one of the limited seed: the other waits to see
                              // whether that one is stored
  for (const auto& lease : leases) crawl.store(lease, {});
  CHECK_FALSE(crawl.lease());
  CHECK(crawl.frontier.count(UrlState::kOverBudget) == 3);
  CHECK(crawl.reason("http://b.test/2") == "limit of the seed");
  CHECK_FALSE(crawl.frontier.has_work());
}

TEST_CASE("the books close: every URL is in exactly one state") {
  auto options = Crawl::options();
  options.exclusion = [](std::string_view url) {
    return url.find("out") != url.npos ? std::optional<std::string>("exclude out") : std::nullopt;
  };
  Crawl crawl(std::move(options));
  crawl.seed(a(0), 1);
  crawl.run({{a(0), {a(1), "http://a.test/out", "tel:1"}}, {a(1), {a(2)}}});
  CHECK(crawl.frontier.counts().total() == crawl.frontier.discovered());
  std::uint64_t by_reason = 0;
  for (const auto& [key, count] : crawl.frontier.counts_by_reason()) by_reason += count;
  CHECK(by_reason == crawl.frontier.discovered());
}
