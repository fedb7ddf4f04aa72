#include "base/kill_point.h"

#include <fmt/format.h>
#include <signal.h>
#include <unistd.h>

#include <algorithm>
#include <atomic>
#include <charconv>
#include <cstdlib>
#include <optional>

#include "base/printable.h"

namespace scraper {

namespace {

std::string_view variable(std::string_view name) {
  const char* value = std::getenv(std::string(name).c_str());
  return value == nullptr ? std::string_view() : std::string_view(value);
}

std::optional<std::uint64_t> number_of(std::string_view text) {
  std::uint64_t number = 0;
  const auto [end, error] = std::from_chars(text.data(), text.data() + text.size(), number);
  if (error != std::errc() || end != text.data() + text.size() || number == 0) return std::nullopt;
  return number;
}

struct Wanted {
  std::size_t point = std::size(kKillPoints);  // none
  std::uint64_t time = 0;
};

std::optional<Wanted> to_wanted(std::string_view text) {
  const std::size_t colon = std::min(text.find(':'), text.size());
  const auto* point =
      std::find(std::begin(kKillPoints), std::end(kKillPoints), text.substr(0, colon));
  const auto time = number_of(text.substr(std::min(colon + 1, text.size())));
  if (point == std::end(kKillPoints) || !time) return std::nullopt;
  return Wanted{static_cast<std::size_t>(point - std::begin(kKillPoints)), *time};
}

}  // namespace

bool is_kill_due(KillPoint point) {
  static const Wanted wanted = to_wanted(variable("SCRAPER_KILL_AT")).value_or(Wanted());
  static std::atomic<std::uint64_t> times{0};
  return point.index() == wanted.point && ++times == wanted.time;
}

void kill_here() {
  ::kill(::getpid(), SIGKILL);
  while (true) ::pause();  // it may come a moment later
}

std::uint64_t test_limit(TestLimit limit, std::uint64_t otherwise) {
  return number_of(variable(kTestLimits[limit.index()])).value_or(otherwise);
}

Result<void> check_kill_points() {
  const std::string_view at = variable("SCRAPER_KILL_AT");
  if (!at.empty() && !to_wanted(at)) {
    return usage_error(
        fmt::format("SCRAPER_KILL_AT: {} is no POINT:N; scraper/base/kill_point.h has the points",
                    printable(at)));
  }
  for (const std::string_view name : kTestLimits) {
    const std::string_view value = variable(name);
    if (!value.empty() && !number_of(value))
      return usage_error(fmt::format("{}: {} is no number", name, printable(value)));
  }
  return {};
}

}  // namespace scraper
