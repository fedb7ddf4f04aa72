// What OUT/report.json tells of the last barrier of the run that wrote it: a ledger that knows only
// of earlier ones has lost its end. Any thread.
#pragma once

#include <cstdint>
#include <optional>
#include <string>

namespace scraper {

// Its number; nothing where there is no report, or none that says so.
std::optional<std::uint64_t> told_barrier(const std::string& directory);

}  // namespace scraper
