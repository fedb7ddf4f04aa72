#include "parse/workers/worker_records.h"

#include <unistd.h>

#include <algorithm>
#include <cerrno>
#include <cstring>

#include "base/crc32c.h"

namespace scraper::parse {

namespace {

constexpr std::size_t kLeastBuffer = 256u << 10;
constexpr std::size_t kKeptBuffer = 4u << 20;

Reading checked(const TaskMessage& task, std::string_view record) {
  return crc32c(record) == task.crc32c ? Reading::kRecord : Reading::kNotThere;
}

bool is_readable(const TaskMessage& task) { return task.length > 0 && task.length <= kMaxDocument; }

}  // namespace

void Buffer::reserve(std::size_t size) {
  if (size <= capacity_) return;
  bytes_.reset();  // first, so that the old and the new do not stand side by side
  capacity_ = std::max(size, kLeastBuffer);
  bytes_ = std::make_unique_for_overwrite<char[]>(capacity_);
}

void Buffer::trim() {
  if (capacity_ > kKeptBuffer) capacity_ = 0, bytes_.reset();
}

void SegmentSource::begin(const Batch& batch, Descriptor segment) {
  if (segment) {
    files_.emplace_back(batch.segment, std::move(segment));
    if (files_.size() > kKeptSegments) files_.pop_front();
  }
  const auto known = std::find_if(files_.begin(), files_.end(),
                                  [&](const auto& file) { return file.first == batch.segment; });
  file_ = known == files_.end() ? -1 : known->second.get();
}

Reading SegmentSource::read(const TaskMessage& task, std::string_view& record) {
  if (file_ < 0 || !is_readable(task)) return Reading::kNotThere;
  buffer_.reserve(task.length);
  for (std::uint64_t done = 0; done < task.length;) {
    const ssize_t got = ::pread(file_, buffer_.at() + done, task.length - done,
                                static_cast<off_t>(task.offset + done));
    if (got < 0 && errno == EINTR) continue;
    if (got <= 0) return Reading::kNotThere;
    done += static_cast<std::uint64_t>(got);
  }
  record = {buffer_.at(), task.length};
  return checked(task, record);
}

Reading InboxSource::read(const TaskMessage& task, std::string_view& record) {
  if (!is_readable(task)) return Reading::kNotThere;
  record = {inbox_ + task.offset, task.length};
  return checked(task, record);
}

Receipt PipeSource::receive(Batch& batch) {
  buffer_.reserve(kPayload);
  std::size_t size = 0;
  const Receipt receipt = receive_parts(
      socket_, {{{&batch, sizeof batch}, {buffer_.at(), kPayload}}}, size, Wait::kYes);
  if (receipt != Receipt::kMessage) return receipt;
  if (size < sizeof batch || batch.kind != Batch::kKind || batch.count == 0 ||
      batch.count > kMaxBatch)
    return Receipt::kBroken;
  total_ = 0;
  for (std::uint32_t i = 0; i < batch.count; ++i) total_ += batch.tasks[i].length;
  got_ = size - sizeof batch;
  read_ = 0;
  return got_ == std::min<std::uint64_t>(total_, kPayload) ? Receipt::kMessage : Receipt::kBroken;
}

Reading PipeSource::read(const TaskMessage& task, std::string_view& record) {
  if (!is_readable(task)) return Reading::kNotThere;
  if (buffer_.capacity() < total_) {
    // Only the first piece can be there: a larger batch than the buffer holds is seen before its
    // second is taken in.
    std::array<char, kPayload> first;
    std::memcpy(first.data(), buffer_.at(), got_);
    buffer_.reserve(total_);
    std::memcpy(buffer_.at(), first.data(), got_);
  }
  const std::uint64_t end = read_ + task.length;
  while (got_ < end) {
    const auto piece = static_cast<std::size_t>(std::min<std::uint64_t>(kPayload, total_ - got_));
    if (receive_piece(socket_, buffer_.at() + got_, piece, Wait::kYes) != Receipt::kMessage)
      return Reading::kEnd;
    got_ += piece;
  }
  record = {buffer_.at() + read_, task.length};
  read_ = end;
  return checked(task, record);
}

}  // namespace scraper::parse
