#include "scraper/rules/outcome.h"

#include <algorithm>
#include <cmath>

#include "base/http_head.h"

namespace scraper {

using storage::UrlState;

namespace {

bool is_passing(int status) {
  return status == 408 || status == 429 || status == 500 || status == 502 || status == 503 ||
         status == 504;
}

std::optional<Duration> asked_to_wait(const Capture& capture) {
  const auto head = parse_http_head(capture.head);
  if (!head) return std::nullopt;
  const auto field = head->field("retry-after");
  if (!field) return std::nullopt;
  const auto now = std::chrono::floor<std::chrono::seconds>(wall_now()).time_since_epoch().count();
  const auto wait = parse_retry_after(*field, now);
  if (!wait) return std::nullopt;
  return std::chrono::seconds(*wait);
}

}  // namespace

std::optional<Retry> retry_after(const Capture& capture, unsigned attempt,
                                 const RetryPolicy& policy, double jitter) {
  const bool is_passing_status = capture.error == FetchError::kNone && is_passing(capture.status);
  if (attempt > policy.retries || !(is_passing_status || is_worth_retrying(capture.error)))
    return std::nullopt;
  if (is_passing_status) {
    if (const auto wait = asked_to_wait(capture))
      return Retry{std::min(*wait, policy.longest_hold), true};
  }
  const double doubled =
      std::ldexp(seconds(policy.first_wait), static_cast<int>(std::min(attempt - 1, 20u)));
  const double wait = std::min(doubled, seconds(policy.longest_wait)) * (0.75 + jitter / 2);
  return Retry{std::chrono::duration_cast<Duration>(std::chrono::duration<double>(wait)), false};
}

Outcome outcome_without_record(const Capture& capture) {
  return {UrlState::kFailed, std::string(to_string(capture.error))};
}

Outcome outcome_of_page(const Capture& capture, const PageRecord& record) {
  if (record.fault == PageFault::kBadRecord) return {UrlState::kFailed, "bad record"};
  const int status = capture.status;
  if (status >= 300 && status < 400 && !record.location.empty()) {
    if (record.location.substr(0, record.location.find('#')) == capture.url.without_fragment())
      return {UrlState::kFailed, "redirect loop"};
    return {UrlState::kDuplicate, "redirect"};
  }
  if (status >= 300 && status < 400 && record.links_too_long > 0)
    return {UrlState::kFailed, "redirect too long"};
  // 206 answers a Range that was never asked for: a part is no page.
  if (status < 200 || status >= 300 || status == 206)
    return {UrlState::kFailed, "http " + std::to_string(status)};
  if (capture.is_truncated) return {UrlState::kFailed, "too large"};
  return {UrlState::kStored, {}};
}

Outcome outcome_of_quarantined(const std::string& reason) {
  return {UrlState::kFailed, "quarantined: " + reason};
}

Outcome outcome_of(const Capture& capture, const parse::ParseOutcome* parsed) {
  if (parsed == nullptr) return outcome_without_record(capture);
  if (const auto* record = std::get_if<PageRecord>(parsed))
    return outcome_of_page(capture, *record);
  // What was cut has no end to be read: that it was too large is the better reason.
  if (capture.is_truncated) return {UrlState::kFailed, "too large"};
  return outcome_of_quarantined(std::get<parse::ParseFailure>(*parsed).reason);
}

bool is_about_document(const parse::ParseFailure& failure) {
  return !failure.reason.starts_with("worker does not start") &&
         !failure.reason.starts_with("segment not readable");
}

}  // namespace scraper
