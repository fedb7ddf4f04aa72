#include <fcntl.h>
#include <fmt/format.h>
#include <sys/stat.h>
#include <unistd.h>

#include <algorithm>
#include <cerrno>
#include <utility>

#include "base/crc32c.h"
#include "storage/digest.h"
#include "storage/warc_reader.h"

namespace scraper::storage {

namespace {

constexpr std::string_view kHeaderEnd = "\r\n\r\n";
constexpr std::string_view kRecordEnd = "\r\n\r\n";
constexpr std::uint64_t kBuffer = kMaxRecordHeader;
constexpr std::uint64_t kUsualHeader = 4u << 10;
constexpr std::uint64_t kMaxHttpHead =
    8u << 20;  // --max-head ends at 2 MiB; renamed fields and line ends add to it
constexpr std::uint64_t kMaxMetadata = 64u << 10;  // a longer block is none of ours and is not kept
constexpr std::uint64_t kHeadPiece = 16u << 10;

}  // namespace

Result<std::unique_ptr<SegmentReader>> SegmentReader::open(const std::string& path, Sums sums,
                                                           std::uint64_t length) {
  Descriptor file(::open(path.c_str(), O_RDONLY | O_NOFOLLOW | O_NONBLOCK | O_CLOEXEC));
  struct stat status {};
  if (!file || ::fstat(file.get(), &status) != 0) return errno_error("cannot open", path);
  if (!S_ISREG(status.st_mode))
    return Error{Errc::kFile, fmt::format("cannot open {}: not a regular file", path)};
  const auto size = static_cast<std::uint64_t>(status.st_size);
  if (length != kToEnd && size < length) {
    return Error{Errc::kFile, fmt::format("{} is damaged: it has {} bytes and should have {}", path,
                                          size, length)};
  }
  return std::unique_ptr<SegmentReader>(
      new SegmentReader(std::move(file), path, std::min(size, length), sums));
}

std::uint64_t SegmentReader::Extent::length() const { return header + block + kRecordEnd.size(); }

Result<std::optional<SegmentRecord>> SegmentReader::next() {
  if (offset_ == size_) return std::nullopt;
  if (offset_ > size_) return wrong(fmt::format("the file ends before, at {}", size_));
  const auto extent = read_header();
  if (!extent) return extent.error();
  SegmentRecord record;
  record.offset = offset_;
  record.length = extent->length();
  auto passed = read_begin(*extent);
  if (passed) passed = check_end(*extent);
  if (passed && sums_ == Sums::kYes) passed = sum(*extent, record);
  if (!passed) return passed.error();
  // Once more, as the buffer has been filled anew since.
  auto header = parse_record_header(begin_);
  if (!header) return wrong(header.error().context);
  record.header = std::move(*header);
  record.begin = begin_;
  offset_ += record.length;
  return record;
}

Result<SegmentReader::Extent> SegmentReader::read_header() {
  auto bytes = peek(offset_, kUsualHeader);
  if (bytes && bytes->find(kHeaderEnd) == bytes->npos) bytes = peek(offset_, kBuffer);
  if (!bytes) return bytes.error();
  const auto header = parse_record_header(*bytes);
  if (!header) return wrong(header.error().context);
  const std::uint64_t left = size_ - offset_;
  if (header->length() > left) {
    return wrong(fmt::format("the file ends after {} of the {} bytes of this record", left,
                             header->length()));
  }
  begin_ = bytes->substr(0, header->header_size);
  return Extent{header->header_size, header->block_length, header->type == "response",
                header->type == "metadata"};
}

Result<void> SegmentReader::read_begin(const Extent& extent) {
  if (extent.is_response) return read_http_head(extent);
  if (!extent.is_metadata || extent.block > kMaxMetadata) return {};
  const auto bytes = peek(offset_ + extent.header, extent.block);
  if (!bytes) return bytes.error();
  begin_.append(bytes->substr(0, extent.block));
  return {};
}

// Looked for in ever longer pieces, so that a short head costs little and a long one is not
// searched again and again.
Result<void> SegmentReader::read_http_head(const Extent& extent) {
  const std::uint64_t limit = std::min(extent.block, kMaxHttpHead);
  const auto taken = [&] { return begin_.size() - extent.header; };
  for (std::uint64_t piece = kHeadPiece; taken() < limit; piece *= 2) {
    const std::uint64_t wanted = std::min(piece, limit);
    while (taken() < wanted) {
      const auto bytes = peek(offset_ + begin_.size(), 1);
      if (!bytes) return bytes.error();
      begin_.append(bytes->substr(0, wanted - taken()));
    }
    const auto size = http_head_size(std::string_view(begin_).substr(extent.header));
    if (size == std::string_view::npos) continue;
    begin_.resize(extent.header + size);
    return {};
  }
  return wrong(fmt::format("a response whose HTTP head has no end in {} bytes", limit));
}

Result<void> SegmentReader::check_end(const Extent& extent) {
  const std::uint64_t end = offset_ + extent.header + extent.block;
  const auto bytes = peek(end, kRecordEnd.size());
  if (!bytes) return bytes.error();
  if (bytes->substr(0, kRecordEnd.size()) == kRecordEnd) return {};
  return wrong(fmt::format("its block is not followed by two line ends, at {}", end));
}

Result<void> SegmentReader::sum(const Extent& extent, SegmentRecord& record) {
  auto digester = Digester::make();
  if (!digester) return digester.error();
  const std::uint64_t end = offset_ + extent.length();
  const std::uint64_t body = offset_ + begin_.size();
  const std::uint64_t body_end = end - kRecordEnd.size();
  for (std::uint64_t at = offset_; at < end;) {
    const auto peeked = peek(at, 1);
    if (!peeked) return peeked.error();
    const std::string_view bytes = peeked->substr(0, end - at);
    record.crc32c = crc32c(bytes, record.crc32c);
    const std::uint64_t from = std::max(at, body);
    const std::uint64_t to = std::min(at + bytes.size(), body_end);
    if (from < to) digester->add(bytes.substr(from - at, to - from));
    at += bytes.size();
  }
  if (extent.is_response) record.payload = digester->finish();
  return {};
}

// At least `wanted` bytes at `offset`, or as many as there are, and all else that is in the buffer.
Result<std::string_view> SegmentReader::peek(std::uint64_t offset, std::uint64_t wanted) {
  wanted = std::min({wanted, kBuffer, size_ - offset});
  if (offset < buffer_at_ || offset + wanted > buffer_at_ + buffer_.size()) {
    buffer_.resize(std::min(kBuffer, size_ - offset));
    buffer_at_ = offset;
    for (std::size_t done = 0; done < buffer_.size();) {
      const ssize_t got = ::pread(file_.get(), buffer_.data() + done, buffer_.size() - done,
                                  static_cast<off_t>(offset + done));
      if (got < 0 && errno == EINTR) continue;
      if (got <= 0) buffer_.clear();
      if (got < 0) return errno_error("cannot read", path_);
      if (got == 0)
        return Error{Errc::kFile, fmt::format("{} became shorter while it was read", path_)};
      done += static_cast<std::size_t>(got);
    }
  }
  return std::string_view(buffer_).substr(offset - buffer_at_);
}

Error SegmentReader::wrong(std::string_view what) const {
  return {Errc::kInvalid, fmt::format("{} at {}: {}", path_, offset_, what)};
}

}  // namespace scraper::storage
