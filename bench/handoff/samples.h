// What the runs of `scraper bench handoff` gave, round by round, and what they come to: the object
// that becomes handoff.json (docs/measurements/README.md). Pure; one thread.
#pragma once

#include <boost/json.hpp>
#include <cstddef>
#include <map>
#include <string>
#include <string_view>
#include <vector>

#include "bench/handoff/plan.h"

namespace scraper::bench {

class HandoffSamples {
 public:
  explicit HandoffSamples(const HandoffPlan& plan);

  // What the part answered about the plan's cell or event with that number, in that round; or why
  // it did not.
  void add_cell(std::size_t number, std::size_t round, const boost::json::object& answer);
  void add_event(std::size_t number, std::size_t round, const boost::json::object& answer);
  void fail_cell(std::size_t number, std::string why) { cells_[number].why_not = std::move(why); }
  void fail_event(std::size_t number, std::string why) { events_[number].why_not = std::move(why); }

  // What this machine cannot do is no failure.
  void skip_cell(std::size_t number, std::string why) { cells_[number].skipped = std::move(why); }

  // The first thing that went wrong, in words; empty: everything was measured and every page was
  // answered.
  std::string first_failure() const;

  // {"cells", "workers", "file_over_inline"}.
  boost::json::object to_json() const;

 private:
  // A value a round; one that was not measured is not a number.
  struct Row {
    std::map<std::string, std::vector<double>, std::less<>> values;
    std::size_t failures = 0;
    std::string failure;
    std::string why_not;
    std::string skipped;
  };

  void add(Row& row, std::string_view name, std::size_t round, const boost::json::object& answer);
  boost::json::object cell(std::size_t number) const;
  boost::json::object event(std::size_t number) const;
  boost::json::array file_over_inline() const;
  const Row* row_of(const HandoffCell& cell) const;
  std::vector<double> ratios(const Row& above, const Row& below, std::string_view name) const;

  const HandoffPlan& plan_;
  std::vector<Row> cells_;
  std::vector<Row> events_;
};

}  // namespace scraper::bench
