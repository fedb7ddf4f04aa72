#include "scraper/audit/audit_bodies.h"

#include <fmt/format.h>

#include <boost/asio/awaitable.hpp>
#include <boost/asio/co_spawn.hpp>
#include <boost/asio/io_context.hpp>
#include <exception>
#include <numeric>
#include <optional>
#include <string>
#include <unordered_set>
#include <utility>
#include <variant>
#include <vector>

#include "base/rethrow.h"
#include "parse/record_codec.h"
#include "parse/workers/pool.h"
#include "scraper/audit/disk/line_hash.h"
#include "scraper/reparse/stored_pages.h"
#include "scraper/rules/followed_links.h"
#include "scraper/rules/outcome.h"
#include "scraper/rules/parsing.h"
#include "scraper/rules/result_line.h"
#include "storage/results.h"
#include "storage/sitemap_lines.h"

namespace asio = boost::asio;

namespace scraper {

namespace {

using storage::AuditedUrls;
using storage::FindingKind;
using storage::LeaseKind;
using storage::UrlId;
using storage::UrlState;

// Of one document, for the scanner: ten times a crawl's, so that what one got through is got
// through again. Gumbo has a crawl's.
constexpr auto kMostCpu = std::chrono::seconds(20);
constexpr auto kMostWall = std::chrono::seconds(100);
constexpr std::uint64_t kTellEvery = 64;  // pages

std::string url_of(const storage::Ledger& ledger, UrlId id) {
  const auto url = ledger.url(id);
  return url && *url ? **url : fmt::format("URL {}", id);
}

// What gumbo finds wrong of links is wrong when the scanner finds it, too: on pages that no browser
// would read alike they take different things for links, and neither is the crawl's fault.
class Suspicions {
 public:
  static constexpr std::size_t kMost = 1u << 20;

  void add(UrlId page, const Link& link) {
    if (links_.size() < kMost) links_.insert(key(page, link));
  }
  bool confirm(UrlId page, const Link& link) { return links_.erase(key(page, link)) > 0; }
  std::size_t left() const { return links_.size(); }

 private:
  static std::uint64_t key(UrlId page, const Link& link) {
    return link.fingerprint.low ^ (page + 1) * 0x9E3779B97F4A7C15ull;
  }

  std::unordered_set<std::uint64_t> links_;
};

// One walk over all bodies, by one parser.
class Walk {
 public:
  Walk(const CrawlOptions& asked, const storage::Ledger& ledger, storage::Audited& audited,
       storage::Findings& findings, Suspicions& suspicions)
      : asked_(asked),
        ledger_(ledger),
        audited_(audited),
        urls_(audited.urls),
        findings_(findings),
        suspicions_(suspicions) {}

  Result<void> run(parse::Parser parser, BodyFigures& figures, const storage::TellProgress& tell);

 private:
  parse::PoolOptions pool_options() const;
  Result<void> read_sitemaps();
  void take_sitemap(const StoredPage& page);
  void compare_sitemaps() const;
  StoredPages::Want choose(const StoredCapture& capture) const;
  Result<void> take(const StoredPage& page);
  Result<void> take_record(const StoredPage& page, const PageRecord& record);
  Result<void> compare_line(const StoredPage& page);
  Result<std::string> referrer_url(UrlId referrer) const;
  void follow_links(UrlId page, const PageRecord& record, bool is_redirect);
  // Gumbo, or the scanner alone where gumbo does not get through.
  bool judges(UrlId page) const {
    return parser_ == parse::Parser::kGumbo || urls_.is(page, AuditedUrls::kNotJudged);
  }
  void suspect(UrlId page, const Link& link, FindingKind kind, std::string what);
  void reach(UrlId page, const Link& link, bool is_nofollow, bool is_redirect);

  const CrawlOptions& asked_;
  const storage::Ledger& ledger_;
  storage::Audited& audited_;
  AuditedUrls& urls_;
  storage::Findings& findings_;
  Suspicions& suspicions_;
  std::vector<std::string> sitemaps_;
  std::vector<std::uint64_t>
      sitemap_sums_;  // of the lines that each gives; 0: none, or not done with
  std::vector<bool> is_sitemap_done_;
  bool has_all_sitemaps_ = true;
  parse::Parser parser_ = parse::Parser::kScan;
  BodyFigures* figures_ = nullptr;
  const storage::TellProgress* tell_ = nullptr;
  std::uint64_t taken_ = 0;
};

// As the crawl's own, but for the parser and the time it has; whatever the crawl was handed, in
// processes.
parse::PoolOptions Walk::pool_options() const {
  parse::PoolOptions pool = stored_pool_options(asked_, audited_.figures.books.key);
  pool.handoff = parse::Handoff::kFile;
  pool.page.parser = parser_;
  if (parser_ == parse::Parser::kScan) {
    pool.max_cpu = kMostCpu;
    pool.max_wall = kMostWall;
  }
  return pool;
}

Result<void> Walk::run(parse::Parser parser, BodyFigures& figures,
                       const storage::TellProgress& tell) {
  parser_ = parser;
  figures_ = &figures;
  tell_ = &tell;
  if (auto read = read_sitemaps(); !read) return read;
  asio::io_context io{1};
  auto pool = parse::ParsePool::start(io.get_executor(), pool_options());
  if (!pool) return pool.error();
  StoredPages::Options options;
  options.directory = asked_.output;
  options.choose = [this](const StoredCapture& capture) { return choose(capture); };
  options.take = [this](const StoredPage& page) { return take(page); };
  StoredPages pages(io.get_executor(), ledger_, **pool, std::move(options));
  Result<void> done;
  asio::co_spawn(io, pages.run(), [&](std::exception_ptr e, Result<void> ended) {
    kRethrow(e);
    done = std::move(ended);
    io.stop();
  });
  io.run();
  if (done && parser == parse::Parser::kScan) compare_sitemaps();
  return done;
}

Result<void> Walk::read_sitemaps() {
  auto read =
      ledger_.each_sitemap([this](storage::SitemapId, const storage::SitemapEntryRow& entry) {
        sitemaps_.emplace_back(entry.url);
        is_sitemap_done_.push_back(entry.is_done);
      });
  sitemap_sums_.resize(sitemaps_.size());
  return read;
}

// As the crawl does (crawl_errands.cc). Of several captures the last one counts; an answer that is
// none gives nothing.
void Walk::take_sitemap(const StoredPage& page) {
  if (!page.outline || !page.outcome) return;
  const auto* const record = std::get_if<PageRecord>(&*page.outcome);
  if (record == nullptr || record->fault == PageFault::kBadRecord) {
    has_all_sitemaps_ = false;
    return;
  }
  const bool is_success = page.outline->status >= 200 && page.outline->status < 300;
  if (!is_success || (record->links.empty() && record->fault != PageFault::kNone)) return;
  const storage::SitemapId id = page.capture.entry.number;
  std::uint64_t sum = 0;
  std::uint64_t lines = 0;
  storage::render_entries(sitemaps_[id], *record, [&](const std::string& line) {
    sum += storage::sitemap_line_sum(line, lines++, audited_.figures.books.key);
  });
  sitemap_sums_[id] = sum;
}

void Walk::compare_sitemaps() const {
  const std::uint64_t sum =
      std::accumulate(sitemap_sums_.begin(), sitemap_sums_.end(), std::uint64_t{0});
  if (sum == audited_.figures.sitemap_sum || !has_all_sitemaps_) return;
  if (audited_.figures.sitemaps_set_aside > 0)
    return;  // what no worker got through then may be read today
  findings_.add(FindingKind::kSitemap, "sitemaps.jsonl",
                "its lines are not what the archived sitemaps give when they are read again");
}

// What decided about a URL. What cannot be read has been found already.
StoredPages::Want Walk::choose(const StoredCapture& capture) const {
  using Want = StoredPages::Want;
  if (capture.entry.kind == LeaseKind::kSitemap && parser_ == parse::Parser::kScan) {
    const bool has_lines =
        capture.entry.number < sitemaps_.size() && is_sitemap_done_[capture.entry.number];
    return has_lines ? Want::kOutcome : Want::kNothing;
  }
  const bool is_page =
      capture.entry.kind == LeaseKind::kPage && capture.entry.number < urls_.size();
  if (!is_page || !capture.is_last() || !storage::traits(capture.state->state).may_lead)
    return Want::kNothing;
  if (urls_.is(capture.entry.number, AuditedUrls::kCaptureBad)) return Want::kNothing;
  return capture.state->reason.starts_with("quarantined: ") ? Want::kOutline : Want::kOutcome;
}

Result<void> Walk::take(const StoredPage& page) {
  if (++taken_ % kTellEvery == 0) {
    (*tell_)(parser_ == parse::Parser::kScan ? "lines against bodies" : "links of bodies", taken_,
             audited_.figures.captures);
  }
  if (page.capture.entry.kind == LeaseKind::kSitemap) {
    take_sitemap(page);
    return {};
  }
  if (!page.outline) return {};
  if (!page.outcome) return compare_line(page);
  if (const auto* record = std::get_if<PageRecord>(&*page.outcome))
    return take_record(page, *record);
  const auto& failure = std::get<parse::ParseFailure>(*page.outcome);
  if (failure.reason.starts_with("worker does not start"))
    return Error{Errc::kOther, failure.reason};
  if (parser_ == parse::Parser::kGumbo) {
    urls_.set(page.capture.entry.number, AuditedUrls::kNotJudged);
  } else if (urls_.is(page.capture.entry.number, AuditedUrls::kNotJudged)) {
    ++figures_->unparsed;
  }
  return compare_line(page);
}

Result<void> Walk::take_record(const StoredPage& page, const PageRecord& record) {
  if (record.fault == PageFault::kBadRecord)
    return {};  // found already, where it was compared with its sum
  const UrlId id = page.capture.entry.number;
  if (judges(id)) ++figures_->pages;
  if (judges(id) && parser_ == parse::Parser::kScan) ++figures_->scanned;
  follow_links(id, record, page.capture.state->state == UrlState::kDuplicate);
  return compare_line(page);
}

Result<std::string> Walk::referrer_url(UrlId referrer) const {
  if (referrer == storage::kNoUrl) return std::string();
  if (storage::is_sitemap(referrer)) {
    const storage::SitemapId sitemap = referrer - storage::kFirstSitemap;
    return sitemap < sitemaps_.size() ? sitemaps_[sitemap] : std::string();
  }
  auto url = ledger_.url(referrer);
  if (!url) return url.error();
  return std::move(*url).value_or("");
}

// The line that a crawl would write, but for its depth, which has been held against the ledger.
Result<void> Walk::compare_line(const StoredPage& page) {
  const UrlId id = page.capture.entry.number;
  if (!urls_.is(id, AuditedUrls::kLineSeen) || urls_.is(id, AuditedUrls::kLineSame)) return {};
  UrlId referrer = storage::kNoUrl;
  std::uint32_t seed = 0;
  const auto found = ledger_.url_entry(id, [&](const storage::UrlEntry& entry) {
    referrer = entry.referrer;
    seed = entry.seed;
  });
  if (!found) return found.error();
  const auto referred = referrer_url(referrer);
  if (!referred) return referred.error();
  if (seed >= asked_.seeds.size()) return {};
  const storage::StateEntry& state = *page.capture.state;
  const Outcome outcome{state.state, std::string(state.reason)};
  storage::ResultLine line;
  line.url = page.outline->url.href();
  line.referrer = *referred;
  line.attempts = page.capture.entry.attempt;
  const auto is_given_by = [&](const parse::ParseOutcome* parsed) {
    const auto whole = result_line(line, asked_.seeds[seed], *page.outline, page.capture.place,
                                   parsed, outcome, asked_);
    return storage::line_hash(storage::render(whole).text) == urls_.line_sum(id);
  };
  const auto* const parsed = page.outcome ? &*page.outcome : nullptr;
  bool is_same = is_given_by(parsed);
  if (!is_same && parsed != nullptr && state.state == UrlState::kFailed)
    is_same = is_given_by(nullptr);  // too large, and no worker got through it then
  if (!is_same) return {};
  urls_.set(id, AuditedUrls::kLineSame);
  ++figures_->lines;
  return {};
}

// What the crawl follows, with what the ledger has instead of what the frontier would do.
void Walk::follow_links(UrlId page, const PageRecord& record, bool is_redirect) {
  each_followed_link(record, is_redirect, asked_, [&](const Link& link, bool is_nofollow) {
    if (judges(page)) ++figures_->links;
    reach(page, link, is_nofollow, is_redirect);
  });
}

void Walk::reach(UrlId page, const Link& link, bool is_nofollow, bool is_redirect) {
  const auto id = urls_.find(link.fingerprint.low);
  if (!id) {
    if (!parse::is_sound(link.fingerprint, link.url, audited_.figures.books.key)) return;
    return suspect(page, link, FindingKind::kClosure,
                   fmt::format("it leads to {}, which is not in the ledger", link.url));
  }
  const std::uint32_t depth = urls_.depth(page);
  const std::uint32_t there = urls_.depth(*id);
  if (is_nofollow || depth == storage::kNoDepth) {
    if (there == storage::kNoDepth) urls_.set(*id, AuditedUrls::kIsReached);
    return;
  }
  const std::uint32_t least = depth + (is_redirect ? 0 : 1);
  if (there == least) urls_.set(*id, AuditedUrls::kIsReached);
  if (there <= least) return;
  suspect(page, link, FindingKind::kDepth,
          there == storage::kNoDepth
              ? fmt::format("it leads to {}, of which the ledger says that only pages that ask not "
                            "to follow do",
                            link.url)
              : fmt::format("it leads to {} at depth {}, and the ledger says {}", link.url, least,
                            there));
}

void Walk::suspect(UrlId page, const Link& link, FindingKind kind, std::string what) {
  if (parser_ == parse::Parser::kGumbo) return suspicions_.add(page, link);
  if (judges(page) || suspicions_.confirm(page, link))
    findings_.add(kind, url_of(ledger_, page), std::move(what));
}

// A line that neither parser gives.
bool is_unlike(const AuditedUrls& urls, UrlId id) {
  const bool has_line = urls.is(id, AuditedUrls::kLineSeen) && urls.is(id, AuditedUrls::kHasLine);
  return has_line && !urls.is(id, AuditedUrls::kLineSame) && !urls.is(id, AuditedUrls::kCaptureBad);
}

}  // namespace

Result<BodyFigures> audit_bodies(const CrawlOptions& asked, const storage::Ledger& ledger,
                                 storage::Audited& audited, storage::Findings& findings,
                                 const storage::TellProgress& tell) {
  BodyFigures figures;
  Suspicions suspicions;
  for (const parse::Parser parser : {parse::Parser::kGumbo, parse::Parser::kScan}) {
    auto walked = Walk(asked, ledger, audited, findings, suspicions).run(parser, figures, tell);
    if (!walked) return walked.error();
  }
  if (suspicions.left() > 0) {
    findings.note(
        fmt::format("{} links are such to gumbo alone, not to the scanner: pages that are read "
                    "either way; what they lead to "
                    "is not looked for",
                    suspicions.left()));
  }
  const AuditedUrls& urls = audited.urls;
  for (UrlId id = 0; id < urls.size(); ++id) {
    if (is_unlike(urls, id)) {
      findings.add(FindingKind::kBody, url_of(ledger, id),
                   "its line is not what its capture gives when it is read again");
    }
    if (urls.is(id, AuditedUrls::kIsReached) || figures.unparsed > 0) continue;
    findings.add(FindingKind::kDepth, url_of(ledger, id),
                 urls.depth(id) == storage::kNoDepth
                     ? "no stored page leads to it"
                     : fmt::format("no stored page leads to it at depth {}", urls.depth(id)));
  }
  return figures;
}

}  // namespace scraper
