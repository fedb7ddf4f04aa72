#include "storage/segment_writer.h"

#include <fcntl.h>
#include <fmt/format.h>
#include <sys/stat.h>
#include <sys/uio.h>
#include <unistd.h>

#include <algorithm>
#include <cassert>
#include <cerrno>
#include <climits>
#include <utility>

#include "base/crc32c.h"
#include "base/descriptor.h"
#include "base/kill_point.h"
#include "storage/digest.h"
#include "storage/segments.h"
#include "storage/warc_reader.h"

namespace scraper::storage {

namespace {

constexpr std::size_t kCopyBuffer = 1u << 20;
constexpr std::uint64_t kFirstHeader = 64u << 10;  // a warcinfo's header has far less
constexpr std::size_t kPartsPerGroup = 3;
constexpr std::size_t kMostGroups = IOV_MAX / kPartsPerGroup;  // in one writev
constexpr std::string_view kConformsTo =
    "http://iipc.github.io/warc-specifications/specifications/warc-format/warc-1.1/";

iovec part(std::string_view bytes) { return {const_cast<char*>(bytes.data()), bytes.size()}; }

// Drops `written` bytes off the front.
void advance(std::vector<iovec>& parts, std::size_t& first, std::size_t written) {
  while (written > 0) {
    iovec& next = parts[first];
    const std::size_t taken = std::min(written, next.iov_len);
    next.iov_base = static_cast<char*>(next.iov_base) + taken;
    next.iov_len -= taken;
    written -= taken;
    if (next.iov_len == 0) ++first;
  }
  while (first < parts.size() && parts[first].iov_len == 0) ++first;
}

// What a write that is cut short leaves: all but the last part, and half of that.
[[maybe_unused]] void write_half(int file, std::vector<iovec> parts, std::uint64_t offset) {
  parts.resize((parts.size() + 1) / 2);
  parts.back().iov_len /= 2;
  [[maybe_unused]] const ssize_t n =
      ::pwritev(file, parts.data(), static_cast<int>(parts.size()), static_cast<off_t>(offset));
}

// The first record's closing line ends are the first bytes after the body.
std::string_view first_record_end(const WarcRecords& records, std::uint64_t body_size) {
  return std::string_view(records.after_body)
      .substr(0, records.first_length - records.before_body.size() - body_size);
}

std::uint32_t crc_in_memory(const WarcRecords& records, const std::string& body) {
  return crc32c(first_record_end(records, body.size()), crc32c(body, crc32c(records.before_body)));
}

}  // namespace

Result<std::unique_ptr<SegmentWriter>> SegmentWriter::open(const SegmentOptions& options,
                                                           int directory) {
  std::unique_ptr<SegmentWriter> writer(new SegmentWriter(options, directory));
  const SegmentEnd& begin = options.begin;
  auto opened =
      begin.offset == 0 ? writer->begin_segment(begin.segment, true) : writer->go_on_with(begin);
  if (!opened) return opened.error();
  return writer;
}

std::string SegmentWriter::path_of(std::uint32_t segment) const {
  return options_.directory + "/" + segment_name(segment);
}

void SegmentWriter::discard() {
  if (is_made_) ::unlinkat(directory_, segment_name(segment_).c_str(), 0);
}

// A file of ours that is there already; what else could have that name is refused.
Result<Descriptor> SegmentWriter::open_existing(std::uint32_t number, std::uint64_t& size) const {
  Descriptor file(::openat(directory_, segment_name(number).c_str(),
                           O_RDWR | O_NOFOLLOW | O_NONBLOCK | O_CLOEXEC));
  struct stat status {};
  if (!file || ::fstat(file.get(), &status) != 0)
    return errno_error("cannot open", path_of(number));
  if (!S_ISREG(status.st_mode))
    return Error{Errc::kFile, fmt::format("cannot open {}: not a regular file", path_of(number))};
  size = static_cast<std::uint64_t>(status.st_size);
  return file;
}

Result<Descriptor> SegmentWriter::make_or_empty(std::uint32_t number, bool may_exist,
                                                bool& is_made) const {
  const int flags = O_WRONLY | O_CREAT | O_EXCL | O_NOFOLLOW | O_CLOEXEC;
  if (Descriptor made(::openat(directory_, segment_name(number).c_str(), flags, 0600)); made) {
    is_made = true;
    return made;
  }
  if (errno != EEXIST || !may_exist) return errno_error("cannot create", path_of(number));
  std::uint64_t size = 0;
  auto file = open_existing(number, size);
  if (file && ::ftruncate(file->get(), 0) != 0) return errno_error("cannot empty", path_of(number));
  return file;
}

Result<void> SegmentWriter::begin_segment(std::uint32_t number, bool may_exist) {
  kill_point("segment.begin");
  bool is_made = false;
  auto file = make_or_empty(number, may_exist, is_made);
  if (!file) return file.error();
  kill_point("segment.made");
  std::string id = ids_.next();
  std::vector<std::pair<std::string, std::string>> fields = {
      {"software", options_.software},
      {"format", "WARC File Format 1.1"},
      {"conformsTo", std::string(kConformsTo)}};
  fields.insert(fields.end(), options_.about.begin(), options_.about.end());
  const std::string record = to_warcinfo(id, segment_name(number), wall_now(), fields);
  kill_point("segment.half", [&] { write_half(file->get(), {part(record)}, 0); });
  std::vector<iovec> parts{part(record)};
  std::uint64_t end = 0;
  if (auto written = write_to(file->get(), number, parts, end); !written) {
    if (is_made) ::unlinkat(directory_, segment_name(number).c_str(), 0);
    return written.error();
  }
  enter(std::move(*file), {number, end});
  is_made_ = is_made;
  warcinfo_id_ = std::move(id);
  ++counts_.records;
  kill_point("segment.headed");
  return {};
}

// All that can be wrong with the file is looked for before it is cut.
Result<void> SegmentWriter::go_on_with(const SegmentEnd& begin) {
  std::uint64_t size = 0;
  auto file = open_existing(begin.segment, size);
  if (!file) return file.error();
  enter(std::move(*file), begin);
  if (size < begin.offset) {
    return Error{Errc::kFile, fmt::format("{} is damaged: it has {} bytes and should have {}",
                                          path_of(begin.segment), size, begin.offset)};
  }
  if (auto read = read_warcinfo_id(); !read) return read.error();
  if (size > begin.offset && ::ftruncate(file_.get(), static_cast<off_t>(begin.offset)) != 0) {
    return errno_error("cannot cut", path_of(begin.segment));
  }
  return {};
}

Result<void> SegmentWriter::read_warcinfo_id() {
  std::string bytes(std::min<std::uint64_t>(end_, kFirstHeader), '\0');
  const ssize_t got = ::pread(file_.get(), bytes.data(), bytes.size(), 0);
  if (got < 0) return errno_error("cannot read", path_of(segment_));
  bytes.resize(static_cast<std::size_t>(got));
  const auto header = parse_record_header(bytes);
  if (!header)
    return Error{Errc::kFile,
                 fmt::format("{} is damaged at 0: {}", path_of(segment_), header.error().context)};
  if (header->type != "warcinfo" || header->length() > end_) {
    return Error{Errc::kFile,
                 fmt::format("{} is damaged: it does not begin with a whole warcinfo record",
                             path_of(segment_))};
  }
  warcinfo_id_ = *header->field("WARC-Record-ID");
  return {};
}

void SegmentWriter::enter(Descriptor file, const SegmentEnd& at) {
  file_ = std::move(file);
  segment_ = at.segment;
  end_ = at.offset;
  is_made_ = false;
}

std::vector<Result<Appended>> SegmentWriter::write(std::vector<Entry> entries) {
  Answers answers;
  answers.reserve(entries.size());
  if (failure_ && may_try_again_) failure_.reset();
  if (is_rotation_due_) rotate(answers);
  for (Entry& entry : entries) {
    if (entry.is_rotation) {
      rotate(answers);
    } else {
      add(std::move(entry), answers);
    }
  }
  flush(answers);
  return answers;
}

void SegmentWriter::rotate(Answers& answers) {
  flush(answers);
  is_rotation_due_ = true;
  if (failure_) return;
  auto begun = begin_segment(segment_ + 1, false);
  is_rotation_due_ = !begun;
  if (!begun) fail(std::move(begun.error()));
}

SegmentWriter::Group SegmentWriter::to_group(Entry entry) {
  Group group{to_warc(entry.capture, warcinfo_id_, ids_), std::move(entry.capture), entry.keep, {}};
  Body& body = group.capture.body;
  if (!group.capture.has_answer()) body = Body{};  // what came before the error is no body
  group.place = {segment_, next_offset(), group.records.first_length, 0};
  group.end = group.place.offset + group.records.before_body.size() + body.size +
              group.records.after_body.size();
  assert(body.spool || body.memory.size() == body.size);
  return group;
}

Result<void> SegmentWriter::digest(Capture& capture) {
  capture.digest = {};
  if (!capture.has_answer()) return {};
  auto made = digest_of(capture.body);
  if (!made) return made.error();
  capture.digest = *made;
  return {};
}

void SegmentWriter::add(Entry entry, Answers& answers) {
  if (failure_) {
    answers.emplace_back(*failure_);
    return;
  }
  if (auto digested = digest(entry.capture); !digested) {
    flush(answers);
    fail(std::move(digested.error()));
    answers.emplace_back(*failure_);
    return;
  }
  Group group = to_group(std::move(entry));
  if (group.capture.body.spool) {
    flush(answers);
    if (failure_) {
      answers.emplace_back(*failure_);
    } else {
      write_spooled(std::move(group), answers);
    }
    return;
  }
  group.place.crc32c = crc_in_memory(group.records, group.capture.body.memory);
  pending_.push_back(std::move(group));
  if (pending_.size() == kMostGroups) flush(answers);
}

void SegmentWriter::flush(Answers& answers) {
  if (pending_.empty()) return;
  std::vector<iovec> parts;
  parts.reserve(pending_.size() * kPartsPerGroup);
  for (const Group& group : pending_) {
    for (const std::string* bytes :
         {&group.records.before_body, &group.capture.body.memory, &group.records.after_body}) {
      if (!bytes->empty()) parts.push_back(part(*bytes));
    }
  }
  kill_point("append.begin");
  kill_point("append.half", [&] { write_half(file_.get(), parts, end_); });
  std::uint64_t written_to = end_;
  auto written = write_at(parts, written_to);
  kill_point("append.written");
  for (Group& group : pending_) {
    if (group.end > written_to) break;
    end_ = group.end;
    counts_.records += group.records.count;
    answers.emplace_back(to_answer(group));
  }
  if (!written) {
    fail(std::move(written.error()));
    for (const Group& group : pending_) {
      if (group.end > end_) answers.emplace_back(*failure_);
    }
  }
  pending_.clear();
}

// Only a record that a worker could be asked to parse is worth keeping. The body's share of the
// engine's budget goes with it.
Appended SegmentWriter::to_answer(Group& group) {
  const SegmentEnd end{group.place.segment, group.end};
  if (group.keep == Keep::kNo || !group.capture.has_answer())
    return {group.place, group.capture.digest, {}, end};
  return {group.place,
          group.capture.digest,
          {std::move(group.records.before_body), std::move(group.capture.body)},
          end};
}

void SegmentWriter::write_spooled(Group group, Answers& answers) {
  const WarcRecords& records = group.records;
  const std::uint64_t body_size = group.capture.body.size;
  std::uint64_t at = end_;
  std::vector<iovec> parts{part(records.before_body)};
  auto written = write_at(parts, at);
  kill_point("spool.head");
  if (written) {
    auto crc =
        copy_body(group.capture.body.spool.get(), body_size, at, crc32c(records.before_body));
    if (crc) {
      group.place.crc32c = crc32c(first_record_end(records, body_size), *crc);
      at += body_size;
      kill_point("spool.body");
      parts = {part(records.after_body)};
      written = write_at(parts, at);
    } else {
      written = crc.error();
    }
  }
  if (!written) {
    fail(std::move(written.error()));
    answers.emplace_back(*failure_);
    return;
  }
  kill_point("spool.written");
  end_ = group.end;
  counts_.records += records.count;
  answers.emplace_back(Appended{group.place, group.capture.digest, {}, {segment_, end_}});
}

// Read and written rather than copied inside the kernel: the checksum needs every byte anyway.
Result<std::uint32_t> SegmentWriter::copy_body(int spool, std::uint64_t size, std::uint64_t offset,
                                               std::uint32_t crc) {
  buffer_.resize(kCopyBuffer);
  for (std::uint64_t done = 0; done < size;) {
    const std::size_t wanted = std::min<std::uint64_t>(kCopyBuffer, size - done);
    const ssize_t got = ::pread(spool, buffer_.data(), wanted, static_cast<off_t>(done));
    if (got < 0 && errno == EINTR) continue;
    if (got < 0) return errno_error("cannot read the spool file for", segment_name(segment_));
    if (got == 0) {
      return Error{Errc::kFile, fmt::format("a spool file for {} ends after {} of {} bytes",
                                            segment_name(segment_), done, size)};
    }
    const std::string_view bytes(buffer_.data(), static_cast<std::size_t>(got));
    crc = crc32c(bytes, crc);
    std::vector<iovec> parts{part(bytes)};
    if (auto written = write_at(parts, offset); !written) return written.error();
    done += bytes.size();
    if (done < size) kill_point("spool.half");
  }
  return crc;
}

// `offset` moves on with what was written, after an error too.
Result<void> SegmentWriter::write_at(std::vector<iovec>& parts, std::uint64_t& offset) {
  return write_to(file_.get(), segment_, parts, offset);
}

Result<void> SegmentWriter::write_to(int file, std::uint32_t segment, std::vector<iovec>& parts,
                                     std::uint64_t& offset) {
  for (std::size_t first = 0; first < parts.size();) {
    const auto count = static_cast<int>(std::min<std::size_t>(parts.size() - first, IOV_MAX));
    const ssize_t n = ::pwritev(file, &parts[first], count, static_cast<off_t>(offset));
    if (n < 0 && errno == EINTR) continue;
    ++counts_.writes;
    if (n == 0) errno = EIO;
    if (n <= 0) return errno_error("cannot write", path_of(segment));
    offset += static_cast<std::uint64_t>(n);
    counts_.bytes += static_cast<std::uint64_t>(n);
    advance(parts, first, static_cast<std::size_t>(n));
  }
  return {};
}

// What cannot be cut stays a torn tail, which every reader of segments must be able to bear anyway;
// nothing is written behind it.
void SegmentWriter::fail(Error error) {
  const bool is_cut = ::ftruncate(file_.get(), static_cast<off_t>(end_)) == 0;
  may_try_again_ = is_cut && error.code == Errc::kExhausted;
  failure_ = std::move(error);
}

}  // namespace scraper::storage
