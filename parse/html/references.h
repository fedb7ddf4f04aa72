// Character references of HTML (HTML Standard 13.2.5.72 to 13.2.5.80, 13.5): "&amp;", "&#38;",
// "&notit". Pure; any thread.
#pragma once

#include <string>
#include <string_view>

namespace scraper::parse {

enum class ReferenceIn : bool { kText, kAttribute };

// `text` begins with '&'. Appends what the reference there stands for and gives how many bytes it
// takes; 0, and nothing appended, where none is. In an attribute a name without ';' that is
// followed by '=' or an alphanumeric is none.
std::size_t append_reference(std::string& out, std::string_view text, ReferenceIn where);

}  // namespace scraper::parse
