#include "scraper/config/values.h"

#include <fmt/format.h>

#include <algorithm>
#include <array>
#include <charconv>
#include <cmath>

#include "base/printable.h"

namespace scraper::cli {
namespace {

constexpr std::size_t kShown = 120;  // bytes of what somebody wrote that an error repeats

struct Unit {
  std::string_view name;
  double factor;
};

constexpr double kKibi = 1024;
constexpr std::array kTimes = {Unit{"ms", 1}, Unit{"s", 1e3}, Unit{"", 1e3}, Unit{"m", 60e3},
                               Unit{"h", 3600e3}};
constexpr std::array kSizes = {Unit{"", 1},
                               Unit{"K", kKibi},
                               Unit{"M", kKibi* kKibi},
                               Unit{"G", kKibi* kKibi* kKibi},
                               Unit{"T", kKibi* kKibi* kKibi* kKibi},
                               Unit{"k", kKibi},
                               Unit{"m", kKibi* kKibi},
                               Unit{"g", kKibi* kKibi* kKibi},
                               Unit{"t", kKibi* kKibi* kKibi* kKibi}};
constexpr std::array kRates = {Unit{"/s", 1}, Unit{"", 1}, Unit{"/m", 1.0 / 60},
                               Unit{"/h", 1.0 / 3600}};

constexpr double kMostMillis = 10 * 366 * 24 * 3600e3;
constexpr double kMostBytes = 9e18;
constexpr double kMostRate = 1e6;

// A plain decimal number (no sign, exponent, "inf" or "nan", all of which from_chars would take)
// and one of the units.
std::optional<double> parse_measure(std::string_view text, std::span<const Unit> units) {
  const std::size_t digits = std::min(text.find_first_not_of("0123456789."), text.size());
  if (digits == 0 || digits > 30 || text.front() == '.' || text[digits - 1] == '.')
    return std::nullopt;
  double number = 0;
  const auto [end, fault] =
      std::from_chars(text.data(), text.data() + digits, number, std::chars_format::fixed);
  if (fault != std::errc() || end != text.data() + digits) return std::nullopt;
  for (const Unit& unit : units) {
    if (unit.name == text.substr(digits)) return number * unit.factor;
  }
  return std::nullopt;
}

Result<double> measure(std::string_view text, std::span<const Unit> units, double most,
                       std::string_view what) {
  const auto number = parse_measure(text, units);
  if (!number) return usage_error(fmt::format("{} is {}", in_quotes(text), what));
  if (*number > most) return usage_error(fmt::format("{} is too much", in_quotes(text)));
  return *number;
}

std::size_t distance(std::string_view a, std::string_view b) {
  std::vector<std::size_t> before(b.size() + 1), above(b.size() + 1), row(b.size() + 1);
  for (std::size_t j = 0; j <= b.size(); ++j) above[j] = j;
  for (std::size_t i = 1; i <= a.size(); ++i) {
    row[0] = i;
    for (std::size_t j = 1; j <= b.size(); ++j) {
      row[j] =
          std::min({above[j] + 1, row[j - 1] + 1, above[j - 1] + (a[i - 1] == b[j - 1] ? 0 : 1)});
      if (i > 1 && j > 1 && a[i - 1] == b[j - 2] && a[i - 2] == b[j - 1])
        row[j] = std::min(row[j], before[j - 2] + 1);
    }
    before.swap(above);
    above.swap(row);
  }
  return above[b.size()];
}

// The largest unit that divides evenly.
template <std::size_t N>
std::string in_units(std::uint64_t number,
                     const std::array<std::pair<std::uint64_t, std::string_view>, N>& units) {
  for (const auto& [factor, name] : units) {
    if (number % factor == 0 && number != 0) return fmt::format("{}{}", number / factor, name);
  }
  return std::to_string(number);
}

}  // namespace

Result<std::chrono::milliseconds> parse_time(std::string_view text) {
  const auto millis = measure(text, kTimes, kMostMillis, "no time (examples: 500ms, 2s, 1h)");
  if (!millis) return millis.error();
  return std::chrono::milliseconds(std::llround(*millis));
}

Result<std::uint64_t> parse_size(std::string_view text) {
  const auto bytes = measure(text, kSizes, kMostBytes, "no size (examples: 500K, 16M, 10G)");
  if (!bytes) return bytes.error();
  return static_cast<std::uint64_t>(std::llround(*bytes));
}

Result<std::uint64_t> parse_count(std::string_view text, std::uint64_t least, std::uint64_t most) {
  std::uint64_t number = 0;
  const auto [end, fault] = std::from_chars(text.data(), text.data() + text.size(), number);
  if (text.empty() || end != text.data() + text.size() || fault == std::errc::invalid_argument) {
    return usage_error(fmt::format("{} is no whole number", in_quotes(text)));
  }
  if (fault == std::errc::result_out_of_range || number > most) {
    return usage_error(
        fmt::format("{} is too much, at most {}", printable(text.substr(0, 40)), most));
  }
  if (number < least)
    return usage_error(fmt::format("{} is too little, at least {}", number, least));
  return number;
}

Result<double> parse_rate(std::string_view text) {
  return measure(text, kRates, kMostRate, "no rate (examples: 50/s, 30/m, 600/h)");
}

std::string show_time(std::chrono::milliseconds time) {
  constexpr std::array<std::pair<std::uint64_t, std::string_view>, 4> kUnits = {
      {{3'600'000, "h"}, {60'000, "m"}, {1'000, "s"}, {1, "ms"}}};
  return in_units(static_cast<std::uint64_t>(time.count()), kUnits);
}

std::string show_size(std::uint64_t bytes) {
  constexpr std::array<std::pair<std::uint64_t, std::string_view>, 4> kUnits = {
      {{1ull << 40, "T"}, {1ull << 30, "G"}, {1ull << 20, "M"}, {1ull << 10, "K"}}};
  return in_units(bytes, kUnits);
}

std::string show_rate(double per_second) {
  if (per_second == 0 || per_second >= 1 || per_second * 3600 != std::floor(per_second * 3600))
    return fmt::format("{}/s", per_second);
  const double per_minute = per_second * 60;
  return per_minute == std::floor(per_minute) ? fmt::format("{}/m", per_minute)
                                              : fmt::format("{}/h", per_second * 3600);
}

std::string in_quotes(std::string_view text) {
  const bool is_long = text.size() > kShown;
  return fmt::format("\"{}{}\"", printable(text.substr(0, kShown)), is_long ? "..." : "");
}

std::optional<std::string_view> nearest(std::string_view wrong,
                                        std::span<const std::string_view> names) {
  if (wrong.empty() || wrong.size() > kShown) return std::nullopt;
  std::optional<std::string_view> best;
  std::size_t least = wrong.size() < 4   ? 2
                      : wrong.size() < 8 ? 3
                                         : 4;  // one past what is still a slip of the finger
  for (const std::string_view name : names) {
    const std::size_t d = distance(wrong, name);
    if (d < least) {
      least = d;
      best = name;
    }
  }
  return best;
}

std::string did_you_mean(std::string_view wrong, std::span<const std::string_view> names,
                         std::string_view before) {
  const auto name = nearest(wrong, names);
  return name ? fmt::format(": did you mean {}{}?", before, *name) : std::string();
}

Error no_such_word(std::string_view text, std::span<const std::string_view> names) {
  return usage_error(fmt::format("{} is none of {}{}", in_quotes(text), fmt::join(names, ", "),
                                 did_you_mean(text, names)));
}

}  // namespace scraper::cli
