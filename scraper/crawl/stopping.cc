#include "scraper/crawl/stopping.h"

#include <fmt/format.h>

#include <boost/asio/as_tuple.hpp>
#include <boost/asio/co_spawn.hpp>
#include <boost/asio/use_awaitable.hpp>
#include <csignal>
#include <memory>
#include <utility>

#include "base/rethrow.h"
#include "base/say.h"

namespace asio = boost::asio;

namespace scraper {

namespace {

constexpr auto kTermGrace = std::chrono::seconds(3);
// Cut short it has ended within a second, the report written.
constexpr auto kCutGrace = std::chrono::milliseconds(700);

void call(const std::vector<std::function<void()>>& all) {
  for (const auto& act : all) act();
}

}  // namespace

std::string_view to_string(End end) {
  switch (end) {
    case End::kComplete: return "complete";
    case End::kLimit: return "limit";
    case End::kMaxTime: return "max-time";
    case End::kQuota: return "quota";
    case End::kInterrupted: return "interrupted";
    case End::kTerminated: return "terminated";
    case End::kOutputClosed: return "output closed";
    case End::kBroken: return "error";
  }
  return "unknown";
}

void Stopping::begin(End why) {
  if (!is_stopping_) stopped_at_ = clock_.now();
  is_stopping_ = true;
  end_ = why;
}

void Stopping::stop(End why) {
  // A signal counts even where something else was ending the crawl already.
  if (is_stopping_ && why != End::kInterrupted && why != End::kTerminated) return;
  if (end_ == End::kBroken) return;
  begin(why);
  call(on_change_);
}

void Stopping::fail(Error error) {
  if (!error_) error_ = std::move(error);
  if (end_ != End::kBroken) call(on_cut_);
  begin(End::kBroken);
  call(on_change_);
}

void Stopping::fail_of_machine(Error error) {
  if (error.code == Errc::kFile) error.code = Errc::kExhausted;
  fail(std::move(error));
}

void Stopping::lose_frontier(Error why) {
  is_frontier_lost_ = true;
  is_cut_short_ = true;
  fail_of_machine(std::move(why));
}

void Stopping::take_signals() {
  signals_.add(SIGINT);
  signals_.add(SIGTERM);
}

// The first signal finishes what is in flight, the second ends it now; SIGTERM gives it a few
// seconds.
asio::awaitable<void> Stopping::watch_signals() {
  for (int signals = 1;; ++signals) {
    const auto [error, number] = co_await signals_.async_wait(asio::as_tuple(asio::use_awaitable));
    if (error) co_return;
    const bool is_second = signals > 1;
    stop(number == SIGTERM ? End::kTerminated : End::kInterrupted);
    if (!is_second && !is_quiet_) {
      say(
          fmt::format("\nscraper: finishing what is in flight ({} requests, {} to parse); once "
                      "more to stop now\n",
                      meter_.in_flight.value(), meter_.unparsed.value()));
    }
    if (is_second) {
      cut_short_after(Duration{});
    } else if (number == SIGTERM) {
      cut_short_after(kTermGrace);
    }
  }
}

void Stopping::cut_short_after(Duration grace) { asio::co_spawn(io_, cut_short(grace), kRethrow); }

// What was fetched is still written and what is parsed by then recorded; a document that takes
// longer is left captured.
asio::awaitable<void> Stopping::cut_short(Duration grace) {
  const std::unique_ptr<Alarm> alarm = clock_.make_alarm();
  if (grace > Duration{}) co_await alarm->wait_until(clock_.now() + grace);
  is_cut_short_ = true;
  call(on_cut_);
  call(on_change_);
  co_await alarm->wait_until(clock_.now() + kCutGrace);
  if (!ended_) io_.stop();
}

}  // namespace scraper
