// Links, from what is written to their fingerprints, and what robots.txt says of them. The links
// are those of the kinds that a crawl looks at unless told otherwise.
#include <cstdlib>
#include <future>
#include <memory>
#include <stdexcept>

#include "bench/parts/micro.h"
#include "parse/html/scan.h"
#include "parse/links.h"
#include "parse/robots.h"
#include "parse/url/url.h"

namespace scraper::micro {

namespace {

using parse::Arena;
using parse::WrittenLink;

struct PageLinks {
  const Url* page;
  std::vector<WrittenLink> links;
};

// Everything that the links of a corpus become, step by step.
struct Links {
  std::unique_ptr<Arena> arena;  // where the scanner has left some of the hrefs
  std::vector<PageLinks> pages;
  std::vector<Url> resolved;
  std::vector<std::string> canonical;
  Amount written{0, "per link", 0};
};

Links links_of(const Corpus& corpus) {
  Links links;
  links.arena = std::make_unique<Arena>(&std::abort);
  for (const Page& page : corpus.pages) {
    PageLinks of_page{&page.url, {}};
    const parse::Extract found = parse::scan(page.html, {true, links.arena.get(), "scraper"});
    for (const WrittenLink& link : found.links) {
      if (!holds(kUsualKinds, link.kind)) continue;
      of_page.links.push_back(link);
      links.written.bytes += link.href.size();
      if (auto url = parse::parse_url(link.href, &page.url))
        links.resolved.push_back(std::move(*url));
    }
    links.written.things += of_page.links.size();
    links.pages.push_back(std::move(of_page));
  }
  for (const Url& url : links.resolved) links.canonical.push_back(parse::canonical_url(url).href());
  return links;
}

Amount amount_of(const std::vector<Url>& urls) {
  Amount amount{0, "per link", urls.size()};
  for (const Url& url : urls) amount.bytes += url.href().size();
  return amount;
}

Amount amount_of(const std::vector<std::string>& urls) {
  Amount amount{0, "per link", urls.size()};
  for (const std::string& url : urls) amount.bytes += url.size();
  return amount;
}

using SharedLinks = std::shared_future<Links>;

void measure_resolving(benchmark::State& state, const SharedLinks& links) {
  measure(state, links.get().pages, links.get().written, [](const PageLinks& page) {
    std::size_t size = 0;
    for (const WrittenLink& link : page.links) {
      if (const auto url = parse::resolve(link.href, *page.page, *parse::utf8_encoding()))
        size += url->href().size();
    }
    return size;
  });
}

void measure_link_set(benchmark::State& state, const SharedLinks& links) {
  parse::PageOptions options;
  options.key = FingerprintKey::random();
  Arena arena(&std::abort);
  parse::LinkSet set(options, arena);
  measure(state, links.get().pages, links.get().written, [&](const PageLinks& page) {
    arena.reset();
    set.clear(options.kinds);
    for (const WrittenLink& link : page.links) set.add(link, *page.page, *parse::utf8_encoding());
    return set.links().size();
  });
}

// Made up after those of large wikis and documentation sites: old scripts, actions behind stars,
// versions nobody should find.
constexpr std::string_view kRobots = R"(User-agent: *
Disallow: /w/
Disallow: /api/
Disallow: /mw/index.php
Disallow: /mw/api.php
Disallow: /trap/
Disallow: /cgi-bin/
Disallow: /search
Disallow: /admin/
Disallow: /login
Disallow: /logout
Disallow: /register
Disallow: /user/
Disallow: /tmp/
Disallow: /cache/
Disallow: /private/
Disallow: /dev
Disallow: /release
Disallow: /*?action=
Disallow: /*&action=
Disallow: /*?oldid=
Disallow: /*&oldid=
Disallow: /*?diff=
Disallow: /*&printable=yes
Disallow: /*?sort=
Disallow: /*?session=
Disallow: /*/print/
Disallow: /*.php$
Disallow: /*.cgi
Disallow: /*.pdf$
Disallow: /*.zip$
Disallow: /*.tar.gz$
Disallow: /*/Talk:*
Disallow: /*Special:
Disallow: /*Special%3A
Disallow: /*User:
Disallow: /*User_talk:
Disallow: /*Template:
Disallow: /*MediaWiki:
Disallow: /2/
Disallow: /2.5/
Disallow: /2.6/
Disallow: /2.7/
Disallow: /3.0/
Disallow: /3.1/
Disallow: /3.2/
Disallow: /3.3/
Disallow: /3.4/
Disallow: /3.5/
Disallow: /3.6/
Allow: /3.11/
Disallow: /3.11/genindex-
Disallow: /3.11/*/unittest.mock
Disallow: /3.11/whatsnew/2.
Disallow: /en/cpp/experimental/
Allow: /en/cpp/experimental/ranges
Disallow: /en/c/experimental/
Disallow: /en/cpp/*/operator_
Disallow: /en/w/
Allow: /w/load.php
Allow: /api/rest_v1/
)";

void measure_robots(benchmark::State& state, const Corpus& corpus) {
  std::string storage;
  const RobotsRules rules = parse::parse_robots(kRobots, "scraper", storage);
  Amount amount{0, "per URL", corpus.pages.size()};
  for (const Page& page : corpus.pages) amount.bytes += page.url.path_and_query().size();
  measure(state, corpus.pages, amount, [&rules](const Page& page) {
    return parse::robots_verdict(rules, page.url.path_and_query()).is_allowed;
  });
}

}  // namespace

void add_urls(const Corpus& corpus) {
  const SharedLinks links =
      std::async(std::launch::deferred, [&corpus] { return links_of(corpus); }).share();
  add("url_parse/" + corpus.name, [links](benchmark::State& state) {
    const auto& urls = links.get().resolved;
    measure(state, urls, amount_of(urls),
            [](const Url& url) { return parse::parse_url(url.href()); });
  });
  add("url_resolve/" + corpus.name,
      [links](benchmark::State& state) { measure_resolving(state, links); });
  add("canonical_url/" + corpus.name, [links](benchmark::State& state) {
    const auto& urls = links.get().resolved;
    measure(state, urls, amount_of(urls), [](const Url& url) { return parse::canonical_url(url); });
  });
  add("fingerprint/" + corpus.name, [links](benchmark::State& state) {
    const auto& urls = links.get().canonical;
    measure(state, urls, amount_of(urls), [key = FingerprintKey::random()](const std::string& url) {
      return fingerprint(url, key);
    });
  });
  add("link_set/" + corpus.name,
      [links](benchmark::State& state) { measure_link_set(state, links); });
}

void add_robots(const Corpus& corpus) {
  add("robots_verdict/" + corpus.name,
      [&corpus](benchmark::State& state) { measure_robots(state, corpus); });
}

}  // namespace scraper::micro
