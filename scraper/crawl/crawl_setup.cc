// How a crawl is put together and taken apart: output directory, stages, signals, exit code.
#include <fcntl.h>
#include <fmt/format.h>
#include <unistd.h>

#include <algorithm>
#include <csignal>
#include <cstdio>

#include "base/file.h"
#include "base/json_writer.h"
#include "base/kill_point.h"
#include "base/output.h"
#include "base/progress.h"
#include "base/say.h"
#include "base/version.h"
#include "parse/record_codec.h"
#include "scraper/config/effective.h"
#include "scraper/config/option_table.h"
#include "scraper/crawl/crawl.h"
#include "scraper/crawl/crawl_files.h"
#include "scraper/crawl/report.h"
#include "scraper/rules/parsing.h"

namespace scraper {

using storage::UrlState;

namespace {

// Captures that may wait for a worker: enough that a page of a second's work does not starve the
// others.
constexpr std::size_t kUnparsedPerWorker = 64;

std::string output_word(const std::string& path) {
  return path.find(' ') == path.npos ? path : "'" + path + "'";
}

// wget's code for the reason a URL was not fetched for; 0 where it has none.
int exit_code_of_reason(std::string_view reason) {
  if (reason == "http 401" || reason == "http 407") return 6;
  if (reason.starts_with("http ") || reason == "redirect loop" || reason == "too large") return 8;
  if (reason == "tls") return 5;
  if (reason == "protocol" || reason == "head too large") return 7;
  return reason.starts_with("quarantined") ? 0 : 4;
}

// wget's codes 4 to 8, only when not one seed could be fetched: neither itself nor, before it, its
// robots.txt.
int exit_code_of_seeds(const Crawl& crawl) {
  constexpr std::string_view kNoRobots = "robots.txt: ";
  const storage::Frontier& frontier = crawl.frontier();
  if (frontier.count(UrlState::kStored) > 0) return 0;
  std::string_view first_reason;
  const auto most = std::min<std::uint64_t>(
      frontier.discovered(), crawl.options().seeds.size());  // they were offered first
  for (storage::UrlId id = 0; id < most; ++id) {
    if (frontier.referrer(id) != storage::kNoUrl) continue;
    std::string_view reason = frontier.reason(id);
    if (frontier.state(id) == UrlState::kDisallowed && reason.starts_with(kNoRobots)) {
      reason.remove_prefix(kNoRobots.size());
    } else if (frontier.state(id) != UrlState::kFailed) {
      return 0;
    }
    if (first_reason.empty()) first_reason = reason;
  }
  return first_reason.empty() ? 0 : exit_code_of_reason(first_reason);
}

// A limit of the whole crawl is in crawl.toml and would end the next run as it ended this.
std::string_view what_to_widen(Crawl::End end) {
  if (end == Crawl::End::kLimit) return " (with a larger --limit)";
  return end == Crawl::End::kQuota ? " (with a larger --quota)" : "";
}

int exit_code_of(const Crawl& crawl) {
  switch (crawl.end()) {
    case Crawl::End::kBroken: return exit_code(crawl.error()->code);
    case Crawl::End::kInterrupted: return 130;
    case Crawl::End::kTerminated: return 143;
    case Crawl::End::kOutputClosed: return 3;
    default: return exit_code_of_seeds(crawl);
  }
}

}  // namespace

Crawl::Crawl(const CrawlOptions& options, ScopeRules scope)
    : options_(options),
      scope_(std::move(scope)),
      sitemap_book_(options_),
      most_barriers_(test_limit("SCRAPER_MOST_BARRIERS", ~0ull)),
      room_(options_.keep_free, options_.room_patience),
      most_in_flight_(options_.concurrency) {
  retry_policy_.retries = options_.retries;
  if (options_.print != PrintMode::kNone) printed_.emplace(io_, STDOUT_FILENO, [this] { wake(); });
  // From now on a signal waits for watch_signals.
  signals_.add(SIGINT);
  signals_.add(SIGTERM);
  if (!options_.fetch.secret_headers.empty()) {
    for (const Seed& seed : options_.seeds) secret_origins_.insert(seed.url.origin());
  }
  most_unparsed_ = std::max<std::size_t>(256, options_.workers * kUnparsedPerWorker);
}

// In the order of need, so that each ends before what it hands its work to.
Crawl::~Crawl() {
  fetcher_.reset();
  resolver_.reset();
  pool_.reset();
  segments_.reset();
  committer_.reset();
}

Result<std::unique_ptr<Crawl>> Crawl::open(const CrawlOptions& options,
                                           const std::string& effective) {
  auto scope = ScopeRules::make(options);
  if (!scope) return scope.error();
  std::unique_ptr<Crawl> crawl(new Crawl(options, std::move(*scope)));
  if (auto started = crawl->start(effective); !started) {
    crawl->committer_.reset();
    crawl->segments_.reset();
    crawl->ledger_.reset();
    if (crawl->directory_ != nullptr) crawl->directory_->discard();
    return started.error();
  }
  return crawl;
}

// An earlier crawl is removed (--fresh) only when all but its own directory is known to work; one
// that is gone on with gives its key to the workers.
Result<void> Crawl::start(const std::string& effective) {
  if (!options_.is_fresh) {
    if (auto prepared = prepare_directory(effective); !prepared) return prepared;
  }
  if (auto started = start_fetching(); !started) return started;
  if (auto started = start_parsing(); !started) return started;
  if (options_.is_fresh) {
    if (auto prepared = prepare_directory(effective); !prepared) return prepared;
  }
  try {
    if (auto opened = open_books(); !opened) return opened;
    if (is_idle()) return {};
    if (auto started = start_storing(); !started) return started;
  } catch (const storage::FrontierFailure& failure) {
    return failure.error;
  }
  if (auto settled = settle_lost_end(); !settled) return settled;
  return resumed_ ? keep_options(directory_->path(), effective) : Result<void>();
}

// Where a new crawl and one that is gone on with part.
Result<void> Crawl::prepare_directory(const std::string& effective) {
  auto directory = storage::OutputDirectory::prepare(options_.output, options_.is_fresh);
  if (!directory) return directory.error();
  directory_ = std::move(*directory);
  if (auto compared = begin_or_compare(effective); !compared || !resumed_) return compared;
  if (auto opened = open_ledger(); !opened) return opened;
  return ledger_ == nullptr ? begin_or_compare(effective) : recover_books();
}

Result<void> Crawl::begin_or_compare(const std::string& effective) {
  auto changes =
      scraper::begin_or_compare(directory_->path(), directory_->has_crawl(), options_, effective);
  if (!changes) return changes.error();
  resumed_ = std::move(*changes);
  return {};
}

// The books of an earlier run, or new ones.
Result<void> Crawl::open_books() {
  frontier_ = std::make_unique<storage::Frontier>(frontier_options());
  if (resumed_) return load_books();
  auto ledger = storage::Ledger::create(directory_->ledger());
  if (!ledger) return ledger.error();
  ledger_ = std::move(*ledger);
  kill_point("ledger.made");
  return {};
}

// There is nothing left to do: nothing is written, so that what the last run said of its end stays
// true.
bool Crawl::is_idle() const {
  return resumed_.has_value() && !before_.end.empty() &&
         end_of_ledger_ == storage::LedgerEnd::kThere && !has_work();
}

Result<void> Crawl::start_storing() {
  const std::string& out = directory_->path();
  if (auto opened = open_lines(); !opened) return opened;
  kill_point("lines.made");
  auto quarantine = storage::Quarantine::open(
      out, own_path(), cli::word_of(std::optional(options_.parser), cli::parser_words()),
      before_.set_aside);
  if (!quarantine) return quarantine.error();
  quarantine_ = std::move(*quarantine);

  storage::SegmentOptions segment_options;
  segment_options.directory = directory_->warc();
  segment_ = first_segment();
  rotated_ = segment_.segment;
  segment_options.begin = segment_;
  segment_options.software = fmt::format("scraper/{}", program_version());
  segment_options.about = {{"http-header-user-agent", options_.fetch.user_agent},
                           {"robots", options_.obeys_robots ? "obeyed" : "ignored"}};
  if (!options_.contact.empty()) segment_options.about.emplace_back("operator", options_.contact);
  auto segments = storage::Segments::open(segment_options, io_.get_executor());
  if (!segments) return segments.error();
  segments_ = std::move(*segments);
  if (auto committed = commit_first(); !committed) return committed;
  auto committer = storage::Committer::start(out, *ledger_, io_.get_executor());
  if (!committer) return committer.error();
  committer_ = std::move(*committer);
  return {};
}

Result<void> Crawl::start_fetching() {
  fetch::FetchOptions fetch_options = options_.fetch;
  fetch_options.concurrency = options_.concurrency;
  fetch_options.spool_directory = options_.output + "/warc";
  fetch_options.guard =
      std::make_shared<fetch::AddressGuard>(options_.allow_net, options_.allow_private);
  auto fetcher = fetch::make_fetcher(options_.engine, fetch_options, io_.get_executor());
  if (!fetcher) return fetcher.error();
  fetcher_ = std::move(*fetcher);
  resolver_ = std::make_unique<fetch::Resolver>(io_.get_executor(), fetch::ResolverOptions{});
  return {};
}

Result<void> Crawl::start_parsing() {
  parse::PoolOptions pool_options = scraper::pool_options(options_, key_);
  pool_options.open_segment = [this](std::uint32_t segment) {
    return segments_->open_for_reading(segment);
  };
  auto pool = parse::ParsePool::start(io_.get_executor(), std::move(pool_options));
  if (!pool) return pool.error();
  pool_ = std::move(*pool);
  return {};
}

storage::FrontierOptions Crawl::frontier_options() {
  storage::FrontierOptions frontier;
  frontier.per_host = options_.per_host;
  frontier.delay = options_.delay;
  frontier.asks_robots = options_.obeys_robots;
  frontier.limit_per_host = options_.limit_per_host;
  frontier.max_hops = options_.max_redirect;
  frontier.depth = options_.depth;
  for (const Seed& seed : options_.seeds) {
    frontier.seed_limits.push_back(seed.limit);
    frontier.has_own_depths |= seed.depth.value_or(options_.depth) != options_.depth;
  }
  frontier.may_shorten_late =
      frontier.has_own_depths || options_.reads_robots_sitemaps || !options_.sitemaps.empty();
  frontier.on_sitemap_forbidden = [this](storage::SitemapId sitemap, std::string_view reason) {
    sitemap_book_.failed(sitemap, reason);
  };
  if (options_.is_verbose) frontier.on_settled_unasked = [this](storage::UrlId id) { tell_of(id); };
  frontier.may_go_on = [this] { return now() < lease_until_; };
  frontier.is_sound = [this](const Fingerprint& print, std::string_view url) {
    return parse::is_sound(print, url, key_);
  };
  frontier.exclusion = [this](std::string_view url) { return scope_.exclusion(url); };
  frontier.disallowing_line = [this](storage::OriginId origin, std::string_view url) {
    return robots_.disallowing_line(origin, url);
  };
  frontier.on_line_depth = [this](storage::Results::DepthPlace line, std::uint32_t depth) {
    if (auto lowered = results_->lower_depth(line, depth); !lowered)
      fail_of_machine(lowered.error());
  };
  return frontier;
}

void Crawl::leave(int code) {
  std::fflush(nullptr);
  directory_.reset();  // takes the file of its lock along
  _exit(code);
}

int run_crawl(const CrawlOptions& options, const std::string& effective) {
  std::signal(SIGPIPE, SIG_IGN);
  std::signal(SIGXFSZ, SIG_IGN);  // a file-size limit is an error like a full disk
  auto opened = Crawl::open(options, effective);
  if (!opened) return cli::complain(opened.error());
  Crawl& crawl = **opened;
  if (crawl.resumed() && !options.is_quiet) {
    say(fmt::format("going on with the crawl in {}\n{}", printable(options.output),
                    cli::describe_changes(*crawl.resumed())));
  }
  // Told even to who wants it quiet: bytes are gone.
  for (const std::string& told : crawl.recovered()) say(fmt::format("{}\n", printable(told)));
  if (crawl.is_idle()) {
    const storage::Frontier& frontier = crawl.frontier();
    say(fmt::format(
        "{} holds a complete crawl: {} URLs, {} stored; nothing is left to do (--fresh starts "
        "over)\n",
        printable(options.output), frontier.discovered(), frontier.count(UrlState::kStored)));
    return 0;
  }
  crawl.run();
  if (crawl.error()) cli::complain(*crawl.error());
  int code = exit_code_of(crawl);
  const boost::json::object report = report_of(crawl);
  const auto written = write_report(options.output + "/report.json", report);
  kill_point("end.reported");
  if (!options.is_quiet) say(summary_of(report, output_word(options.output), written.has_value()));
  // What an error kept from being written may be all that is left.
  if (crawl.has_work() || crawl.error())
    say(fmt::format("not complete; to go on{}: {}\n", what_to_widen(crawl.end()),
                    resume_command(options)));
  if (!written) {
    cli::complain(written.error());
    if (code == 0) code = exit_code(Errc::kExhausted);
  }
  if (crawl.is_unfinished()) crawl.leave(code);
  return code;
}

}  // namespace scraper
