#include "tests/crawl/simulated_stages.h"

#include <algorithm>
#include <utility>

namespace asio = boost::asio;

namespace scraper::test {

asio::awaitable<Capture> SimulatedStages::transfer(std::string url, std::optional<std::uint64_t>) {
  requests.push_back({url, clock_.now()});
  const SimulatedPage page = web_(url, ++attempts_[url]);
  Capture capture;
  capture.url = Url::from_serialised(url).value();
  capture.timing.started = clock_.wall_now();
  capture.timing.total = page.takes;
  const auto alarm = clock_.make_alarm();
  in_flight_.insert(alarm.get());
  co_await alarm->wait_until(clock_.now() + page.takes);
  in_flight_.erase(alarm.get());
  capture.error = is_cancelled_ ? FetchError::kCancelled : page.error;
  if (capture.error == FetchError::kNone) capture.status = page.status;
  answered_[url] = page;
  co_return capture;
}

void SimulatedStages::cancel_transfers() {
  is_cancelled_ = true;
  for (Alarm* alarm : in_flight_) alarm->cancel();
}

asio::awaitable<Result<storage::Appended>> SimulatedStages::append(Capture capture) {
  if (appends_to_fail > 0) {
    --appends_to_fail;
    co_return Error{Errc::kExhausted, "no room"};
  }
  constexpr std::uint64_t kLength = 1'000;
  storage::Appended appended;
  appended.place = {0, end_, kLength, 0};
  archive_[end_] = answered_[capture.url.href()];
  end_ += kLength;
  appended.end = {0, end_};
  co_return appended;
}

asio::awaitable<parse::ParseOutcome> SimulatedStages::parse(Place place, parse::TaskKind,
                                                            RecordBytes) {
  const SimulatedPage& page = archive_.at(place.offset);
  PageRecord record;
  record.status = page.status;
  for (const std::string& link : page.links)
    record.bytes.insert(record.bytes.end(), link.begin(), link.end());
  std::size_t at = 0;
  for (const std::string& text : page.links) {
    Link link;
    link.url = std::string_view(record.bytes.data() + at, text.size());
    link.fingerprint = fingerprint(link.url, key);
    at += text.size();
    record.links.push_back(link);
  }
  co_return record;
}

}  // namespace scraper::test
