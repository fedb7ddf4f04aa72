// One run of a cell: `concurrency` askers, each asking for its URL again and again, with the engine
// or the bare libcurl loop that the cell names. The whole process is the measurement: CPU, switches
// and memory are its own, so it is run in a child.
#pragma once

#include <boost/json/fwd.hpp>

#include "bench/engines/cells.h"

namespace scraper::bench {

// Fails when an engine, a thread or a loop cannot be made. Everything it made is gone afterwards.
Result<Reading> run_cell(const CellTask& task);

// The part "engine-cell": a CellTask in, a Reading out.
int run_engine_cell(const boost::json::object& task);

}  // namespace scraper::bench
