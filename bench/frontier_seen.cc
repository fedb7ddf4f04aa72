#include "bench/frontier_seen.h"

#include <fcntl.h>
#include <sys/mman.h>
#include <unistd.h>

#include <algorithm>
#include <cerrno>
#include <cstring>
#include <new>
#include <numeric>
#include <stdexcept>
#include <system_error>

namespace scraper::layouts {

namespace {

constexpr unsigned kTagBits = 52;
constexpr std::uint64_t kTagMask = (std::uint64_t{1} << kTagBits) - 1;
constexpr std::size_t kEntry = 11;
constexpr std::uint32_t kSpill = 48;
constexpr std::size_t kLoadRecords = 1 << 20;  // sorted by region before they are added, which makes neighbours of them

[[noreturn]] void fail(const char* what) { throw std::system_error(errno, std::generic_category(), what); }

// An entry: tag and the low 12 bits of row + 1; its high 20 bits and depth. Nothing is all zeros, as new pages are.
std::uint64_t word_at(const unsigned char* slots, std::uint32_t n) {
  std::uint64_t word;
  std::memcpy(&word, slots + n * kEntry, 8);
  return word;
}

std::uint32_t rest_at(const unsigned char* slots, std::uint32_t n) {
  std::uint32_t rest = 0;
  std::memcpy(&rest, slots + n * kEntry + 8, 3);
  return rest;
}

std::uint64_t tag_at(const unsigned char* slots, std::uint32_t n) { return word_at(slots, n) & kTagMask; }

bool is_empty(const unsigned char* slots, std::uint32_t n) { return word_at(slots, n) == 0 && rest_at(slots, n) == 0; }

std::uint64_t tag_of(const Fingerprint& fingerprint) { return fingerprint.low & kTagMask; }

std::uint32_t home_of(std::uint64_t tag, std::uint32_t homes) {
  return static_cast<std::uint32_t>((tag >> (kTagBits - 32)) * homes >> 32);
}

// The last slot stays empty, so that every search ends.
std::size_t slots_for(std::uint32_t homes) { return homes == 0 ? 0 : homes + kSpill + 1; }
std::size_t bytes_for(std::uint32_t homes) { return (slots_for(homes) * kEntry + 4095) & ~std::size_t{4095}; }

std::uint32_t larger(std::uint32_t homes) { return homes + std::max<std::uint32_t>(32, homes / 32); }
std::uint32_t most_in(std::uint32_t homes) { return homes - homes / 25; }

Fingerprint fingerprint_in(const char* record) {
  Fingerprint fingerprint;
  std::memcpy(&fingerprint.low, record, 8);
  std::memcpy(&fingerprint.high, record + 8, 8);
  return fingerprint;
}

// The numbers of the records, those of a region together: a counting sort.
std::vector<std::uint32_t> by_region(const std::string& records, std::uint32_t count) {
  const auto region_in = [&](std::uint32_t n) { return SeenTable::region_of(fingerprint_in(&records[n * SeenFile::kRecord])); };
  std::vector<std::uint32_t> next((1 << SeenTable::kRegionBits) + 1);
  for (std::uint32_t n = 0; n < count; ++n) ++next[region_in(n) + 1];
  std::partial_sum(next.begin(), next.end(), next.begin());
  std::vector<std::uint32_t> order(count);
  for (std::uint32_t n = 0; n < count; ++n) order[next[region_in(n)]++] = n;
  return order;
}

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

std::optional<SeenTable::Found> SeenTable::find(const Fingerprint& fingerprint) const {
  const Region& region = regions_[region_of(fingerprint)];
  if (region.slots == nullptr) return std::nullopt;
  const std::uint64_t tag = tag_of(fingerprint);
  const std::uint32_t n = place_of(region, tag);
  if (tag_at(region.slots, n) != tag || is_empty(region.slots, n)) return std::nullopt;
  const std::uint32_t rest = rest_at(region.slots, n);
  const auto low = static_cast<std::uint32_t>(word_at(region.slots, n) >> kTagBits);
  return Found{((rest & 0xFFFFF) << 12 | low) - 1, rest >> 20};
}

// False when there is no room between its place and the end.
bool SeenTable::insert(Region& region, std::uint64_t tag, Found found) {
  const std::uint32_t n = place_of(region, tag);
  std::uint32_t gap = n;
  while (!is_empty(region.slots, gap)) ++gap;
  if (gap + 1 == slots_for(region.homes)) return false;
  unsigned char* entry = region.slots + n * kEntry;
  std::memmove(entry + kEntry, entry, (gap - n) * kEntry);
  const std::uint32_t row = found.row + 1;
  const std::uint64_t word = tag | static_cast<std::uint64_t>(row & 0xFFF) << kTagBits;
  const std::uint32_t rest = row >> 12 | std::min(found.depth, kMostDepth) << 20;
  std::memcpy(entry, &word, 8);  // little-endian, as the machines this is for
  std::memcpy(entry + 8, &rest, 3);
  ++region.size;
  return true;
}

void SeenTable::grow(Region& region, std::uint32_t homes) {
  const std::size_t slots = slots_for(region.homes);
  const std::vector<unsigned char> old(region.slots, region.slots + slots * kEntry);
  void* mapping = region.slots == nullptr
                      ? ::mmap(nullptr, bytes_for(homes), PROT_READ | PROT_WRITE, MAP_PRIVATE | MAP_ANONYMOUS, -1, 0)
                      : ::mremap(region.slots, bytes_for(region.homes), bytes_for(homes), MREMAP_MAYMOVE);
  if (mapping == MAP_FAILED) throw std::bad_alloc();
  region.slots = static_cast<unsigned char*>(mapping);
  region.homes = homes;
  std::memset(region.slots, 0, old.size());
  std::uint32_t next = 0;
  for (std::uint32_t n = 0; n < slots; ++n) {
    if (is_empty(old.data(), n)) continue;
    next = std::max(next, home_of(tag_at(old.data(), n), homes));
    if (next + 1 >= slots_for(homes)) throw std::logic_error("a larger region has less room");
    std::memcpy(region.slots + next++ * kEntry, &old[n * kEntry], kEntry);
  }
}

void SeenTable::add(const Fingerprint& fingerprint, Found found) {
  Region& region = regions_[region_of(fingerprint)];
  if (region.size >= most_in(region.homes)) grow(region, larger(region.homes));
  while (!insert(region, tag_of(fingerprint), found)) grow(region, larger(region.homes));
}

void SeenTable::reserve(std::uint64_t rows) {
  const auto homes = static_cast<std::uint32_t>(rows / kRegions * 27 / 26);
  if (homes == 0) return;
  for (Region& region : regions_) grow(region, homes);
}

std::uint64_t SeenTable::bytes() const {
  std::uint64_t bytes = kRegions * sizeof(Region);
  for (const Region& region : regions_) bytes += region.slots == nullptr ? 0 : bytes_for(region.homes);
  return bytes;
}

SeenFile::SeenFile(const std::filesystem::path& path) : descriptor_(::open(path.c_str(), O_RDWR | O_CREAT | O_CLOEXEC, 0600)) {
  if (descriptor_ < 0) fail("fingerprints");
  end_ = static_cast<std::uint64_t>(::lseek(descriptor_, 0, SEEK_END));
}

SeenFile::~SeenFile() { ::close(descriptor_); }

void SeenFile::append(const Fingerprint& fingerprint, std::uint32_t depth) {
  char record[kRecord];
  std::memcpy(record, &fingerprint.low, 8);
  std::memcpy(record + 8, &fingerprint.high, 8);
  record[16] = static_cast<char>(std::min<std::uint32_t>(depth, 255));
  owed_.append(record, kRecord);
}

void SeenFile::write() {
  for (std::size_t done = 0; done < owed_.size();) {
    const ssize_t wrote = ::pwrite(descriptor_, owed_.data() + done, owed_.size() - done, static_cast<off_t>(end_));
    if (wrote < 0) fail("fingerprints");
    done += static_cast<std::size_t>(wrote);
    end_ += static_cast<std::uint64_t>(wrote);
  }
  owed_.clear();
}

void SeenFile::sync() {
  if (::fdatasync(descriptor_) != 0) fail("fingerprints");
}

void SeenFile::cut(std::uint64_t rows) {
  if (end_ < rows * kRecord) throw std::runtime_error("fingerprints: shorter than the ledger says");
  if (::ftruncate(descriptor_, static_cast<off_t>(rows * kRecord)) != 0) fail("fingerprints");
  end_ = rows * kRecord;
}

void SeenFile::load(SeenTable& table) const {
  const std::uint64_t rows = end_ / kRecord;
  table.reserve(rows);
  std::string records;
  for (std::uint64_t first = 0; first < rows; first += kLoadRecords) {
    const auto count = static_cast<std::uint32_t>(std::min<std::uint64_t>(kLoadRecords, rows - first));
    records.resize(count * kRecord);
    const ssize_t got = ::pread(descriptor_, records.data(), records.size(), static_cast<off_t>(first * kRecord));
    if (got != static_cast<ssize_t>(records.size())) fail("fingerprints");
    for (const std::uint32_t n : by_region(records, count)) {
      const char* record = &records[n * kRecord];
      table.add(fingerprint_in(record), {static_cast<std::uint32_t>(first + n), static_cast<std::uint8_t>(record[16])});
    }
  }
}

Fingerprint SeenFile::read(std::uint64_t row) const {
  char record[kRecord];
  if (::pread(descriptor_, record, kRecord, static_cast<off_t>(row * kRecord)) != kRecord) fail("fingerprints");
  return fingerprint_in(record);
}

}  // namespace scraper::layouts
