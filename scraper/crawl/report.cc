#include "scraper/crawl/report.h"

#include <fmt/format.h>
#include <sys/resource.h>

#include <algorithm>
#include <boost/json.hpp>

#include "base/file.h"
#include "base/json_writer.h"
#include "base/process.h"
#include "base/version.h"
#include "scraper/config/effective.h"
#include "scraper/config/option_table.h"
#include "scraper/config/sizing.h"
#include "scraper/crawl/crawl.h"
#include "storage/format.h"

namespace json = boost::json;

namespace scraper {

using storage::UrlState;

namespace {

double cpu_seconds(int who) {
  rusage usage{};
  getrusage(who, &usage);
  const auto of = [](const timeval& t) {
    return static_cast<double>(t.tv_sec) + static_cast<double>(t.tv_usec) / 1e6;
  };
  return of(usage.ru_utime) + of(usage.ru_stime);
}

Busy busy_of(const Crawl& crawl) {
  const double span = seconds(crawl.elapsed());
  if (span <= 0) return {};
  const Meter& meter = crawl.meter();
  const TimePoint end = crawl.stopping().ended().value_or(crawl.now());
  const StageStats stages = crawl.stages().stats();
  const auto share = [](double of, std::size_t among) { return of / static_cast<double>(among); };
  Busy busy;
  busy.owner = seconds(crawl.stopping().ended() ? meter.owner_cpu : Duration{}) / span;
  busy.fetch = share(meter.in_flight.mean(meter.started, end), crawl.options().concurrency);
  busy.parse = share(std::chrono::duration<double>(stages.pool.busy).count() / span,
                     crawl.options().workers);
  busy.disk = static_cast<double>(stages.segments.busy_nanos) / 1e9 / span;
  return busy;
}

std::uint64_t stored_before(const Crawl& crawl) {
  return crawl.checkpoints().before().counts[UrlState::kStored];
}

double milliseconds(Duration d) {
  return static_cast<double>(std::chrono::duration_cast<std::chrono::microseconds>(d).count()) /
         1000;
}

json::object urls_of(const storage::Frontier& frontier) {
  json::object urls{{"discovered", frontier.discovered()}};
  for (const storage::UrlStateTraits& state : storage::kUrlStates)
    urls[state.name] = frontier.count(state.value);
  return urls;
}

json::array reasons_of(const storage::Frontier& frontier) {
  json::array reasons;
  for (const auto& [key, count] : frontier.counts_by_reason()) {
    if (!key.second.empty())
      reasons.push_back(
          {{"state", to_string(key.first)}, {"reason", key.second}, {"count", count}});
  }
  return reasons;
}

json::object stages_of(const Crawl& crawl, const Busy& busy, TimePoint end) {
  const Meter& meter = crawl.meter();
  return {{"fetch",
           {{"busy", busy.fetch},
            {"in_flight_mean", meter.in_flight.mean(meter.started, end)},
            {"in_flight_most", meter.in_flight.most()}}},
          {"disk", {{"busy", busy.disk}, {"writes", crawl.stages().stats().segments.writes}}},
          {"parse",
           {{"busy", busy.parse},
            {"queue_mean", meter.unparsed.mean(meter.started, end)},
            {"queue_most", meter.unparsed.most()}}},
          {"owner", {{"busy", busy.owner}}}};
}

json::object barriers_of(const Crawl& crawl, double elapsed) {
  const storage::CommitStats stats = crawl.checkpoints().stats();
  return {{"count", stats.barriers},
          {"last", static_cast<std::int64_t>(crawl.checkpoints().last())},
          {"rows", stats.rows},
          {"busy", static_cast<double>(stats.busy_nanos) / 1e9 / elapsed},
          {"longest_ms", static_cast<double>(stats.longest_nanos) / 1e6}};
}

json::object waits_of(const Meter& meter) {
  json::object waits;
  for (std::size_t i = 0; i < kWaits; ++i)
    waits[to_string(static_cast<Wait>(i))] = seconds(meter.waited[i]);
  return waits;
}

json::array hosts_of(const storage::Frontier& frontier) {
  json::array hosts;
  for (const auto& host : frontier.slowest_hosts(5)) {
    hosts.push_back({{"host", host.name},
                     {"requests", host.requests},
                     {"pending", host.pending},
                     {"delay_seconds", seconds(host.delay)},
                     {"held_seconds", seconds(host.held)},
                     {"politeness_seconds", seconds(host.politeness)}});
  }
  return hosts;
}

json::array set_aside_of(const Crawl& crawl) {
  json::array documents;
  for (const auto& note : crawl.quarantined().notes()) {
    documents.push_back(
        {{"url", note.url}, {"reason", note.reason}, {"reproduce", note.reproduce}});
  }
  return documents;
}

json::object sitemaps_of(const SitemapBook& book) {
  const SitemapBook::Counts& counts = book.counts();
  json::array failed;
  for (const auto& note : book.notes())
    failed.push_back({{"url", note.url}, {"reason", note.reason}});
  return {{"named", counts.named},     {"read", counts.read},
          {"failed", counts.failed},   {"left_out", counts.left_out},
          {"entries", counts.entries}, {"failed_first", std::move(failed)}};
}

Bound bound_of(const Crawl& crawl, const Busy& busy) {
  BoundInput in;
  in.meter = &crawl.meter();
  in.busy = busy;
  in.elapsed = seconds(crawl.elapsed());
  in.workers = crawl.options().workers;
  in.cores = cli::usable_cores();
  in.owner_transfers = crawl.options().engine == fetch::Engine::kAsync;
  in.concurrency = crawl.options().concurrency;
  in.per_host = crawl.options().per_host;
  if (const auto hosts = crawl.frontier().slowest_hosts(1); !hosts.empty()) {
    in.slowest_host = hosts.front().name;
    in.slowest_delay = seconds(hosts.front().delay);
    in.slowest_is_robots = hosts.front().delay > crawl.options().delay;
    in.slowest_politeness = seconds(hosts.front().politeness);
    in.slowest_held = seconds(hosts.front().held);
  }
  return what_bounded(in);
}

}  // namespace

json::object report_of(const Crawl& crawl, bool is_resumed) {
  const Meter& meter = crawl.meter();
  const Busy busy = busy_of(crawl);
  const double elapsed = std::max(seconds(crawl.elapsed()), 1e-6);
  const TimePoint end = meter.started + crawl.elapsed();
  const Bound bound = bound_of(crawl, busy);
  const auto pool = crawl.stages().stats().pool;
  const auto stored = crawl.frontier().count(UrlState::kStored);
  const double cpu = cpu_seconds(RUSAGE_SELF);
  const auto percentile = [&](double p) { return milliseconds(meter.latency.percentile(p)); };
  json::object report;
  report["version"] = std::string(program_version());
  report["started"] = to_rfc3339(meter.started_wall);
  report["elapsed_seconds"] = elapsed;
  report["ended"] = to_string(crawl.stopping().end());
  if (crawl.stopping().error()) report["error"] = crawl.stopping().error()->context;
  report["engine"] = crawl.options().engine == fetch::Engine::kThreads ? "threads" : "async";
  report["handoff"] = cli::word_of(crawl.options().handoff, cli::handoff_words());
  report["parser"] = cli::word_of(std::optional(crawl.options().parser), cli::parser_words());
  report["concurrency"] = crawl.options().concurrency;
  report["per_host"] = crawl.options().per_host;
  report["workers"] = crawl.options().workers;
  report["urls"] = urls_of(crawl.frontier());
  report["reasons"] = reasons_of(crawl.frontier());
  report["resumed"] = is_resumed;
  report["pages_per_second"] = static_cast<double>(stored - stored_before(crawl)) / elapsed;
  report["received_bytes"] = meter.received_bytes;
  report["bytes_per_second"] = static_cast<double>(meter.received_bytes) / elapsed;
  report["archived_bytes"] = crawl.stages().stats().segments.bytes;
  report["requests"] = meter.requests;
  report["robots_requests"] = meter.robots_requests;
  report["sitemap_requests"] = meter.sitemap_requests;
  report["sitemaps"] = sitemaps_of(crawl.errands().sitemaps());
  report["retries"] = meter.retries;
  report["connections"] = crawl.stages().stats().fetch.connections;
  report["hosts"] = crawl.frontier().hosts_asked();
  report["latency_ms"] = {
      {"p50", percentile(50)}, {"p90", percentile(90)}, {"p99", percentile(99)}};
  report["stages"] = stages_of(crawl, busy, end);
  report["barriers"] = barriers_of(crawl, elapsed);
  report["waited_seconds"] = waits_of(meter);
  report["bounded_by"] = {{"what", bound.what}, {"advice", bound.advice}};
  report["slowest_hosts"] = hosts_of(crawl.frontier());
  report["workers_replaced"] = pool.replaced;
  report["set_aside"] = crawl.quarantined().count();
  report["set_aside_first"] = set_aside_of(crawl);
  report["peak_memory_bytes"] = {{"program", peak_memory()}, {"worker", pool.peak_memory}};
  report["cpu_seconds"] = {{"program", cpu}, {"workers", pool.cpu_seconds}};
  report["format"] = storage::kFormat;
  return report;
}

Result<void> write_report(const std::string& path, const json::object& report) {
  return replace_file(path, with_escapes(json::serialize(report)) + "\n");
}

}  // namespace scraper
