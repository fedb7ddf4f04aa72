// What --help, --help-all and --version print. Made from the option table; at most a screen (40
// lines of 100 columns) but for
// --help-all.
#pragma once

#include <string>

#include "scraper/config/option_table.h"

namespace scraper::cli {

std::string program_help();
std::string command_help(Command command, bool is_all);
std::string version_text();

}  // namespace scraper::cli
