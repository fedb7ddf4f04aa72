// The rows of captures, which come in order of place, beside the records of the archive: each has
// the other, once.
#include <fmt/format.h>

#include <algorithm>
#include <memory>
#include <optional>
#include <set>

#include "scraper/audit/disk/audit_state.h"
#include "storage/warc.h"
#include "storage/warc_reader.h"

namespace scraper::storage {

namespace {

constexpr std::uint64_t kTellEvery = 256;  // records
std::string_view field(const SegmentRecord& record, std::string_view name) {
  return record.header.field(name).value_or("");
}

class SegmentRows {
 public:
  explicit SegmentRows(AuditState& state) : state_(state) {
    for (const FileEntry& file : state.files) {
      if (file.name.starts_with("warc/")) of_ += file.length;
    }
  }

  void take(std::uint32_t segment, std::uint64_t offset, const CaptureEntry& entry) {
    ++state_.figures.captures;
    if (is_of_page(entry)) {
      state_.urls.place_sum(entry.number) =
          sum_of(Place{segment, offset, entry.length, entry.crc32c});
      state_.urls.set(entry.number, AuditedUrls::kCaptureBad);
    }
    while (entered_ <= segment && enter()) {
    }
    if (segment + 1 != entered_ || (reader_ == nullptr && !missing_.contains(segment))) {
      add(FindingKind::kCapture, segment, offset,
          fmt::format("a row says that the capture of {} is here: there is no such segment",
                      subject(entry)));
      return;
    }
    if (reader_ == nullptr) return;  // said of the file
    while (reader_->offset() < offset) pass(offset);
    if (reader_->offset() > offset) {
      add(FindingKind::kCapture, segment, offset,
          fmt::format("a row says that the capture of {} begins here, where none does",
                      subject(entry)));
      return;
    }
    is_lost_ = false;
    if (reader_->offset() >= reader_->size()) {
      add(FindingKind::kCapture, segment, offset,
          fmt::format("a row says that the capture of {} begins here, where what was committed of "
                      "the file ends",
                      subject(entry)));
      return;
    }
    if (const auto record = read()) {
      take_capture(*record, entry);
    } else {
      lose();
    }
  }

  // What lies behind the last row.
  void finish() {
    leave();
    while (enter()) leave();
  }

 private:
  void add(FindingKind kind, std::uint32_t segment, std::uint64_t offset, std::string what) {
    state_.findings.add(kind, at_place(segment, offset), std::move(what));
  }
  void add(const SegmentRecord& record, std::string what) {
    add(FindingKind::kRecord, segment(), record.offset, std::move(what));
  }
  std::uint32_t segment() const { return entered_ - 1; }
  bool is_of_page(const CaptureEntry& entry) const {
    return entry.kind == LeaseKind::kPage && entry.number < state_.urls.size();
  }

  // Between records: the next row or the end of the file leads on.
  void lose() {
    is_lost_ = true;
    awaited_.clear();
  }

  std::string subject(const CaptureEntry& entry) const {
    if (entry.kind == LeaseKind::kPage) return state_.url_of(entry.number);
    return fmt::format("{} {}",
                       entry.kind == LeaseKind::kRobots ? "robots.txt of origin" : "sitemap",
                       entry.number);
  }

  // The next segment that the ledger speaks of; false when there is none.
  bool enter() {
    leave();
    const FileEntry* file = state_.file("warc/" + segment_name(entered_));
    if (file == nullptr) return false;
    ++entered_;
    ++state_.figures.segments;
    state_.figures.segment_bytes += file->length;
    is_lost_ = false;
    warcinfo_.clear();
    if (file->length == 0) return true;
    auto reader =
        SegmentReader::open(state_.path(file->name), SegmentReader::Sums::kYes, file->length);
    if (reader) {
      reader_ = std::move(*reader);
      pass_warcinfo();
    } else if (missing_.insert(segment()).second) {
      state_.findings.add(FindingKind::kFile, file->name, reader.error().context);
      read_what_is_there(file->name);
    }
    return true;
  }

  // A file that is too short: what it has is looked at all the same.
  void read_what_is_there(const std::string& name) {
    auto reader = SegmentReader::open(state_.path(name), SegmentReader::Sums::kYes);
    if (!reader) return;
    reader_ = std::move(*reader);
    pass_warcinfo();
  }

  void leave() {
    if (reader_ == nullptr) return;
    while (reader_->offset() < reader_->size()) {
      if (!pass(reader_->size())) break;
    }
    expect_request_for({});
    before_ += reader_->size();
    reader_.reset();
  }

  void tell() {
    if (state_.figures.records % kTellEvery == 0)
      state_.question.tell("archive", before_ + reader_->offset(), of_);
  }

  // The record at the reader's place; nothing, and a finding, when there is none.
  std::optional<SegmentRecord> read() {
    tell();
    auto record = reader_->next();
    if (record && *record) {
      ++state_.figures.records;
      is_lost_ = false;
      return std::move(**record);
    }
    if (!record && !is_lost_) {
      add(FindingKind::kRecord, segment(), reader_->offset(), record.error().context);
    }
    return std::nullopt;
  }

  void pass_warcinfo() {
    if (reader_->size() == 0) return;
    const auto record = read();
    if (!record) return lose();
    if (record->header.type != "warcinfo") {
      add(*record, "the segment does not begin with a warcinfo record");
      reader_->seek(0);
      return;
    }
    warcinfo_ = field(*record, "WARC-Record-ID");
    if (field(*record, "WARC-Filename") != segment_name(segment()))
      add(*record, "its WARC-Filename is another segment's");
  }

  // One record that no row is of. What cannot be read is passed over, up to `next`.
  bool pass(std::uint64_t next) {
    if (is_lost_) {
      reader_->seek(next);
      return false;
    }
    const auto record = read();
    if (!record) {
      lose();
      reader_->seek(next);
      return false;
    }
    const std::string_view type = record->header.type;
    if (type == "request") {
      take_request(*record);
    } else if (type == "response" || type == "metadata") {
      expect_request_for({});
      add(*record, fmt::format("a {} record of {} that no row is of", type,
                               field(*record, "WARC-Target-URI")));
    } else {
      add(*record, fmt::format("a record of type {} that no crawl writes here", type));
    }
    return true;
  }

  // The answer that was read last has its request behind it.
  void expect_request_for(std::string_view id) {
    if (!awaited_.empty() && !is_lost_) {
      add(FindingKind::kRecord, segment(), awaited_at_,
          "the response has no request record behind it");
    }
    awaited_ = id;
  }

  void take_request(const SegmentRecord& record) {
    if (awaited_.empty()) {
      add(record, "a request record that follows upon no response");
      return;
    }
    if (field(record, "WARC-Concurrent-To") != awaited_)
      add(record, "a request record of another response");
    if (field(record, "WARC-Target-URI") != awaited_url_)
      add(record, "a request record of another URL");
    check_warcinfo(record);
    awaited_.clear();
  }

  void check_warcinfo(const SegmentRecord& record) {
    if (!warcinfo_.empty() && field(record, "WARC-Warcinfo-ID") != warcinfo_)
      add(record, "its WARC-Warcinfo-ID is not the segment's");
  }

  void take_capture(const SegmentRecord& record, const CaptureEntry& entry) {
    const bool is_response = record.header.type == "response";
    expect_request_for(is_response ? field(record, "WARC-Record-ID") : std::string_view());
    awaited_at_ = record.offset;
    awaited_url_ = field(record, "WARC-Target-URI");
    check_warcinfo(record);
    check_subject(record, entry);
    const auto outline = read_outline(record.begin);
    if (!outline) {
      add(record, fmt::format("the capture of {}: {}", subject(entry), outline.error().context));
      return;
    }
    const std::string fault = fault_of(record, entry, *outline);
    if (!fault.empty())
      add(FindingKind::kCapture, segment(), record.offset,
          fmt::format("the capture of {}: {}", subject(entry), fault));
    if (is_response && record.payload != outline->digest) {
      add(record, fmt::format("the digest of its {} bytes is {}, and its header says {}",
                              outline->body.size, scraper::to_string(record.payload),
                              scraper::to_string(outline->digest)));
    }
    if (!is_of_page(entry)) return;
    const Place place{segment(), record.offset, entry.length, entry.crc32c};
    state_.urls.clear(entry.number, AuditedUrls::kCaptureBad);
    state_.urls.line_sum(entry.number) =
        sum_of(facts_of(*outline, place, entry.attempt), state_.figures.books.key);
    if (outline->error == FetchError::kLocal) state_.urls.set(entry.number, AuditedUrls::kMayLack);
  }

  std::string fault_of(const SegmentRecord& record, const CaptureEntry& entry,
                       const Capture& outline) const {
    if (record.length != entry.length)
      return fmt::format("the record has {} bytes, its row says {}", record.length, entry.length);
    if (record.crc32c != entry.crc32c)
      return fmt::format("the record's CRC-32C is {:08x}, its row says {:08x}", record.crc32c,
                         entry.crc32c);
    if (outline.status != entry.status)
      return fmt::format("the answer's status is {}, its row says {}", outline.status,
                         entry.status);
    const std::string_view error =
        outline.error == FetchError::kNone ? std::string_view() : scraper::to_string(outline.error);
    if (error != entry.error)
      return fmt::format("it ended with \"{}\", its row says \"{}\"", error, entry.error);
    if (outline.timing.started != entry.started) {
      return fmt::format("it began at {}, its row says {}", to_rfc3339(outline.timing.started),
                         to_rfc3339(entry.started));
    }
    if (entry.attempt == 0) return "its row says that it was attempt 0";
    return {};
  }

  // Robots.txt and sitemaps may have redirected since the first: then the first is held against its
  // row alone.
  void check_subject(const SegmentRecord& record, const CaptureEntry& entry) {
    const std::string_view target = field(record, "WARC-Target-URI");
    const std::uint64_t print = state_.print(target.substr(0, target.find('#')));
    const bool is_page = entry.kind == LeaseKind::kPage;
    const bool is_robots = entry.kind == LeaseKind::kRobots;
    const std::size_t rows = is_page     ? state_.urls.size()
                             : is_robots ? state_.origins.size()
                                         : state_.sitemaps.size();
    if (entry.number >= rows) {
      add(FindingKind::kCapture, segment(), record.offset,
          fmt::format("its row is of {}, which has no row", subject(entry)));
      return;
    }
    if (is_page ? state_.urls.print(entry.number) == print : !is_first(entry)) return;
    if (!is_page && (is_robots ? state_.origins : state_.sitemaps)[entry.number] == print) return;
    add(FindingKind::kCapture, segment(), record.offset,
        fmt::format("its row is of {}, and it is a record of {}", subject(entry),
                    field(record, "WARC-Target-URI")));
  }

  bool is_first(const CaptureEntry& entry) {
    auto& seen = entry.kind == LeaseKind::kRobots ? robots_seen_ : sitemaps_seen_;
    if (seen.size() <= entry.number) seen.resize(std::size_t{entry.number} + 1);
    const bool is_first = !seen[entry.number];
    seen[entry.number] = true;
    return is_first;
  }

  AuditState& state_;
  std::unique_ptr<SegmentReader>
      reader_;  // of the segment before entered_; null where it is empty or cannot be read
  std::uint32_t entered_ = 0;  // segments
  std::set<std::uint32_t> missing_;
  std::string warcinfo_;  // its id
  std::string awaited_;   // the id of the response whose request comes next; empty: none
  std::string awaited_url_;
  std::uint64_t awaited_at_ = 0;
  bool is_lost_ = false;  // between records, after one that could not be read
  std::vector<bool> robots_seen_;
  std::vector<bool> sitemaps_seen_;
  std::uint64_t before_ = 0;  // bytes of segments that are done with
  std::uint64_t of_ = 0;
};

}  // namespace

bool audit_segments(AuditState& state) {
  SegmentRows rows(state);
  const auto read = state.ledger.each_capture(
      [&](std::uint32_t segment, std::uint64_t offset, const CaptureEntry& entry) {
        rows.take(segment, offset, entry);
      });
  rows.finish();
  return state.is_read(read, "rows of captures");
}

}  // namespace scraper::storage
