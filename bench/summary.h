// What repeats of one measurement come to: the median, and an interval that says how sure it is.
// Pure; any thread.
#pragma once

#include <boost/json/fwd.hpp>
#include <cstddef>
#include <vector>

namespace scraper::bench {

// `low` to `high` is the distribution-free 95 % confidence interval of the median, from the order
// statistics of the repeats (binomial with p = 1/2). Below six repeats no such interval exists:
// then it is the least and the greatest, and `is_range` says so.
struct Summary {
  double median = 0;
  double low = 0;
  double high = 0;
  std::size_t repeats = 0;
  bool is_range = false;
};

// Values that are not finite are left out; nothing left gives zeros and repeats = 0.
Summary summarise(std::vector<double> values);

// {"median", "low", "high", "repeats"} and "range": true where it is one.
boost::json::object to_json(const Summary& summary);

}  // namespace scraper::bench
