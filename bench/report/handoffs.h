// The cells of the hand-offs' measurement, looked up by what they are of. Pure; any thread. The
// cells pointed at are the run's.
#pragma once

#include <optional>
#include <string_view>
#include <vector>

#include "bench/report/data.h"

namespace scraper::bench::report {

struct FileWay {
  std::string_view storage;  // "disk" or "tmpfs"
  std::string_view open;     // "kept" or "each"
};

class HandoffTable {
 public:
  explicit HandoffTable(const HandoffRun& run);

  // Measured cells only; `file` on disk with its descriptor kept, which is what a crawl does. Null:
  // there is none.
  const HandoffCell* cell(std::string_view handoff, std::string_view direction,
                          std::string_view work, double payload, double workers) const;
  // `file` that way, inwards and without work.
  const HandoffCell* file_cell(const FileWay& way, double payload, double workers) const;

  const std::vector<double>& payloads() const { return payloads_; }  // ascending
  const std::vector<double>& workers() const { return workers_; }    // ascending
  double usual_workers() const {
    return usual_workers_;
  }  // the number that most cells have, the least of those
  std::optional<double> payload_near(double bytes) const;  // within a factor of 1.5

 private:
  const HandoffRun& run_;
  std::vector<double> payloads_;
  std::vector<double> workers_;
  double usual_workers_ = 0;
};

}  // namespace scraper::bench::report
