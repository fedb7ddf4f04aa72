#include "parse/workers/worker_feed.h"

#include <sys/mman.h>

#include <algorithm>
#include <cerrno>
#include <cstring>
#include <iterator>

namespace scraper::parse {

namespace {

constexpr std::size_t kKeptResident = 2 * kMaxCarried;  // of an inbox
constexpr std::size_t kPage = 4096;

}  // namespace

void Outbox::add(const Batch& batch, std::vector<HeldBytes> records) {
  Parcel parcel{batch, {}, 0, 0, false};
  for (HeldBytes& record : records) {
    if (!record) continue;
    parcel.left += size_of(*record);
    parcel.records.push_back(std::move(record));
  }
  bytes_ += parcel.left;
  parcels_.push_back(std::move(parcel));
}

Outbox::Sending Outbox::send(int socket) {
  while (!parcels_.empty()) {
    Parcel& parcel = parcels_.front();
    const std::size_t size = gather(parcel);
    if (!send_parts(socket, parts_.data(), parts_.size(), Wait::kNo)) {
      return errno == EAGAIN || errno == EWOULDBLOCK ? Sending::kBlocked : Sending::kBroken;
    }
    parcel.is_announced = true;
    forget_sent(parcel, size);
    if (parcel.left == 0) parcels_.pop_front();
  }
  return Sending::kDone;
}

// The next message; how many bytes of records are in it.
std::size_t Outbox::gather(Parcel& parcel) {
  parts_.clear();
  if (!parcel.is_announced) parts_.push_back({&parcel.batch, sizeof parcel.batch});
  const auto size = static_cast<std::size_t>(std::min<std::uint64_t>(kPayload, parcel.left));
  std::size_t room = size;
  std::uint64_t skip = parcel.at;
  for (const HeldBytes& record : parcel.records) {
    for (std::string_view piece : pieces_of(*record)) {
      const auto skipped = static_cast<std::size_t>(std::min<std::uint64_t>(skip, piece.size()));
      skip -= skipped;
      piece = piece.substr(skipped, room);
      if (!piece.empty()) parts_.push_back({const_cast<char*>(piece.data()), piece.size()});
      room -= piece.size();
    }
    if (room == 0) break;
  }
  return size;
}

void Outbox::forget_sent(Parcel& parcel, std::uint64_t size) {
  bytes_ -= size;
  parcel.left -= size;
  parcel.at += size;
  while (!parcel.records.empty() && parcel.at >= size_of(*parcel.records.front())) {
    parcel.at -= size_of(*parcel.records.front());
    parcel.records.pop_front();
  }
}

std::optional<std::uint64_t> Inbox::put(const HeldBytes& record) {
  const std::uint64_t size = record ? size_of(*record) : 1;
  const std::optional<std::size_t> offset = space_.take(size);
  if (!offset) return std::nullopt;
  ++put_;
  used_to_ = std::max(used_to_, *offset + size);
  if (!record) return *offset;
  char* to = memory_ + *offset;
  for (const std::string_view piece : pieces_of(*record))
    to = std::copy(piece.begin(), piece.end(), to);
  return *offset;
}

// A large document leaves its pages resident. Once nothing lies there, those are given back that
// were not needed since it was last empty: the pages of one large document go with the small ones
// after it, a run of large ones does not fault its pages in again and again (0.3 ms a megabyte).
void Inbox::free_until(std::uint64_t answers) {
  space_.give_back_until(answers);
  if (answers < put_) return;
  const std::size_t keep = std::max(kKeptResident, (used_to_ + kPage - 1) / kPage * kPage);
  if (resident_to_ > keep) ::madvise(memory_ + keep, resident_to_ - keep, MADV_REMOVE);
  resident_to_ = keep;
  used_to_ = 0;
}

}  // namespace scraper::parse
