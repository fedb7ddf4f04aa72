// What a person reads at the end of `scraper bench handoff`: the hand-offs side by side, and in
// sentences where each wins. Made from handoff.json alone. Pure; any thread.
#pragma once

#include <boost/json/fwd.hpp>
#include <string>

namespace scraper::bench {

std::string handoff_table(const boost::json::object& result);

}  // namespace scraper::bench
