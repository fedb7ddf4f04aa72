// From argv to what is to be done: which subcommand, with which effective options. The command line
// wins over --config, which wins over the defaults; with --resume DIR it is DIR/crawl.toml that
// stands in the place of --config. Pure but for reading that file; seeds are read by seed_list.h,
// later.
//
// Every failure is one Error of kind kUsage whose context is the line for the person.
#pragma once

#include <cstddef>
#include <optional>
#include <span>
#include <string>
#include <string_view>
#include <vector>

#include "base/error.h"
#include "scraper/commands/split.h"
#include "scraper/config/option_table.h"
#include "scraper/config/sizing.h"

namespace scraper::cli {

struct Invocation {
  enum class Kind {
    kRun,
    kText
  };  // kText: `text` is the whole answer (help, version), on standard output
  Kind kind = Kind::kRun;
  std::string text;
  Command command = kCrawl;
  Settings settings;
  std::vector<Given> given;  // the options on the command line, whose values are views of it;
                             // checked, and set in `settings`
};

// `arguments` without the program's own name.
Result<Invocation> parse_command_line(std::span<const std::string_view> arguments,
                                      const Machine& machine);

}  // namespace scraper::cli
