// What becomes of what came back: retry, result line, state, links. Everything here happens in one
// turn of the owner.
#include <fmt/format.h>

#include <utility>

#include "base/json_writer.h"
#include "base/say.h"
#include "parse/url/url.h"
#include "scraper/crawl/crawl.h"
#include "scraper/rules/result_line.h"

namespace scraper {

using storage::Lease;
using storage::UrlState;

namespace {

constexpr std::size_t kMostSetAsideNotes = 5;

}  // namespace

// No room for a body, no descriptor for a socket: no word about the site, and nothing the next page
// would not meet too.
bool Crawl::is_our_failure(const Capture& capture) {
  if (capture.error == FetchError::kExhausted) {
    ask_fewer(capture);
    return true;
  }
  if (capture.error != FetchError::kLocal) return false;
  fail({Errc::kExhausted, capture.error_text});
  return true;
}

bool Crawl::try_again(const Lease& lease, const Capture& capture) {
  const double jitter = std::uniform_real_distribution<>(0, 1)(random_);
  const auto retry = retry_after(capture, lease.attempt, retry_policy_, jitter);
  if (!retry) return false;
  ++meter_.retries;
  const TimePoint not_before = now() + retry->wait;
  if (retry->holds_host) frontier_->hold(lease.host, now(), not_before);
  if (lease.kind == storage::LeaseKind::kPage) {
    frontier_->retry(lease.id, not_before);
  } else {
    frontier_->ask_again(lease, capture.url, not_before, lease.attempt + 1);
  }
  return true;
}

void Crawl::take_page(const Lease& lease, const Capture& capture, Place place,
                      const parse::ParseOutcome& parsed) {
  const auto* failure = std::get_if<parse::ParseFailure>(&parsed);
  if (failure != nullptr && !set_aside(lease.url, place, *failure))
    return frontier_->leave_captured(lease.id);
  const Outcome outcome = outcome_of(capture, &parsed);
  if (const auto* record = std::get_if<PageRecord>(&parsed)) {
    const bool is_redirect = outcome.state == UrlState::kDuplicate;
    if (is_redirect) widen_scope(lease.id, record->location);
    follow_links(lease, *record, is_redirect);
    if (options_.obeys_noindex && outcome.state == UrlState::kStored && record->asks_noindex) {
      return frontier_->settle(lease.id, UrlState::kExcluded, "noindex");
    }
  }
  finish(lease, outcome, capture, place, &parsed);
}

// False when the document is not to blame, or cannot be set aside.
bool Crawl::set_aside(const std::string& url, Place place, const parse::ParseFailure& failure) {
  if (!is_about_document(failure)) {
    fail({Errc::kExhausted, failure.reason});
    return false;
  }
  if (auto kept = quarantine_->set_aside({url, place, failure.reason, failure.attempts}); !kept) {
    fail_of_machine(kept.error());
    return false;
  }
  if (set_aside_notes_.size() < kMostSetAsideNotes)
    set_aside_notes_.push_back({url, failure.reason, quarantine_->reproduce_command(place)});
  return true;
}

void Crawl::take_failure(const Lease& lease, const Capture& capture, Place place) {
  finish(lease, outcome_of(capture, nullptr), capture, place, nullptr);
}

// The line first, then the state: a state that is final has its line.
void Crawl::finish(const Lease& lease, const Outcome& outcome, const Capture& capture, Place place,
                   const parse::ParseOutcome* parsed) {
  LineFacts facts;
  facts.url = lease.url;
  if (const auto referrer = frontier_->referrer(lease.id); storage::is_sitemap(referrer)) {
    facts.referrer = sitemap_book_.url(referrer - storage::kFirstSitemap);
  } else if (referrer != storage::kNoUrl) {
    facts.referrer = frontier_->url(referrer);
  }
  facts.depth = frontier_->depth(lease.id);
  facts.attempts = lease.attempt;
  facts.seed = &options_.seeds[frontier_->seed(lease.id)];
  const storage::ResultLine line = result_line(facts, capture, place, parsed, outcome, options_);
  const storage::RenderedLine rendered = storage::render(line);
  frontier_->set_line(lease.id, results_->append(rendered, line.depth));
  note_line(rendered.text.size());
  write_lines();
  frontier_->settle(lease.id, outcome.state, outcome.reason);
  print(rendered, lease, outcome);
}

void Crawl::follow_links(const Lease& lease, const PageRecord& record, bool is_redirect) {
  const bool is_nofollow = !options_.ignores_meta_nofollow && record.asks_nofollow;
  std::vector<storage::Frontier::Child> children;
  children.reserve(record.links.size());
  for (const Link& link : record.links) {
    if (!(is_redirect ? link.kind == LinkKind::kRedirect : holds(options_.follow, link.kind)))
      continue;
    children.push_back({link.fingerprint, link.url,
                        is_nofollow || (options_.obeys_rel_nofollow && link.is_nofollow)});
  }
  frontier_->add_links(lease.id, children, is_redirect);
}

// Where a seed redirects, the place it ends at counts as that seed.
void Crawl::widen_scope(storage::UrlId page, std::string_view target) {
  if (frontier_->depth(page) != 0) return;
  const auto url = Url::from_serialised(std::string(target));
  if (!url) return;
  const Seed& seed = options_.seeds[frontier_->seed(page)];
  const Scope scope = seed.scope.value_or(options_.scope);
  const Url canonical = parse::canonical_url(*url, options_.query_rules);
  if (!scope_.admit(canonical, scope)) return;
  admitted_.push_back({canonical.href(), scope});
  if (scope == Scope::kAny) {
    frontier_->readmit_where("scope", [](std::string_view) { return true; });
  } else if (scope == Scope::kDomain) {
    const std::string domain = domain_of(url->host());
    frontier_->readmit_where("scope",
                             [&](std::string_view host) { return domain_of(host) == domain; });
  } else {
    frontier_->readmit("scope", url->host());
  }
}

// A line of -v.
void Crawl::tell_of(storage::UrlId id) const {
  std::string reason = printable(frontier_->reason(id));
  if (const auto line = frontier_->detail(id); line > 0) reason += fmt::format(", line {}", line);
  if (!reason.empty()) reason = " (" + reason + ")";
  say(fmt::format("{} {}{}\n", to_string(frontier_->state(id)), printable(frontier_->url(id)),
                  reason));
}

void Crawl::print(const storage::RenderedLine& line, const Lease& lease, const Outcome& outcome) {
  if (options_.is_verbose) tell_of(lease.id);
  if (!printed_) return;
  if (options_.print == PrintMode::kJsonl) {
    printed_->write(line.text);
  } else if (outcome.state == UrlState::kStored) {
    printed_->write(lease.url);
  }
}

}  // namespace scraper
