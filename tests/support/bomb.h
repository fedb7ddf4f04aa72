// A document that no limit of CPU time lets through, and a limit that it has soon overrun.
#pragma once

#include <string>

#include "base/sanitized.h"

namespace scraper::test {

// Quadratic in gumbo: many seconds of CPU. The scanner takes some milliseconds.
inline std::string bomb() {
  std::string body;
  for (int i = 0; i < 200'000; ++i) body += "<div>";
  return body;
}

// A variable for the program: two seconds are a limit for real pages, those of tests take some
// milliseconds, with a sanitizer some ten.
inline constexpr const char* kLowCpuLimit =
    kIsSanitized ? "SCRAPER_DOCUMENT_CPU_MS=600" : "SCRAPER_DOCUMENT_CPU_MS=100";

}  // namespace scraper::test
