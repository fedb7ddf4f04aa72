#include "scraper/frontier/seen_table.h"

#include <sys/mman.h>

#include <algorithm>
#include <bit>
#include <cassert>
#include <cstring>
#include <new>

namespace scraper::storage {

namespace {

static_assert(std::endian::native == std::endian::little,
              "entries are read as little-endian words");

constexpr unsigned kTagBits = 48;
constexpr std::uint64_t kTagMask = (std::uint64_t{1} << kTagBits) - 1;
constexpr std::size_t kTagBytes = kTagBits / 8;
constexpr std::size_t kEntry = kTagBytes + sizeof(UrlId);
constexpr std::uint32_t kSpill = 48;

// An entry: the tag, then row + 1. No entry is all zeros, as new pages are.
std::uint64_t word_at(const unsigned char* slots, std::uint32_t n) {
  std::uint64_t word = 0;
  std::memcpy(&word, slots + n * kEntry, sizeof word);
  return word;
}

std::uint32_t coded_row_at(const unsigned char* slots, std::uint32_t n) {
  std::uint32_t row = 0;
  std::memcpy(&row, slots + n * kEntry + kTagBytes, sizeof row);
  return row;
}

std::uint64_t tag_at(const unsigned char* slots, std::uint32_t n) {
  return word_at(slots, n) & kTagMask;
}

bool is_empty(const unsigned char* slots, std::uint32_t n) { return coded_row_at(slots, n) == 0; }

std::size_t region_of(const Fingerprint& fingerprint) {
  return fingerprint.low >> (64 - SeenTable::kRegionBits);
}
std::uint64_t tag_of(const Fingerprint& fingerprint) { return fingerprint.low & kTagMask; }

std::uint32_t home_of(std::uint64_t tag, std::uint32_t homes) {
  return static_cast<std::uint32_t>((tag >> (kTagBits - 32)) * homes >> 32);
}

// The last slot stays empty, so that every search ends.
std::size_t slots_for(std::uint32_t homes) { return homes == 0 ? 0 : homes + kSpill + 1; }
std::size_t bytes_for(std::uint32_t homes) {
  return (slots_for(homes) * kEntry + 4095) & ~std::size_t{4095};
}
// As many as the pages hold that are needed for a 32nd more.
std::uint32_t larger(std::uint32_t homes) {
  return static_cast<std::uint32_t>(bytes_for(homes + homes / 32 + 1) / kEntry) - kSpill - 1;
}
std::uint32_t most_in(std::uint32_t homes) { return homes - homes / 25; }

}  // namespace

SeenTable::~SeenTable() {
  for (const Region& region : regions_) {
    if (region.slots != nullptr) ::munmap(region.slots, bytes_for(region.homes));
  }
}

// Where it is, or where it belongs.
std::uint32_t SeenTable::place_of(const Region& region, std::uint64_t tag) {
  std::uint32_t n = home_of(tag, region.homes);
  for (;; ++n) {
    const std::uint64_t other = tag_at(region.slots, n);
    if (other >= tag || (other == 0 && is_empty(region.slots, n))) return n;
  }
}

std::optional<UrlId> SeenTable::find(const Fingerprint& fingerprint) const {
  const Region& region = regions_[region_of(fingerprint)];
  if (region.slots == nullptr) return std::nullopt;
  const std::uint64_t tag = tag_of(fingerprint);
  const std::uint32_t n = place_of(region, tag);
  if (tag_at(region.slots, n) != tag || is_empty(region.slots, n)) return std::nullopt;
  return coded_row_at(region.slots, n) - 1;
}

// False when there is no room between its place and the end.
bool SeenTable::insert(Region& region, std::uint64_t tag, UrlId row) {
  const std::uint32_t n = place_of(region, tag);
  std::uint32_t gap = n;
  while (!is_empty(region.slots, gap)) ++gap;
  if (gap + 1 == slots_for(region.homes)) return false;
  unsigned char* entry = region.slots + n * kEntry;
  std::memmove(entry + kEntry, entry, (gap - n) * kEntry);
  const UrlId coded = row + 1;
  std::memcpy(entry, &tag, kTagBytes);
  std::memcpy(entry + kTagBytes, &coded, sizeof coded);
  ++region.size;
  return true;
}

// The entries of one region in another, larger one that is empty. False when they do not fit, as
// the last are too close together.
bool SeenTable::lay_out(const Region& from, Region& to) {
  std::uint32_t next = 0;
  for (std::uint32_t n = 0; n < slots_for(from.homes); ++n) {
    if (is_empty(from.slots, n)) continue;
    next = std::max(next, home_of(tag_at(from.slots, n), to.homes));
    if (next + 1 >= slots_for(to.homes)) return false;
    std::memcpy(to.slots + next++ * kEntry, from.slots + n * kEntry, kEntry);
  }
  to.size = from.size;
  return true;
}

void SeenTable::grow(Region& region) {
  Region wider{nullptr, region.homes, 0};
  do {
    if (wider.slots != nullptr) ::munmap(wider.slots, bytes_for(wider.homes));
    wider.homes = larger(wider.homes);
    void* mapping = ::mmap(nullptr, bytes_for(wider.homes), PROT_READ | PROT_WRITE,
                           MAP_PRIVATE | MAP_ANONYMOUS, -1, 0);
    if (mapping == MAP_FAILED) throw std::bad_alloc();
    wider.slots = static_cast<unsigned char*>(mapping);
  } while (!lay_out(region, wider));
  if (region.slots != nullptr) ::munmap(region.slots, bytes_for(region.homes));
  region = wider;
}

void SeenTable::add(const Fingerprint& fingerprint, UrlId row) {
  assert(row < kMostRows);
  Region& region = regions_[region_of(fingerprint)];
  if (region.size >= most_in(region.homes)) grow(region);
  while (!insert(region, tag_of(fingerprint), row)) grow(region);
}

std::uint64_t SeenTable::bytes() const {
  std::uint64_t bytes = kRegions * sizeof(Region);
  for (const Region& region : regions_)
    bytes += region.slots == nullptr ? 0 : bytes_for(region.homes);
  return bytes;
}

}  // namespace scraper::storage
