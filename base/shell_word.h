// A word for a command line that is to be pasted into a shell. Pure; any thread.
#pragma once

#include <string>
#include <string_view>

namespace scraper {

// As it is where a shell reads it as one word that means itself, else in single quotes; where it
// has control characters as $'…', so that none is shown raw.
std::string shell_quoted(std::string_view word);

}  // namespace scraper
