#include "bench/frontier_seen.h"

#include <fcntl.h>
#include <unistd.h>

#include <algorithm>
#include <cerrno>
#include <cstring>
#include <numeric>
#include <stdexcept>
#include <system_error>

namespace scraper::layouts {

namespace {

constexpr std::size_t kLoadRecords =
    1 << 20;  // sorted by region before they are added, which makes neighbours of them

[[noreturn]] void fail(const char* what) {
  throw std::system_error(errno, std::generic_category(), what);
}

Fingerprint fingerprint_in(const char* record) {
  Fingerprint fingerprint;
  std::memcpy(&fingerprint.low, record, 8);
  std::memcpy(&fingerprint.high, record + 8, 8);
  return fingerprint;
}

// The numbers of the records, those of a region together: a counting sort.
std::vector<std::uint32_t> by_region(const std::string& records, std::uint32_t count) {
  const auto region_in = [&](std::uint32_t n) {
    return fingerprint_in(&records[n * SeenFile::kRecord]).low >> (64 - SeenTable::kRegionBits);
  };
  std::vector<std::uint32_t> next(SeenTable::kRegions + 1);
  for (std::uint32_t n = 0; n < count; ++n) ++next[region_in(n) + 1];
  std::partial_sum(next.begin(), next.end(), next.begin());
  std::vector<std::uint32_t> order(count);
  for (std::uint32_t n = 0; n < count; ++n) order[next[region_in(n)]++] = n;
  return order;
}

}  // namespace

SeenFile::SeenFile(const std::filesystem::path& path)
    : descriptor_(::open(path.c_str(), O_RDWR | O_CREAT | O_CLOEXEC, 0600)) {
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
    const ssize_t wrote =
        ::pwrite(descriptor_, owed_.data() + done, owed_.size() - done, static_cast<off_t>(end_));
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
  std::string records;
  for (std::uint64_t first = 0; first < rows; first += kLoadRecords) {
    const auto count =
        static_cast<std::uint32_t>(std::min<std::uint64_t>(kLoadRecords, rows - first));
    records.resize(count * kRecord);
    const ssize_t got =
        ::pread(descriptor_, records.data(), records.size(), static_cast<off_t>(first * kRecord));
    if (got != static_cast<ssize_t>(records.size())) fail("fingerprints");
    for (const std::uint32_t n : by_region(records, count)) {
      const char* record = &records[n * kRecord];
      table.add(fingerprint_in(record), static_cast<storage::UrlId>(first + n));
    }
  }
}

Fingerprint SeenFile::read(std::uint64_t row) const {
  char record[kRecord];
  if (::pread(descriptor_, record, kRecord, static_cast<off_t>(row * kRecord)) != kRecord)
    fail("fingerprints");
  return fingerprint_in(record);
}

}  // namespace scraper::layouts
