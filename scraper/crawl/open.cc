#include "scraper/crawl/open.h"

#include <fmt/format.h>

#include <utility>

#include "base/file.h"
#include "base/kill_point.h"
#include "base/version.h"
#include "scraper/config/option_table.h"
#include "scraper/crawl/crawl_files.h"
#include "scraper/crawl/live_stages.h"

namespace scraper {

namespace {

class Opening {
 public:
  Opening(const CrawlOptions& options, const std::string& effective, OpenCrawl& open,
          LiveStages& stages)
      : options_(options),
        effective_(effective),
        open_(open),
        crawl_(*open.crawl),
        checkpoints_(crawl_.checkpoints()),
        stages_(stages) {}

  Result<void> run();

 private:
  Result<void> prepare_directory();
  Result<void> begin_or_compare();
  Result<void> load();
  Result<void> open_books();
  Result<void> start_storing();
  storage::SegmentOptions segment_options() const;

  const CrawlOptions& options_;
  const std::string& effective_;
  OpenCrawl& open_;
  Crawl& crawl_;
  Checkpoints& checkpoints_;
  LiveStages& stages_;
};

// A crawl that is resumed gives its key to the workers.
Result<void> Opening::run() {
  if (!options_.is_fresh) {
    if (auto prepared = prepare_directory(); !prepared) return prepared;
  }
  if (auto started = stages_.start_fetching(); !started) return started;
  if (auto started = stages_.start_parsing(checkpoints_.key()); !started) return started;
  if (options_.is_fresh) {
    if (auto prepared = prepare_directory(); !prepared) return prepared;
  }
  try {
    if (auto opened = open_books(); !opened) return opened;
    open_.is_idle = open_.resumed.has_value() && !checkpoints_.before().end.empty() &&
                    !checkpoints_.has_lost_end() && !crawl_.has_work();
    if (open_.is_idle) return {};
    if (auto started = start_storing(); !started) return started;
  } catch (const storage::FrontierFailure& failure) {
    return failure.error;
  }
  if (auto settled = checkpoints_.settle_lost_end(); !settled) return settled;
  return open_.resumed ? keep_options(open_.directory->path(), effective_) : Result<void>();
}

// Where a new crawl and one that is resumed part.
Result<void> Opening::prepare_directory() {
  auto directory = storage::OutputDirectory::prepare(options_.output, options_.is_fresh);
  if (!directory) return directory.error();
  open_.directory = std::move(*directory);
  if (auto compared = begin_or_compare(); !compared || !open_.resumed) return compared;
  const auto recovered = checkpoints_.recover(open_.directory->path(), open_.directory->ledger());
  if (!recovered) return recovered.error();
  if (*recovered) return {};
  if (auto cleared = open_.directory->start_over(); !cleared) return cleared;
  return begin_or_compare();
}

Result<void> Opening::begin_or_compare() {
  auto changes = scraper::begin_or_compare(open_.directory->path(), open_.directory->has_crawl(),
                                           options_, effective_);
  if (!changes) return changes.error();
  open_.resumed = std::move(*changes);
  return {};
}

// The books of an earlier run, or new ones.
Result<void> Opening::open_books() {
  if (open_.resumed) return load();
  return checkpoints_.create(open_.directory->path(), open_.directory->ledger());
}

Result<void> Opening::load() {
  using LastRun = storage::Frontier::LastRun;
  const storage::Ledger& ledger = checkpoints_.ledger();
  const storage::Books& before = checkpoints_.before();
  const LastRun last_run = before.end.empty() ? LastRun::kKilled : LastRun::kEnded;
  if (auto loaded = crawl_.recorder().load(ledger); !loaded) return loaded;
  auto loaded = crawl_.frontier().load(ledger, checkpoints_.key(), last_run, open_.clock.now(),
                                       open_.clock.wall_now());
  if (!loaded) return loaded;
  return crawl_.errands().load(ledger, before);
}

Result<void> Opening::start_storing() {
  const std::string& out = open_.directory->path();
  const auto& files = checkpoints_.files();
  if (auto opened = crawl_.recorder().open_lines(out, files); !opened) return opened;
  if (auto opened = crawl_.errands().open_lines(out, files); !opened) return opened;
  kill_point("lines.made");
  const auto parser = cli::word_of(std::optional(options_.parser), cli::parser_words());
  const std::uint64_t set_aside = checkpoints_.before().set_aside;
  auto quarantine = storage::Quarantine::open(out, own_path(), parser, set_aside);
  if (!quarantine) return quarantine.error();
  crawl_.quarantined().open(std::move(*quarantine), set_aside);
  if (auto started = stages_.start_storing(segment_options()); !started) return started;
  return checkpoints_.start();
}

storage::SegmentOptions Opening::segment_options() const {
  storage::SegmentOptions segments;
  segments.directory = open_.directory->warc();
  segments.begin = checkpoints_.segment();
  segments.software = fmt::format("scraper/{}", program_version());
  segments.about = {{"http-header-user-agent", options_.fetch.user_agent},
                    {"robots", options_.obeys_robots ? "obeyed" : "ignored"}};
  if (!options_.contact.empty()) segments.about.emplace_back("operator", options_.contact);
  return segments;
}

}  // namespace

Result<std::unique_ptr<OpenCrawl>> open_crawl(const CrawlOptions& options,
                                              const std::string& effective) {
  auto scope = ScopeRules::make(options);
  if (!scope) return scope.error();
  auto open = std::make_unique<OpenCrawl>();
  auto made = std::make_unique<LiveStages>(options, open->io.get_executor());
  LiveStages& stages = *made;
  open->crawl =
      std::make_unique<Crawl>(options, std::move(*scope), open->io, open->clock, std::move(made));
  open->crawl->stopping().take_signals();
  if (auto opened = Opening(options, effective, *open, stages).run(); !opened) {
    open->crawl->checkpoints().close();
    stages.stop_storing();
    if (open->directory != nullptr) open->directory->discard();
    return opened.error();
  }
  return open;
}

}  // namespace scraper
