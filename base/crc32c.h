// CRC-32C (Castagnoli, RFC 3720 B.4): guards every place on disk against damage. Not against
// malice: that is the payload digest.
#pragma once

#include <cstddef>
#include <cstdint>
#include <string_view>

namespace scraper {

// Extends `crc` (0 to begin) over `data`. Pure; uses the SSE 4.2 instruction where the processor
// has it.
std::uint32_t crc32c(std::string_view data, std::uint32_t crc = 0) noexcept;

}  // namespace scraper
