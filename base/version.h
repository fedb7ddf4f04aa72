// The program's version, as --version, User-Agent, archives and reports give it.
#pragma once

#include <string_view>

namespace scraper {

// "0.1.0"
std::string_view program_version();

}  // namespace scraper
