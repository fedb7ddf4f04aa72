#include "parse/workers/pool_task.h"

#include <unistd.h>

#include <cerrno>
#include <utility>

#include "parse/workers/handoff.h"

namespace scraper::parse {

namespace {

constexpr std::string_view kRecordEnd = "\r\n\r\n";

}  // namespace

std::array<std::string_view, 3> pieces_of(const RecordBytes& bytes) {
  return {bytes.head, bytes.body.memory, kRecordEnd};
}

std::uint64_t size_of(const RecordBytes& bytes) {
  return bytes.head.size() + bytes.body.memory.size() + kRecordEnd.size();
}

HeldBytes hold(RecordBytes bytes, const Place& place) {
  const bool is_usable =
      bytes.is_there() && size_of(bytes) == place.length && place.length <= kMaxDocument;
  return is_usable ? std::make_unique<const RecordBytes>(std::move(bytes)) : nullptr;
}

HeldBytes read_record(int file, const Place& place) {
  if (place.length <= kRecordEnd.size() || place.length > kMaxDocument) return nullptr;
  auto record = std::make_unique<RecordBytes>();
  std::string& bytes = record->head;
  bytes.resize(place.length);
  for (std::uint64_t done = 0; done < place.length;) {
    const ssize_t got = ::pread(file, bytes.data() + done, place.length - done,
                                static_cast<off_t>(place.offset + done));
    if (got < 0 && errno == EINTR) continue;
    if (got <= 0) return nullptr;
    done += static_cast<std::uint64_t>(got);
  }
  if (!bytes.ends_with(kRecordEnd)) return nullptr;
  bytes.resize(bytes.size() - kRecordEnd.size());
  return record;
}

}  // namespace scraper::parse
