#include "parse/html/tags.h"

#include "base/bytes.h"

namespace scraper::parse {

namespace {

// A name of up to fifteen bytes in lower case, zeros behind it and its length in the last byte: all
// of HTML's fit, and two of them are compared in no time.
struct Packed {
  std::uint64_t low = 0;
  std::uint64_t high = 0;
  friend bool operator==(const Packed&, const Packed&) = default;
};
constexpr std::size_t kLongest = 15;

// The bytes that are A to Z made a to z, all eight at once.
constexpr std::uint64_t lower(std::uint64_t bytes) {
  constexpr std::uint64_t kOnes = 0x0101010101010101;
  const std::uint64_t seven_bits = bytes & 0x7F * kOnes;
  const std::uint64_t past_z = seven_bits + (0x7F - 'Z') * kOnes;
  const std::uint64_t from_a = seven_bits + (0x80 - 'A') * kOnes;
  const std::uint64_t is_upper = ~bytes & (from_a ^ past_z) & 0x80 * kOnes;
  return bytes | is_upper >> 2;
}

Packed packed(std::uint64_t low, std::uint64_t high, std::size_t size) {
  return {lower(low), lower(high) | static_cast<std::uint64_t>(size) << 56};
}

// As load_word(), of 1 to 8 bytes with `slack` more behind them that may be read.
std::uint64_t load_with_slack(const char* at, std::size_t size, std::size_t slack) {
  if (size + slack < 8) return load_word(at, size);
  const std::size_t surplus = 8 * (8 - size);
  return load_word(at, 8) << surplus >> surplus;
}

Packed pack(std::string_view name, std::size_t slack) {
  if (name.size() <= 8)
    return packed(load_with_slack(name.data(), name.size(), slack), 0, name.size());
  return packed(load_word(name.data(), 8), load_word(name.data() + 8, name.size() - 8),
                name.size());
}

// Open addressing; three slots for each name.
class Names {
 public:
  Names() {
    for (int i = 0; i < GUMBO_TAG_UNKNOWN; ++i) {
      const auto tag = static_cast<GumboTag>(i);
      const std::string_view name = gumbo_normalized_tagname(tag);
      if (name.empty() || name.size() > kLongest) continue;
      slots_[place_of(pack(name, 0))] = {pack(name, 0), tag};
    }
  }

  GumboTag find(const Packed& name) const { return slots_[place_of(name)].tag; }

 private:
  struct Slot {
    Packed name;
    GumboTag tag = GUMBO_TAG_UNKNOWN;
  };
  static constexpr std::size_t kBits = 9;

  // Where `name` is, or would be.
  std::size_t place_of(const Packed& name) const {
    std::size_t at = (name.low ^ name.high * 31) * 0x9E3779B97F4A7C15 >> (64 - kBits);
    while (slots_[at].tag != GUMBO_TAG_UNKNOWN && slots_[at].name != name)
      at = (at + 1) % slots_.size();
    return at;
  }

  std::array<Slot, std::size_t{1} << kBits> slots_;
};

const Names kNames;

}  // namespace

GumboTag tag_named(std::string_view name, std::size_t slack) {
  return name.empty() || name.size() > kLongest ? GUMBO_TAG_UNKNOWN
                                                : kNames.find(pack(name, slack));
}

}  // namespace scraper::parse
