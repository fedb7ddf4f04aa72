#include "bench/run_watch.h"

#include <fmt/format.h>
#include <unistd.h>

#include <algorithm>
#include <csignal>
#include <utility>

#include "base/say.h"

namespace scraper::bench {

namespace {

constexpr std::array<int, 2> kWatched = {SIGINT, SIGTERM};
constexpr std::chrono::seconds kBetweenLines{10};

volatile std::sig_atomic_t interrupting_signal = 0;

}  // namespace

InterruptWatch::InterruptWatch() {
  interrupting_signal = 0;
  for (std::size_t i = 0; i < kSignals; ++i)
    before_[i] = std::signal(kWatched[i], [](int signal) { interrupting_signal = signal; });
}

InterruptWatch::~InterruptWatch() {
  for (std::size_t i = 0; i < kSignals; ++i) std::signal(kWatched[i], before_[i]);
}

bool InterruptWatch::is_interrupted() { return interrupting_signal != 0; }

int InterruptWatch::exit_code() { return 128 + interrupting_signal; }

std::string interrupted_in_words(std::size_t whole, std::size_t planned, std::string_view unit) {
  if (whole == 0)
    return fmt::format("interrupted before the first {} was whole: nothing was written", unit);
  return fmt::format("interrupted after {} of {} {}s: what was measured until then is written",
                     whole, planned, unit);
}

RunProgress::RunProgress(std::string name, double planned_seconds)
    : name_(std::move(name)),
      planned_seconds_(planned_seconds),
      is_terminal_(::isatty(STDERR_FILENO) == 1) {}

RunProgress::~RunProgress() {
  if (has_line_ && is_terminal_) scraper::say("\n");
}

void RunProgress::begin(const std::string& what, double planned_seconds) {
  planned_so_far_ += std::exchange(planned_now_, planned_seconds);
  const TimePoint now = SteadyClock::now();
  if (!is_terminal_ && now < next_line_) return;
  next_line_ = now + kBetweenLines;
  const std::string line =
      fmt::format("{}: {}, {} left", name_, what, duration_in_words(seconds_left()));
  scraper::say(is_terminal_ ? fmt::format("\r\x1b[K{}", line) : line + "\n");
  has_line_ = true;
}

// The plan's own pace until a tenth has been seen of the true one.
double RunProgress::seconds_left() const {
  const double left = std::max(0.0, planned_seconds_ - planned_so_far_);
  if (planned_so_far_ < planned_seconds_ / 10) return left;
  return left * seconds(SteadyClock::now() - begun_) / planned_so_far_;
}

std::string duration_in_words(double seconds) {
  return seconds < 100 ? fmt::format("{:.0f} s", seconds) : fmt::format("{:.0f} min", seconds / 60);
}

}  // namespace scraper::bench
