// A URL's fingerprint: SipHash-2-4 with 128 bits of output, keyed by the crawl, so that nobody who
// does not know the key can make two URLs collide (J.-P. Aumasson and D. J. Bernstein, "SipHash: a
// fast short-input PRF"). What the seen test compares.
#pragma once

#include <compare>
#include <cstddef>
#include <cstdint>
#include <string_view>

namespace scraper {

struct Fingerprint {
  std::uint64_t low = 0;
  std::uint64_t high = 0;
  auto operator<=>(const Fingerprint&) const = default;
};

// Random for each crawl, given to the workers at their start.
struct FingerprintKey {
  std::uint64_t k0 = 0;
  std::uint64_t k1 = 0;
  static FingerprintKey random();  // from getrandom(2)
};

// Pure. `canonical` is the canonical URL's bytes.
Fingerprint fingerprint(std::string_view canonical, const FingerprintKey& key) noexcept;

struct FingerprintHash {
  std::size_t operator()(const Fingerprint& f) const noexcept { return f.low; }  // uniform already
};

}  // namespace scraper
