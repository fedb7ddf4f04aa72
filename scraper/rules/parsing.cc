#include "scraper/rules/parsing.h"

#include <fcntl.h>
#include <fmt/format.h>

#include "base/kill_point.h"
#include "base/printable.h"
#include "storage/warc.h"

namespace scraper {

parse::PoolOptions pool_options(const CrawlOptions& options, const FingerprintKey& key) {
  parse::PoolOptions pool;
  pool.handoff = options.handoff;
  pool.workers = options.workers;
  pool.max_cpu = std::chrono::milliseconds(
      test_limit("SCRAPER_DOCUMENT_CPU_MS", static_cast<std::uint64_t>(pool.max_cpu.count())));
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

parse::PoolOptions stored_pool_options(const CrawlOptions& options, const FingerprintKey& key) {
  parse::PoolOptions pool = pool_options(options, key);
  pool.open_segment = [directory = options.output](std::uint32_t segment) -> Result<int> {
    const std::string path = fmt::format("{}/warc/{}", directory, storage::segment_name(segment));
    const int file = ::open(path.c_str(), O_RDONLY | O_NOFOLLOW | O_CLOEXEC);
    if (file < 0) return errno_error("cannot open", printable(path));
    return file;
  };
  return pool;
}

}  // namespace scraper
