// The URL Standard's host parser and serialiser (3.5), except for domain names past ASCII, which
// domain.cc does.
#pragma once

#include <array>
#include <cstdint>
#include <optional>
#include <string>
#include <string_view>

namespace scraper::parse {

// Parses `input` and appends the host's serialisation to `out`; false is the standard's "failure".
// `input` is valid UTF-8; not empty when `is_special`.
[[nodiscard]] bool append_host(std::string& out, std::string_view input, bool is_special);

// Domain to ASCII for a domain with bytes past ASCII. `domain` need not be valid UTF-8.
std::optional<std::string> unicode_domain_to_ascii(std::string_view domain);

// Dotted, octal, hexadecimal and short forms (3.5, "IPv4 parser"). Nothing on failure.
std::optional<std::uint32_t> parse_ipv4(std::string_view input);

// Must `domain` (already ASCII) be an IPv4 address or nothing ("ends in a number")?
bool ends_in_number(std::string_view domain);

using Ipv6Pieces = std::array<std::uint16_t, 8>;

// Without brackets. Nothing on failure.
std::optional<Ipv6Pieces> parse_ipv6(std::string_view input);

void append_ipv4(std::string& out, std::uint32_t address);
void append_ipv6(std::string& out, const Ipv6Pieces& pieces);

}  // namespace scraper::parse
