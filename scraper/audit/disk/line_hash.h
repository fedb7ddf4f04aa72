// A result line's identity whatever its depth: that is written over in place when a shorter way is
// found. Pure.
#pragma once

#include <cstddef>
#include <cstdint>
#include <optional>
#include <string_view>
#include <utility>

namespace scraper::storage {

// Where the digits of a line's depth stand, the spaces before them included, and how many bytes
// they are. Nothing in what is no line: no string of JSON has an unescaped quotation mark, so the
// key is found in one place only.
std::optional<std::pair<std::size_t, std::size_t>> place_of_depth(std::string_view line);

// Of all but these.
std::uint64_t line_hash(std::string_view line);

}  // namespace scraper::storage
