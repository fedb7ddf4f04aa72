// `scraper parse DIR`: the stored pages of a crawl parsed again (scraper/reparse).
#pragma once

#include "scraper/commands/command_line.h"
#include "scraper/config/sizing.h"

namespace scraper {

// The exit code, as of reparse().
int run_parse(const cli::Invocation& invocation, const cli::Machine& machine);

}  // namespace scraper
