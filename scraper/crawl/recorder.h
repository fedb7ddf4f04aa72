// The recorder: what becomes of a page that came back. Decides whether it is requested again, and
// otherwise writes its result line, settles its state and adds its links, in that order: a state
// that is final has its line. All of it in one turn of the owner; what is decided is in
// scraper/rules/outcome.h.
//
// A source of changes: OUT/pages.jsonl, depths that were lowered in it, and what redirects of seeds
// added to the scope. Owner's thread only.
#pragma once

#include <boost/asio/io_context.hpp>
#include <functional>
#include <memory>
#include <optional>
#include <random>
#include <string>
#include <string_view>
#include <vector>

#include "base/alarm.h"
#include "base/line_output.h"
#include "parse/outcome.h"
#include "scraper/crawl/archived.h"
#include "scraper/crawl/checkpoints.h"
#include "scraper/crawl/errands.h"
#include "scraper/crawl/quarantined.h"
#include "scraper/frontier/frontier.h"
#include "scraper/rules/options.h"
#include "scraper/rules/outcome.h"
#include "scraper/rules/scope.h"
#include "storage/change_source.h"
#include "storage/results.h"

namespace scraper {

// Those it works for and with; all of them outlive it.
struct RecorderParts {
  const CrawlOptions& options;
  storage::Frontier& frontier;
  const Errands& errands;  // the URL of a sitemap that referred
  Quarantined& quarantined;
  Checkpoints& checkpoints;
  Stopping& stopping;
  Meter& meter;
  const Clock& clock;
};

class Recorder final : public storage::ChangeSource {
 public:
  // `on_output`: --print's reader took something, or will take no more.
  Recorder(const RecorderParts& parts, ScopeRules scope, boost::asio::io_context& io,
           std::function<void()> on_output);

  // What the ledger has of an earlier run, and OUT/pages.jsonl as far as it is committed.
  Result<void> load(const storage::Ledger& ledger);
  Result<void> open_lines(const std::string& out, const std::vector<storage::FileEntry>& files);

  // Of any lease: true when it waits for another attempt, so nothing is to be recorded.
  bool try_again(const storage::Lease& lease, const Capture& outline);

  void take_page(const storage::Lease& lease, const Archived& archived,
                 const parse::ParseOutcome& parsed);
  void take_failure(const storage::Lease& lease, const Archived& archived);

  // The frontier's questions and news.
  std::optional<std::string> exclusion(std::string_view url) const { return scope_.exclusion(url); }
  void lower_depth(storage::Results::DepthPlace line, std::uint32_t depth);
  void report_settled(storage::UrlId id) const;  // a line of --verbose

  const std::optional<LineOutput>& printed() const { return printed_; }

  std::size_t changes() const override { return admitted_.size(); }
  Result<void> flush() override { return results_->flush(); }
  void write_changes(storage::Barrier& checkpoint, const storage::Instant& at) override;

 private:
  void finish(const storage::Lease& lease, const Outcome& outcome, const Archived& archived,
              const parse::ParseOutcome* parsed);
  void follow_links(const storage::Lease& lease, const PageRecord& record, bool is_redirect);
  void widen_scope(storage::UrlId page, std::string_view target);
  void print(const storage::RenderedLine& line, const storage::Lease& lease,
             const Outcome& outcome);

  struct Admitted {
    std::string url;
    Scope scope;
  };

  const RecorderParts in_;
  ScopeRules scope_;
  RetryPolicy retry_policy_;
  std::minstd_rand random_;  // of the jitter of retries
  std::unique_ptr<storage::Results> results_;
  std::optional<LineOutput> printed_;  // --print
  std::vector<Admitted> admitted_;     // that the ledger does not have yet
  std::uint32_t admitted_before_ = 0;  // rows that it has
};

}  // namespace scraper
