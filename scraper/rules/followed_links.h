// Which links of a page are followed: what the crawl asks its frontier for, and what an audit looks
// for in the ledger. Pure; any thread.
#pragma once

#include "base/page_record.h"
#include "scraper/rules/options.h"

namespace scraper {

// Calls take(const Link&, bool is_nofollow) for each, in document order. Of a redirect only its
// target is followed, whatever --follow says. `is_nofollow`: the page, or the link itself, asks not
// to follow it, and the crawl heeds that.
template <class Take>
void each_followed_link(const PageRecord& record, bool is_redirect, const CrawlOptions& options,
                        Take take) {
  const bool is_nofollow = !options.ignores_meta_nofollow && record.asks_nofollow;
  for (const Link& link : record.links) {
    if (is_redirect ? link.kind == LinkKind::kRedirect : holds(options.follow, link.kind))
      take(link, is_nofollow || (options.obeys_rel_nofollow && link.is_nofollow));
  }
}

}  // namespace scraper
