// Argument vectors split into options with their values and the rest, by the rules of
// getopt_long(3) without its abbreviations:
// --name VALUE, --name=VALUE, -nVALUE, -n VALUE, -qv; options may stand after arguments; what
// follows -- is no option; - is an argument. A flag takes =true or =false, so that the command line
// can take back what a config file says. Pure; any thread.
#pragma once

#include <span>
#include <string>
#include <string_view>
#include <vector>

#include "base/error.h"
#include "scraper/config/option_table.h"

namespace scraper::cli {

struct Given {
  const Option* option = nullptr;
  std::string_view name;  // as written: the option's, or an alias
  std::string_view value;
};

struct SplitArguments {
  std::vector<Given> given;  // in order
  std::vector<std::string> arguments;
};

// Unknown options are named with the nearest that `command` has.
Result<SplitArguments> split_arguments(std::span<const std::string_view> arguments,
                                       Command command);

// "crawl" for kCrawl.
std::string_view name_of(Command command);

}  // namespace scraper::cli
