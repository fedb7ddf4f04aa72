#include "bench/report/handoffs.h"

#include <algorithm>
#include <cmath>
#include <map>
#include <set>

namespace scraper::bench::report {

namespace {

bool is_measured(const HandoffCell& cell) {
  return cell.skipped.empty() && cell.pages_per_second.has_value();
}

bool is_usual_way(const HandoffCell& cell) {
  return cell.handoff != "file" || (cell.storage != "tmpfs" && cell.open != "each");
}

}  // namespace

HandoffTable::HandoffTable(const HandoffRun& run) : run_(run) {
  std::set<double> payloads;
  std::map<double, int> workers;
  for (const HandoffCell& cell : run_.cells) {
    if (!is_measured(cell)) continue;
    payloads.insert(cell.payload);
    ++workers[cell.workers];
  }
  payloads_.assign(payloads.begin(), payloads.end());
  int most = 0;
  for (const auto& [count, cells] : workers) {
    workers_.push_back(count);
    if (cells <= most) continue;
    most = cells;
    usual_workers_ = count;
  }
}

const HandoffCell* HandoffTable::cell(std::string_view handoff, std::string_view direction,
                                      std::string_view work, double payload, double workers) const {
  const auto found =
      std::find_if(run_.cells.begin(), run_.cells.end(), [&](const HandoffCell& cell) {
        return cell.handoff == handoff && cell.direction == direction && cell.work == work &&
               cell.payload == payload && cell.workers == workers && is_measured(cell) &&
               is_usual_way(cell);
      });
  return found == run_.cells.end() ? nullptr : &*found;
}

const HandoffCell* HandoffTable::file_cell(const FileWay& way, double payload,
                                           double workers) const {
  const auto found =
      std::find_if(run_.cells.begin(), run_.cells.end(), [&](const HandoffCell& cell) {
        return cell.handoff == "file" && cell.storage == way.storage && cell.open == way.open &&
               cell.direction == "in" && cell.work == "none" && cell.payload == payload &&
               cell.workers == workers && is_measured(cell);
      });
  return found == run_.cells.end() ? nullptr : &*found;
}

std::optional<double> HandoffTable::payload_near(double bytes) const {
  const auto distance = [bytes](double payload) {
    return payload > 0 ? std::abs(std::log(payload / bytes)) : INFINITY;
  };
  const auto found = std::min_element(payloads_.begin(), payloads_.end(), [&](double a, double b) {
    return distance(a) < distance(b);
  });
  if (found == payloads_.end() || distance(*found) > std::log(1.5)) return {};
  return *found;
}

}  // namespace scraper::bench::report
