// HTML that costs a parser what pages of documentation cost it: of each 35 KB some 85 links, a
// navigation, headings, paragraphs with code and emphasis, tables, definition lists, listings. The
// same for the same arguments, always. ASCII. Pure; any thread.
#pragma once

#include <cstddef>
#include <cstdint>
#include <string>

namespace scraper::bench {

// Exactly `size` bytes, at least 256.
std::string documentation_page(std::size_t size, std::uint32_t number);

}  // namespace scraper::bench
