// The effective options: the defaults on this machine, what follows from several options together,
// and how they are written down.
#pragma once

#include <optional>
#include <string>

#include "base/error.h"
#include "scraper/config/option_table.h"
#include "scraper/config/sizing.h"
#include "scraper/rules/options.h"

namespace scraper::cli {

// Who reads HTML when --parser says this; nothing: auto.
parse::Parser chosen_parser(std::optional<parse::Parser> asked);

// What crawl does when nothing is said: the defaults of --help on this machine.
Settings default_settings(const Machine& machine);

// What follows from several options together. Fails where they contradict each other.
Result<void> settle(Settings& settings, const Machine& machine);

// crawl.toml: the format of OUT (storage/format.h), then every effective option by its name, for
// people and for --config. Secrets (credentials
// in headers and in the proxy's URL) are left out and named in a comment.
std::string to_toml(const CrawlOptions& options);

}  // namespace scraper::cli
