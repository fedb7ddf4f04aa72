// The demo site: a small web of nine host names and more than a thousand pages that `./run demo`
// crawls, computed and not stored.
//
//   news     sections, numbered pages, articles; several spellings of one URL; a 404
//   docs     gzip; robots.txt with Disallow and a longer Allow; a redirect chain (301, 302, 308)
//   and a loop; a changelog deeper
//            than any default --depth
//   shop     Crawl-delay; a query forbidden with a wildcard; rel=nofollow; an xhtml page
//   wiki     no robots.txt (404); five languages, one of them in windows-1251; redirects between
//   titles; a Shift_JIS page; base href blog     meta nofollow; rel=canonical; a page of nested
//   elements on which gumbo overruns its 2 s of CPU img      images, one of them past 1 MiB slow
//   every answer takes 150 ms; no other host links to it, and it is seeded with depth=1 busy pages
//   below /queue/ answer 503 with "Retry-After: 1" first and 200 the next time closed   robots.txt
//   is a 503, which forbids the host
//
// (each with ".demo.test" after it; RFC 6761 keeps "test" for this). Pages link to other hosts, and
// all of it is found from the front pages in seeds/demo.txt.
#pragma once

#include <map>
#include <span>
#include <string>
#include <string_view>

#include "scraper/serve/reply.h"

namespace scraper::serve {

// "news.demo.test", …
std::span<const std::string_view> demo_hosts();

// Does the answer depend on how often the URL was asked for? Only then is `attempt` used.
bool demo_counts_attempts(const Request& request);

// Pure. `attempt` is 1 the first time this URL is asked. Any other host gets a page that says what
// this is.
Reply demo_reply(const Request& request, unsigned attempt);

// The site with its memory: how often the URLs were asked for that count it. An odd time is a first
// time, so each crawl that comes back after a 503 leaves things as it found them, and the site can
// be crawled again and again. One thread.
class DemoSite {
 public:
  Reply answer(const Request& request);

 private:
  std::map<std::string, unsigned> attempts_;  // of the few URLs of demo_counts_attempts
};

}  // namespace scraper::serve
