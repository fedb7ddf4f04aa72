// Sizes as people read them.
#pragma once

#include <string>

namespace scraper {

// "1.5 MB", "12 KB"; powers of 1024.
std::string human_bytes(double bytes);

}  // namespace scraper
