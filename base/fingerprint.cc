#include "base/fingerprint.h"

#include <sys/random.h>

#include <bit>
#include <cstdlib>
#include <cstring>

namespace scraper {

namespace {

struct SipState {
  std::uint64_t v0, v1, v2, v3;

  void rounds(int count) noexcept {
    for (int i = 0; i < count; ++i) {
      v0 += v1;
      v1 = std::rotl(v1, 13) ^ v0;
      v0 = std::rotl(v0, 32);
      v2 += v3;
      v3 = std::rotl(v3, 16) ^ v2;
      v0 += v3;
      v3 = std::rotl(v3, 21) ^ v0;
      v2 += v1;
      v1 = std::rotl(v1, 17) ^ v2;
      v2 = std::rotl(v2, 32);
    }
  }

  void absorb(std::uint64_t word) noexcept {
    v3 ^= word;
    rounds(2);
    v0 ^= word;
  }

  std::uint64_t digest() const noexcept { return v0 ^ v1 ^ v2 ^ v3; }
};

}  // namespace

FingerprintKey FingerprintKey::random() {
  FingerprintKey key;
  if (getrandom(&key, sizeof key, 0) != static_cast<ssize_t>(sizeof key))
    std::abort();  // cannot fail for 16 bytes once booted
  return key;
}

Fingerprint fingerprint(std::string_view canonical, const FingerprintKey& key) noexcept {
  SipState state{key.k0 ^ 0x736f6d6570736575ULL, key.k1 ^ 0x646f72616e646f6dULL ^ 0xEE,
                 key.k0 ^ 0x6c7967656e657261ULL, key.k1 ^ 0x7465646279746573ULL};
  const char* at = canonical.data();
  std::size_t left = canonical.size();
  for (; left >= 8; at += 8, left -= 8) {
    std::uint64_t word;
    std::memcpy(&word, at, 8);
    state.absorb(word);
  }
  std::uint64_t last = static_cast<std::uint64_t>(canonical.size()) << 56;
  for (std::size_t i = 0; i < left; ++i)
    last |= static_cast<std::uint64_t>(static_cast<unsigned char>(at[i])) << (8 * i);
  state.absorb(last);
  state.v2 ^= 0xEE;
  state.rounds(4);
  Fingerprint out;
  out.low = state.digest();
  state.v1 ^= 0xDD;
  state.rounds(4);
  out.high = state.digest();
  return out;
}

}  // namespace scraper
