// What a measurement was made on and with: the head of every result file. No figure is worth
// anything without it.
#pragma once

#include <boost/json/fwd.hpp>
#include <string>

namespace scraper::bench {

// {"cpu", "cores", "memory_bytes", "kernel", "descriptors", "date" (UTC), "command", "program",
// "libcurl"}. `command` is the command line as a person would repeat it.
boost::json::object describe_machine(const std::string& command);

}  // namespace scraper::bench
