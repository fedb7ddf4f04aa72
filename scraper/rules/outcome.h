// What becomes of a URL, decided from what came back: the crawl's retry policy and the states of
// docs/architecture.md as pure functions, tested as tables.
#pragma once

#include <cstdint>
#include <optional>
#include <string>

#include "base/capture.h"
#include "base/clock.h"
#include "base/page_record.h"
#include "parse/outcome.h"
#include "storage/url_state.h"

namespace scraper {

struct RetryPolicy {
  unsigned retries = 2;
  Duration first_wait = std::chrono::seconds(1);
  Duration longest_wait = std::chrono::seconds(60);
  Duration longest_hold = std::chrono::minutes(
      10);  // of what Retry-After asks: a site may slow the crawl down, not stop it for ever
};

// How long the URL, and if `holds_host` its whole host, is left alone before the next attempt.
struct Retry {
  Duration wait{};
  bool holds_host = false;
};

// After attempt number `attempt` (from 1). `jitter` in [0, 1). Nothing when this was the last
// attempt or another would end the same. Network errors and 408, 429, 500, 502, 503, 504 are tried
// again after first_wait * 2^(attempt-1), give or take a quarter; a Retry-After holds the host for
// as long as it says, up to longest_hold.
std::optional<Retry> retry_after(const Capture& capture, unsigned attempt,
                                 const RetryPolicy& policy, double jitter);

// The state a URL ends in, and why ("http 404", "timeout", "too large", …; empty for stored).
struct Outcome {
  storage::UrlState state = storage::UrlState::kStored;
  std::string reason;
};

Outcome outcome_without_record(const Capture& capture);  // no answer, or one that broke off
Outcome outcome_of_page(const Capture& capture, const PageRecord& record);  // a worker has read it
Outcome outcome_of_quarantined(const std::string& reason);  // no worker got through it

// Of any capture of a page: `parsed` is what came of parsing it, null where there was no whole
// answer and so no worker was asked.
Outcome outcome_of(const Capture& capture, const parse::ParseOutcome* parsed);

// Else it is our own failure (no worker starts, a segment cannot be opened), and no page is to
// blame.
bool is_about_document(const parse::ParseFailure& failure);

}  // namespace scraper
