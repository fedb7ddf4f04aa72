#include "scraper/serve/demo_site.h"

#include <zlib.h>

#include <algorithm>
#include <deque>
#include <fstream>
#include <map>
#include <optional>
#include <set>
#include <sstream>
#include <string>
#include <vector>

#include "parse/url/url.h"
#include "tests/catch.h"

using namespace scraper;
using serve::demo_reply;
using serve::Reply;
using serve::Request;

namespace {

Reply ask(std::string host, std::string target, unsigned attempt = 1) {
  return demo_reply({"GET", std::move(host), std::move(target)}, attempt);
}

std::string header(const Reply& reply, std::string_view name) {
  for (const auto& [key, value] : reply.headers) {
    if (key == name) return value;
  }
  return {};
}

std::string plain_body(const Reply& reply) {
  if (header(reply, "Content-Encoding").empty()) return reply.body;
  z_stream stream{};
  REQUIRE(inflateInit2(&stream, 15 + 16) == Z_OK);
  std::string in = reply.body, out(1 << 20, '\0');
  stream.next_in = reinterpret_cast<Bytef*>(in.data());
  stream.avail_in = static_cast<uInt>(in.size());
  stream.next_out = reinterpret_cast<Bytef*>(out.data());
  stream.avail_out = static_cast<uInt>(out.size());
  REQUIRE(inflate(&stream, Z_FINISH) == Z_STREAM_END);
  out.resize(stream.total_out);
  inflateEnd(&stream);
  return out;
}

struct Anchor {
  std::string href;
  bool is_nofollow;
};

// The demo's own HTML is regular enough for this, which shares nothing with the parser of the
// crawl.
std::vector<Anchor> anchors_of(const std::string& html) {
  std::vector<Anchor> anchors;
  const bool page_is_nofollow = html.find("content=\"noarchive, nofollow\"") != std::string::npos;
  for (auto at = html.find("<a href=\""); at != std::string::npos;
       at = html.find("<a href=\"", at + 1)) {
    const auto start = at + 9, end = html.find('"', start);
    anchors.push_back({html.substr(start, end - start),
                       page_is_nofollow});  // a link's own rel=nofollow changes nothing
  }
  return anchors;
}

struct Seed {
  std::string url;
  unsigned depth = 5;
};

std::vector<Seed> demo_seeds() {
  std::vector<Seed> seeds;
  std::ifstream file(SEEDS_DEMO);
  REQUIRE(file);
  for (std::string line; std::getline(file, line);) {
    if (line.empty() || line[0] == '#') continue;
    Seed seed{line.substr(0, line.find('\t'))};
    const auto depth = line.find("\tdepth=");
    if (depth != std::string::npos)
      seed.depth = static_cast<unsigned>(std::stoul(line.substr(depth + 7)));
    seeds.push_back(seed);
  }
  return seeds;
}

bool is_disallowed(const Url& url) {
  if (url.host() == "closed.demo.test") return true;
  if (url.host() == "shop.demo.test") return url.query().substr(0, 2) == "q=";
  const bool is_private = url.host() == "docs.demo.test" && url.path().substr(0, 9) == "/private/";
  return is_private && url.path().substr(0, 16) != "/private/licence";
}

// What a crawl of seeds/demo.txt must find: canonical URL to its outcome.
struct Expected {
  std::map<std::string, std::string> outcomes;
  std::size_t count(std::string_view outcome, std::string_view host = "") const {
    return static_cast<std::size_t>(
        std::count_if(outcomes.begin(), outcomes.end(), [&](const auto& entry) {
          return entry.second == outcome && entry.first.find(host) != std::string::npos;
        }));
  }
};

struct Task {
  Url url;
  unsigned depth;
};

class DemoCrawl {
 public:
  Expected run() {
    for (const Seed& seed : demo_seeds()) {
      const auto url = parse::parse_url(seed.url);
      REQUIRE(url);
      most_depth_[std::string(url->host())] = seed.depth;
      queue_.push_back({*url, 0});
    }
    while (!queue_.empty()) {
      const Task task = queue_.front();
      queue_.pop_front();
      visit(task);
    }
    return std::move(expected_);
  }

 private:
  // Breadth first, redirects at the front: the first visit is at the least depth.
  void visit(const Task& task) {
    auto& outcome = expected_.outcomes[task.url.href()];
    if (!outcome.empty() && outcome != "excluded") return;
    const auto most = most_depth_.find(std::string(task.url.host()));
    if (!task.url.is_http() || most == most_depth_.end() || task.depth > most->second) {
      outcome = "excluded";
    } else if (is_disallowed(task.url)) {
      outcome = "disallowed";
    } else {
      outcome = fetch(task);
    }
  }

  std::string fetch(const Task& task) {
    const std::string host(task.url.host()), target(task.url.path_and_query());
    Reply reply = ask(host, target);
    if (reply.status == 503) reply = ask(host, target, 2);
    if (reply.status / 100 == 3) {
      queue_.push_front({canonical(header(reply, "Location"), task.url), task.depth});
      return "redirect";
    }
    if (reply.status != 200) return "failed";
    if (target == "/experiments/boxes-in-boxes") return "quarantined";
    if (header(reply, "Content-Type").find("html") != std::string::npos)
      follow(plain_body(reply), task);
    return "stored";
  }

  void follow(const std::string& html, const Task& task) {
    Url base = task.url;
    const auto start = html.find("<base href=\"");
    if (start != std::string::npos)
      base = *parse::parse_url(html.substr(start + 12, html.find('"', start + 12) - start - 12));
    for (const Anchor& anchor : anchors_of(html)) {
      const Url url = canonical(anchor.href, base);
      if (!anchor.is_nofollow) {
        queue_.push_back({url, task.depth + 1});
      } else if (expected_.outcomes[url.href()].empty()) {
        expected_.outcomes[url.href()] = "excluded";
      }
    }
  }

  static Url canonical(const std::string& text, const Url& base) {
    const auto url = parse::parse_url(text, &base);
    REQUIRE(url);
    return parse::canonical_url(*url);
  }

  Expected expected_;
  std::map<std::string, unsigned> most_depth_;
  std::deque<Task> queue_;
};

}  // namespace

TEST_CASE("a crawl of the demo seeds finds a thousand pages over eight hosts") {
  const Expected expected = DemoCrawl().run();
  CHECK(expected.count("stored") >= 1'000);
  CHECK(expected.count("stored") <= 1'500);
  for (const char* host :
       {"//news.", "//docs.", "//shop.", "//wiki.", "//blog.", "//img.", "//slow.", "//busy."}) {
    CAPTURE(host);
    CHECK(expected.count("stored", host) >= 17);
  }
  CHECK(expected.count("stored", "//closed.") == 0);
  CHECK(expected.count("disallowed") == 4);
  CHECK(expected.count("quarantined") == 1);
  CHECK(expected.count("failed") == 1);
  CHECK(expected.count("redirect", "//docs.") == 5);
  CHECK(expected.count("redirect", "//wiki.") == 6);
  CHECK(expected.count("excluded", "/changelog/") == 1);
  CHECK(expected.count("excluded", "/inside") == 16);
  CHECK(expected.count("stored", "/basket") == 200);
  CHECK(expected.count("excluded", "/draft/") == 2);
  for (const auto& [url, outcome] : expected.outcomes) {
    CAPTURE(url, outcome);
    const bool is_meant = url == "http://news.demo.test/archive/1999";
    CHECK((outcome == "failed") == is_meant);
  }
  WARN("of " << expected.outcomes.size() << " URLs: stored " << expected.count("stored")
             << ", excluded " << expected.count("excluded"));
}

TEST_CASE("no other host leads to slow, so its seed's depth is what counts") {
  for (const auto& [url, outcome] : DemoCrawl().run().outcomes) {
    const auto parsed = parse::parse_url(url);
    if (outcome != "stored" || parsed->host() == "slow.demo.test") continue;
    CAPTURE(url);
    const Reply reply = ask(std::string(parsed->host()), std::string(parsed->path_and_query()), 2);
    REQUIRE(plain_body(reply).find("slow.demo.test") == std::string::npos);
  }
}

TEST_CASE("the same request gives the same bytes") {
  for (std::string_view host : serve::demo_hosts()) {
    CHECK(ask(std::string(host), "/").body == ask(std::string(host), "/").body);
  }
  CHECK(ask("wiki.demo.test", "/article/7").body != ask("wiki.demo.test", "/article/12").body);
}

TEST_CASE("busy says 503 with Retry-After first and 200 then, crawl after crawl") {
  serve::DemoSite site;
  const Request request{"GET", "busy.demo.test", "/queue/3"};
  for (int crawl = 0; crawl < 2; ++crawl) {
    const Reply first = site.answer(request);
    CHECK(first.status == 503);
    CHECK(header(first, "Retry-After") == "1");
    CHECK(site.answer(request).status == 200);
  }
  CHECK(site.answer({"HEAD", "busy.demo.test", "/queue/3"}).status == 503);
  CHECK(site.answer(request).status == 503);
  CHECK(site.answer({"GET", "busy.demo.test", "/desk/1"}).status == 200);
}

TEST_CASE("redirects of docs are a chain of three kinds and a loop") {
  CHECK(ask("docs.demo.test", "/latest").status == 301);
  CHECK(ask("docs.demo.test", "/v3").status == 302);
  CHECK(ask("docs.demo.test", "/v3/").status == 308);
  CHECK(ask("docs.demo.test", "/guide/1").status == 200);
  CHECK(header(ask("docs.demo.test", "/old/a"), "Location") == "/old/b");
  CHECK(header(ask("docs.demo.test", "/old/b"), "Location") == "/old/a");
}

TEST_CASE("bodies are what the headers call them") {
  CHECK(plain_body(ask("docs.demo.test", "/")).find("<h1>The Manual</h1>") != std::string::npos);
  CHECK(header(ask("wiki.demo.test", "/article/3"), "Content-Type") ==
        "text/html; charset=windows-1251");
  CHECK(ask("wiki.demo.test", "/article/3").body.find("\xEC\xE0\xFF\xEA") !=
        std::string::npos);  // маяк
  CHECK(ask("wiki.demo.test", "/article/3").body.find("\xD0\xBC") == std::string::npos);
  CHECK(ask("wiki.demo.test", "/article/4").body.find("lang=\"ja\"") != std::string::npos);
  const Reply image = ask("img.demo.test", "/full/panorama.bmp");
  CHECK(image.body.size() == 720 * 720 * 3 + 54);
  CHECK(image.body.substr(0, 2) == "BM");
  CHECK(ask("img.demo.test", "/full/4.bmp").body.size() == 32 * 32 * 3 + 54);
  CHECK(ask("blog.demo.test", "/experiments/boxes-in-boxes").body.size() > 600'000);
}

TEST_CASE("robots.txt of each host") {
  CHECK(ask("wiki.demo.test", "/robots.txt").status == 404);
  CHECK(ask("closed.demo.test", "/robots.txt").status == 503);
  CHECK(ask("shop.demo.test", "/robots.txt").body.find("Crawl-delay: 0.005") != std::string::npos);
  CHECK(plain_body(ask("docs.demo.test", "/robots.txt")).find("Disallow: /private/\n") !=
        std::string::npos);
}

TEST_CASE("slow answers late and no other host does") {
  for (std::string_view host : serve::demo_hosts()) {
    CAPTURE(host);
    CHECK((ask(std::string(host), "/").pause.count() > 0) == (host == "slow.demo.test"));
  }
}

TEST_CASE("targets that are nearly right are missing") {
  for (const char* target : {"/article/300", "/article/007", "/article/-1", "/article/1x",
                             "/article/ ", "/article/99999999999", "", "x"}) {
    CAPTURE(target);
    CHECK(ask("wiki.demo.test", target).status == 404);
  }
  CHECK(ask("news.demo.test", "/city/article-0").status == 404);
}

TEST_CASE("an unknown host is told what this is") {
  const Reply reply = ask("127.0.0.1", "/");
  CHECK(reply.status == 200);
  CHECK(reply.body.find("http://news.demo.test/") != std::string::npos);
  CHECK(ask("127.0.0.1", "/x").status == 404);
}
