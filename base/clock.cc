#include "base/clock.h"

#include <fmt/format.h>

#include <ctime>

namespace scraper {

std::string to_rfc3339(WallTime time) {
  const auto micros = time.time_since_epoch().count();
  std::time_t whole = micros / 1'000'000;
  auto fraction = micros % 1'000'000;
  if (fraction < 0) {
    fraction += 1'000'000;
    --whole;
  }
  std::tm utc{};
  gmtime_r(&whole, &utc);
  return fmt::format("{:04}-{:02}-{:02}T{:02}:{:02}:{:02}.{:06}Z", utc.tm_year + 1900,
                     utc.tm_mon + 1, utc.tm_mday, utc.tm_hour, utc.tm_min, utc.tm_sec, fraction);
}

}  // namespace scraper
