// Text from others made safe to show. Pure; any thread.
#pragma once

#include <string>
#include <string_view>

namespace scraper {

// C1 controls, line and paragraph separators, bidirectional controls, the byte order mark: text
// that acts.
bool is_active(char32_t c);

// `text` made safe for a terminal or a log: controls and invalid UTF-8 shown as \xNN, the rest as
// it is.
std::string printable(std::string_view text);

}  // namespace scraper
