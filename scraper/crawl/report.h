// The figures of a run: OUT/report.json, the summary a person reads, and two runs side by side. One
// JSON object is the source of both, so that `scraper report DIR` says later exactly what the crawl
// said. The fields are described in docs/report.md.
#pragma once

#include <boost/json/object.hpp>
#include <string>
#include <vector>

#include "base/error.h"

namespace scraper {

class Crawl;

boost::json::object report_of(const Crawl& crawl, bool is_resumed);
Result<void> write_report(const std::string& path, const boost::json::object& report);

// At most some 25 lines. `output` is how the directory is written on a command line.
std::string summary_of(const boost::json::object& report, const std::string& output,
                       bool has_report = true);

// `scraper report DIR [DIR2]`: the summary of one crawl; with two directories their figures side by
// side and whether their sets agree: the same URLs in the same states, with the same digests.
// Returns the exit code (0 also when they differ: that is a result).
int run_report(const std::vector<std::string>& directories);

}  // namespace scraper
