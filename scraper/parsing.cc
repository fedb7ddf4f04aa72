#include "scraper/parsing.h"

namespace scraper {

parse::PoolOptions pool_options(const CrawlOptions& options, const FingerprintKey& key) {
  parse::PoolOptions pool;
  pool.handoff = options.handoff;
  pool.workers = options.workers;
  pool.page.key = key;
  pool.page.parser = options.parser;
  pool.page.robots_agent = options.fetch.user_agent;
  pool.page.wants_text = options.wants_text;
  pool.page.follow = options.follow;
  pool.page.query_rules = options.query_rules;
  pool.page.max_links = options.max_links;
  pool.page.max_url = options.max_url;
  pool.page.kinds = options.wants_links ? kAllKinds : options.follow;
  return pool;
}

}  // namespace scraper
