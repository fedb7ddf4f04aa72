// srcset and imagesrcset. Pure; any thread.
#pragma once

#include <string_view>
#include <vector>

namespace scraper::parse {

// Appends the URL of every image candidate, as written (HTML Standard, "Parsing a srcset
// attribute"). Descriptors are passed over, not judged: a candidate that a browser would not choose
// is a reference all the same. Views point into `srcset`. Linear.
void append_candidates(std::vector<std::string_view>& urls, std::string_view srcset);

}  // namespace scraper::parse
