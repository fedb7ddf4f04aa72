#include "scraper/rules/outcome.h"

#include "tests/catch.h"

using namespace scraper;
using namespace std::chrono_literals;
using storage::UrlState;

namespace {

Capture answer(int status, std::string fields = {}) {
  Capture capture;
  capture.url = *Url::from_serialised("http://a.test/");
  capture.status = status;
  capture.head = "HTTP/1.1 " + std::to_string(status) + " X\r\n" + fields + "\r\n";
  return capture;
}

Capture no_answer(FetchError error) {
  Capture capture;
  capture.error = error;
  return capture;
}

PageRecord record_of(std::string_view location = {}, PageFault fault = PageFault::kNone) {
  PageRecord record;
  record.location = location;
  record.fault = fault;
  return record;
}

}  // namespace

TEST_CASE("every status has its state and reason") {
  struct Case {
    int status;
    std::string_view location;
    UrlState state;
    std::string reason;
  };
  const auto c = GENERATE(values<Case>({{200, "", UrlState::kStored, ""},
                                        {204, "", UrlState::kStored, ""},
                                        {206, "", UrlState::kFailed, "http 206"},
                                        {301, "http://b.test/", UrlState::kDuplicate, "redirect"},
                                        {302, "http://a.test/", UrlState::kFailed, "redirect loop"},
                                        {304, "", UrlState::kFailed, "http 304"},
                                        {404, "", UrlState::kFailed, "http 404"},
                                        {500, "", UrlState::kFailed, "http 500"}}));
  CAPTURE(c.status);
  const auto outcome = outcome_of_page(answer(c.status), record_of(c.location));
  CHECK(outcome.state == c.state);
  CHECK(outcome.reason == c.reason);
}

TEST_CASE(
    "a page cut at --max-body is too large, a record our disk spoilt is bad, a quarantined page "
    "says why") {
  Capture cut = answer(200);
  cut.is_truncated = true;
  CHECK(outcome_of_page(cut, record_of()).reason == "too large");
  CHECK(outcome_of_page(answer(200), record_of({}, PageFault::kBadRecord)).reason == "bad record");
  CHECK(outcome_of_quarantined("cpu limit").reason == "quarantined: cpu limit");
  CHECK(outcome_without_record(no_answer(FetchError::kTimeout)).reason == "timeout");

  const parse::ParseOutcome none = parse::ParseFailure{"cpu limit"};
  CHECK(outcome_of(answer(200), &none).reason == "quarantined: cpu limit");
  CHECK(outcome_of(cut, &none).reason ==
        "too large");  // the end that would have been read is not there
  const parse::ParseOutcome page = record_of("http://b.test/");
  CHECK(outcome_of(answer(301), &page).state == UrlState::kDuplicate);
  CHECK(outcome_of(no_answer(FetchError::kReset), nullptr).reason == "reset");
}

TEST_CASE("what may pass is tried again, as often as --retries says, each time later") {
  const RetryPolicy policy{2, 1s, 60s};
  for (const int status : {408, 429, 500, 502, 503, 504})
    CHECK(retry_after(answer(status), 1, policy, 0.5));
  for (const int status : {200, 301, 400, 401, 403, 404, 410, 501})
    CHECK_FALSE(retry_after(answer(status), 1, policy, 0.5));
  for (const auto error : {FetchError::kConnect, FetchError::kTimeout, FetchError::kReset,
                           FetchError::kTruncated, FetchError::kResolve}) {
    CHECK(retry_after(no_answer(error), 1, policy, 0.5));
  }
  for (const auto error : {FetchError::kTls, FetchError::kAddressRefused, FetchError::kProtocol,
                           FetchError::kCancelled}) {
    CHECK_FALSE(retry_after(no_answer(error), 1, policy, 0.5));
  }
  CHECK(retry_after(answer(500), 1, policy, 0.5)->wait == 1s);
  CHECK(retry_after(answer(500), 2, policy, 0.5)->wait == 2s);
  CHECK_FALSE(retry_after(answer(500), 3, policy, 0.5));
  CHECK(retry_after(answer(500), 1, policy, 0)->wait == 750ms);
  CHECK(retry_after(answer(500), 30, {100, 1s, 60s}, 0.5)->wait == 60s);
}

TEST_CASE("Retry-After holds the host for as long as it says") {
  const RetryPolicy policy{2, 1s, 60s};
  const auto retry = retry_after(answer(503, "Retry-After: 7\r\n"), 1, policy, 0.9);
  REQUIRE(retry);
  CHECK(retry->wait == 7s);
  CHECK(retry->holds_host);
  CHECK_FALSE(retry_after(answer(503, "Retry-After: soon\r\n"), 1, policy, 0.5)->holds_host);
  CHECK_FALSE(retry_after(answer(503), 1, policy, 0.5)->holds_host);
}
