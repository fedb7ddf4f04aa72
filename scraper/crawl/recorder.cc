#include "scraper/crawl/recorder.h"

#include <fmt/format.h>
#include <unistd.h>

#include <utility>

#include "base/printable.h"
#include "base/say.h"
#include "parse/url/url.h"
#include "scraper/rules/followed_links.h"
#include "scraper/rules/result_line.h"

namespace scraper {

using storage::Lease;
using storage::UrlState;

namespace {

const std::string kPages = "pages.jsonl";

}  // namespace

Recorder::Recorder(const RecorderParts& parts, ScopeRules scope, boost::asio::io_context& io,
                   std::function<void()> on_output)
    : in_(parts),
      scope_(std::move(scope)),
      random_(static_cast<std::minstd_rand::result_type>(parts.checkpoints.key().k0 | 1)) {
  retry_policy_.retries = in_.options.retries;
  if (in_.options.print != PrintMode::kNone)
    printed_.emplace(io, STDOUT_FILENO, std::move(on_output));
}

Result<void> Recorder::load(const storage::Ledger& ledger) {
  return ledger.each_admitted([this](std::uint32_t, const storage::AdmittedEntry& entry) {
    ++admitted_before_;
    const auto url = Url::from_serialised(std::string(entry.url));
    if (url) scope_.admit(*url, static_cast<Scope>(entry.scope));
  });
}

Result<void> Recorder::open_lines(const std::string& out,
                                  const std::vector<storage::FileEntry>& files) {
  const storage::FileEntry at = storage::file_named(files, kPages);
  auto results = storage::Results::resume(out + "/" + kPages, at.length, at.lines);
  if (!results) return results.error();
  results_ = std::move(*results);
  results_->committed(at.length);
  return {};
}

bool Recorder::try_again(const Lease& lease, const Capture& outline) {
  const double jitter = std::uniform_real_distribution<>(0, 1)(random_);
  const auto retry = retry_after(outline, lease.attempt, retry_policy_, jitter);
  if (!retry) return false;
  ++in_.meter.retries;
  const TimePoint now = in_.clock.now();
  const TimePoint not_before = now + retry->wait;
  if (retry->holds_host) in_.frontier.hold(lease.host, now, not_before);
  if (lease.kind == storage::LeaseKind::kPage) {
    in_.frontier.retry(lease.id, not_before);
  } else {
    in_.frontier.ask_again(lease, outline.url, not_before, lease.attempt + 1);
  }
  return true;
}

void Recorder::take_page(const Lease& lease, const Archived& archived,
                         const parse::ParseOutcome& parsed) {
  const auto* failure = std::get_if<parse::ParseFailure>(&parsed);
  if (failure != nullptr && !in_.quarantined.take(lease.url, archived.place, *failure))
    return in_.frontier.leave_captured(lease.id);
  const Outcome outcome = outcome_of(archived.outline, &parsed);
  if (const auto* record = std::get_if<PageRecord>(&parsed)) {
    const bool is_redirect = outcome.state == UrlState::kDuplicate;
    if (is_redirect) widen_scope(lease.id, record->location);
    follow_links(lease, *record, is_redirect);
    if (in_.options.obeys_noindex && outcome.state == UrlState::kStored && record->asks_noindex) {
      return in_.frontier.settle(lease.id, UrlState::kExcluded, "noindex");
    }
  }
  finish(lease, outcome, archived, &parsed);
}

void Recorder::take_failure(const Lease& lease, const Archived& archived) {
  finish(lease, outcome_of(archived.outline, nullptr), archived, nullptr);
}

// The line first, then the state.
void Recorder::finish(const Lease& lease, const Outcome& outcome, const Archived& archived,
                      const parse::ParseOutcome* parsed) {
  storage::Frontier& frontier = in_.frontier;
  storage::ResultLine line;
  line.url = lease.url;
  if (const auto referrer = frontier.referrer(lease.id); storage::is_sitemap(referrer)) {
    line.referrer = in_.errands.sitemaps().url(referrer - storage::kFirstSitemap);
  } else if (referrer != storage::kNoUrl) {
    line.referrer = frontier.url(referrer);
  }
  line.depth = frontier.depth(lease.id);
  line.attempts = lease.attempt;
  const Seed& seed = in_.options.seeds[frontier.seed(lease.id)];
  const storage::RenderedLine rendered = storage::render(
      result_line(line, seed, archived.outline, archived.place, parsed, outcome, in_.options));
  frontier.set_line(lease.id, results_->append(rendered, line.depth));
  in_.checkpoints.note_lines(rendered.text.size(), *this, results_->is_due());
  frontier.settle(lease.id, outcome.state, outcome.reason);
  print(rendered, lease, outcome);
}

void Recorder::follow_links(const Lease& lease, const PageRecord& record, bool is_redirect) {
  std::vector<storage::Frontier::Child> children;
  children.reserve(record.links.size());
  each_followed_link(record, is_redirect, in_.options, [&](const Link& link, bool is_nofollow) {
    children.push_back({link.fingerprint, link.url, is_nofollow});
  });
  in_.frontier.add_links(lease.id, children, is_redirect);
}

// Where a seed redirects, the place it ends at counts as that seed.
void Recorder::widen_scope(storage::UrlId page, std::string_view target) {
  if (in_.frontier.depth(page) != 0) return;
  const auto url = Url::from_serialised(std::string(target));
  if (!url) return;
  const Seed& seed = in_.options.seeds[in_.frontier.seed(page)];
  const Scope scope = seed.scope.value_or(in_.options.scope);
  const Url canonical = parse::canonical_url(*url, in_.options.query_rules);
  if (!scope_.admit(canonical, scope)) return;
  admitted_.push_back({canonical.href(), scope});
  if (scope == Scope::kAny) {
    in_.frontier.readmit_where("scope", [](std::string_view) { return true; });
  } else if (scope == Scope::kDomain) {
    const std::string domain = domain_of(url->host());
    in_.frontier.readmit_where("scope",
                               [&](std::string_view host) { return domain_of(host) == domain; });
  } else {
    in_.frontier.readmit("scope", url->host());
  }
}

void Recorder::lower_depth(storage::Results::DepthPlace line, std::uint32_t depth) {
  if (auto lowered = results_->lower_depth(line, depth); !lowered)
    in_.stopping.fail_of_machine(lowered.error());
}

void Recorder::report_settled(storage::UrlId id) const {
  const storage::Frontier& frontier = in_.frontier;
  std::string reason = printable(frontier.reason(id));
  if (const auto line = frontier.detail(id); line > 0) reason += fmt::format(", line {}", line);
  if (!reason.empty()) reason = " (" + reason + ")";
  say(fmt::format("{} {}{}\n", to_string(frontier.state(id)), printable(frontier.url(id)), reason));
}

void Recorder::print(const storage::RenderedLine& line, const Lease& lease,
                     const Outcome& outcome) {
  if (in_.options.is_verbose) report_settled(lease.id);
  if (!printed_) return;
  if (in_.options.print == PrintMode::kJsonl) {
    printed_->write(line.text);
  } else if (outcome.state == UrlState::kStored) {
    printed_->write(lease.url);
  }
}

void Recorder::write_changes(storage::Barrier& checkpoint, const storage::Instant&) {
  storage::LedgerBatch& batch = checkpoint.batch;
  checkpoint.files.push_back(kPages);
  checkpoint.patches = results_->take_patches();
  batch.put(storage::FileEntry{kPages, results_->bytes(), results_->lines()});
  batch.put_patches(checkpoint.patches);
  results_->committed(results_->bytes());
  for (const Admitted& admitted : std::exchange(admitted_, {})) {
    batch.put_admitted(admitted_before_++,
                       {admitted.url, static_cast<std::uint8_t>(admitted.scope)});
  }
}

}  // namespace scraper
