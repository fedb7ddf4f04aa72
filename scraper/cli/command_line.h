// From argv to what is to be done: which subcommand, with which effective options. The command line wins over --config, which wins
// over the defaults; with --resume DIR it is DIR/crawl.toml that stands in the place of --config. Pure but for reading that file; seeds
// are read by seed_list.h, later.
//
// Every failure is one Error of kind kUsage whose context is the line for the person.
#pragma once

#include <cstddef>
#include <optional>
#include <span>
#include <string>
#include <string_view>
#include <vector>

#include "scraper/base/error.h"
#include "scraper/cli/option_table.h"
#include "scraper/cli/sizing.h"
#include "scraper/cli/split.h"

namespace scraper::cli {

struct Invocation {
  enum class Kind { kRun, kText };  // kText: `text` is the whole answer (help, version), on standard output
  Kind kind = Kind::kRun;
  std::string text;
  Command command = kCrawl;
  Settings settings;
  std::vector<Given> given;  // the options on the command line, whose values are views of it; checked, and set in `settings`
};

// `arguments` without the program's own name.
Result<Invocation> parse_command_line(std::span<const std::string_view> arguments, const Machine& machine);

// Who reads HTML when --parser says this; nothing: auto.
parse::Parser chosen_parser(std::optional<parse::Parser> asked);

// What crawl does when nothing is said: the defaults of --help on this machine.
Settings default_settings(const Machine& machine);

// crawl.toml: every effective option by its name, for people and for --config. Secrets (credentials in headers and in the proxy's
// URL) are left out and named in a comment.
std::string to_toml(const CrawlOptions& options);

// "0.1.0"
std::string_view program_version();

}  // namespace scraper::cli
