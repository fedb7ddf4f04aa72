#include "bench/report/text.h"

#include <fmt/format.h>

#include <algorithm>
#include <array>
#include <cmath>

namespace scraper::bench::report {

namespace {

constexpr const char* kNoBreak = "\u00a0";

// 1234567 -> 1,234,567
std::string grouped(double whole) {
  std::string digits = fmt::format("{:.0f}", whole);
  const std::size_t first = digits.starts_with('-') ? 1 : 0;
  for (std::size_t at = digits.size(); at > first + 3;) digits.insert(at -= 3, ",");
  return digits;
}

std::string with_decimals(double value, int decimals) {
  std::string digits = fmt::format("{:.{}f}", value, decimals);
  if (decimals == 0) return digits;
  while (digits.ends_with('0')) digits.pop_back();
  if (digits.ends_with('.')) digits.pop_back();
  return digits;
}

struct Unit {
  double bytes;
  const char* name;
};

constexpr std::array<Unit, 5> kUnits = {
    {{1, "bytes"}, {1024, "KB"}, {1048576, "MB"}, {1073741824, "GB"}, {1099511627776, "TB"}}};

// The largest that fits.
const Unit& unit_of(double bytes) {
  const Unit* unit = kUnits.data();
  for (const Unit& one : kUnits) {
    if (bytes >= one.bytes) unit = &one;
  }
  return *unit;
}

}  // namespace

std::string escaped(std::string_view text) {
  std::string safe;
  safe.reserve(text.size());
  for (const char c : text) {
    switch (c) {
      case '&': safe += "&amp;"; break;
      case '<': safe += "&lt;"; break;
      case '>': safe += "&gt;"; break;
      case '"': safe += "&quot;"; break;
      case '\'': safe += "&#39;"; break;
      default:
        if (static_cast<unsigned char>(c) >= 0x20 || c == '\n' || c == '\t') safe += c;
    }
  }
  return safe;
}

std::string number(double value) {
  if (value == 0) return "0";
  const int digits_before = static_cast<int>(std::floor(std::log10(std::abs(value)))) + 1;
  if (digits_before > 15) return fmt::format("{:.3g}", value);
  if (digits_before > 3) {
    const double unit = std::pow(10.0, digits_before - 3);
    return grouped(std::round(value / unit) * unit);
  }
  return with_decimals(value, std::min(3 - digits_before, 9));
}

std::string with_unit(double value, std::string_view unit) {
  return number(value).append(unit.empty() ? "" : kNoBreak).append(unit);
}

std::string size(double bytes) {
  // What a person asked for as 10 KB may be 10,000 bytes.
  const bool is_decimal =
      bytes >= 1000 && std::fmod(bytes, 1000) == 0 && std::fmod(bytes, 1024) != 0;
  if (is_decimal && bytes < 1e6) return with_unit(bytes / 1e3, "KB");
  if (is_decimal && bytes < 1e9) return with_unit(bytes / 1e6, "MB");
  const Unit& unit = unit_of(bytes);
  return with_unit(bytes / unit.bytes, unit.name);
}

std::string percent(double share) {
  const double value = share * 100;
  return (std::abs(value) >= 10 ? fmt::format("{:.0f}", value) : with_decimals(value, 1))
      .append(kNoBreak)
      .append("%");
}

std::string duration(double seconds) {
  if (seconds < 120) return fmt::format("{:.0f}{}s", seconds, kNoBreak);
  const double minutes = std::round(seconds / 60);
  if (minutes < 60) return fmt::format("{:.0f}{}min", minutes, kNoBreak);
  return fmt::format("{:.0f}{}h {:.0f}{}min", std::floor(minutes / 60), kNoBreak,
                     std::fmod(minutes, 60), kNoBreak);
}

std::string connections(double count) {
  return number(count) + (count == 1 ? " connection" : " connections");
}

std::string at_delay(double ms) { return ms == 0 ? "without delay" : "at " + with_unit(ms, "ms"); }

std::string with_interval(const Summary& summary, std::string_view unit) {
  const std::string text = with_unit(summary.median, unit);
  if (summary.repeats < 2) return text;
  return fmt::format("{}{}[{}–{}]", text, kNoBreak, number(summary.low), number(summary.high));
}

std::string size_with_interval(const Summary& bytes) {
  const Unit& unit = unit_of(bytes.median);
  return with_interval({bytes.median / unit.bytes, bytes.low / unit.bytes, bytes.high / unit.bytes,
                        bytes.repeats, bytes.is_range},
                       unit.name);
}

std::string joined(const std::vector<std::string>& parts, std::string_view between) {
  return fmt::format("{}", fmt::join(parts, between));
}

std::string listed(const std::vector<std::string>& parts) {
  std::string text;
  for (std::size_t i = 0; i < parts.size(); ++i) {
    if (i > 0) text += i + 1 == parts.size() ? " and " : ", ";
    text += parts[i];
  }
  return text;
}

}  // namespace scraper::bench::report
