// The part of a host name that somebody registered with a public suffix, by the Public Suffix List
// (publicsuffix.org). In a library apart: parse workers need neither the list nor what libpsl
// brings along. Pure; any thread.
#pragma once

#include <optional>
#include <string>
#include <string_view>

namespace scraper::parse {

// URL Standard 3.2 ("registrable domain") for a host as Url::host() gives it: "www.example.co.uk"
// to "example.co.uk". A final dot stays. Nothing for an address, a public suffix, an empty host,
// one that begins with a dot, and one with an empty label in that part.
std::optional<std::string> registrable_domain(std::string_view host);

}  // namespace scraper::parse
