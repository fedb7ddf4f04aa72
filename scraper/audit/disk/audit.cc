#include "scraper/audit/disk/audit.h"

#include <fmt/format.h>

#include <algorithm>
#include <chrono>

#include "scraper/audit/disk/audit_state.h"
#include "storage/warc.h"

namespace scraper::storage {

bool AuditState::is_read(const Result<void>& result, std::string_view what) {
  if (result) return true;
  findings.add(FindingKind::kLedger, std::string(what), result.error().context);
  return false;
}

std::string AuditState::url_of(UrlId id) const {
  const auto url = ledger.url(id);
  return url && *url ? fmt::format("{} ({})", row_of(id), **url) : row_of(id);
}

const FileEntry* AuditState::file(std::string_view name) const {
  const auto found = std::find_if(files.begin(), files.end(),
                                  [&](const FileEntry& file) { return file.name == name; });
  return found == files.end() ? nullptr : &*found;
}

std::string row_of(UrlId id) { return fmt::format("URL {}", id); }

std::string at_place(std::uint32_t segment, std::uint64_t offset) {
  return fmt::format("warc/{} at {}", segment_name(segment), offset);
}

TransferFacts facts_of(const Capture& outline, const Place& place, std::uint64_t attempts) {
  const auto micros = [](Duration d) {
    return static_cast<std::uint64_t>(
        std::chrono::duration_cast<std::chrono::microseconds>(d).count());
  };
  TransferFacts facts;
  facts.place = place;
  facts.status = static_cast<std::uint64_t>(outline.status);
  if (outline.has_answer()) facts.digest = scraper::to_string(outline.digest);
  if (outline.has_answer()) facts.size = outline.body.size;
  facts.is_truncated = outline.is_truncated;
  facts.attempts = attempts;
  facts.fetched_at = to_rfc3339(outline.timing.started);
  facts.micros = micros(outline.timing.total);
  facts.first_byte_micros = micros(outline.timing.first_byte);
  facts.address = outline.remote_address;
  facts.protocol = outline.protocol;
  return facts;
}

std::uint64_t sum_of(const TransferFacts& facts, const FingerprintKey& key) {
  std::string bytes;
  RowWriter out(bytes);
  out.number(facts.place.segment)
      .number(facts.place.offset)
      .number(facts.place.length)
      .number(facts.place.crc32c);
  out.number(facts.status)
      .text(facts.digest)
      .number(facts.size)
      .number(facts.is_truncated ? 1 : 0)
      .number(facts.attempts);
  out.text(facts.fetched_at)
      .number(facts.micros)
      .number(facts.first_byte_micros)
      .text(facts.address)
      .text(facts.protocol);
  return fingerprint(bytes, key).low;
}

std::uint64_t sum_of(const WayFacts& facts, const FingerprintKey& key) {
  std::string bytes("way");
  RowWriter(bytes).number(facts.referrer).number(facts.depth).text(facts.seed).text(facts.tag);
  return fingerprint(bytes, key).low;
}

std::uint64_t sum_of(const StateFacts& facts, const FingerprintKey& key) {
  std::string bytes("state");
  RowWriter(bytes)
      .text(facts.state)
      .text(facts.error)
      .number(facts.line.offset)
      .number(facts.line.width);
  return fingerprint(bytes, key).low;
}

std::uint32_t sum_of(const Place& place) {
  std::string bytes;
  RowWriter(bytes)
      .number(place.segment)
      .number(place.offset)
      .number(place.length)
      .number(place.crc32c);
  return static_cast<std::uint32_t>(fingerprint(bytes, {}).low) | 1;
}

std::uint64_t sitemap_line_sum(std::string_view line, std::uint64_t n, const FingerprintKey& key) {
  std::string bytes;
  RowWriter(bytes).number(n).text(line);
  return fingerprint(bytes, key).low;
}

Audited audit_disk(const AuditQuestion& question, const Ledger& ledger, Findings& findings) {
  AuditState state{question, ledger, findings, {}, {}, {}, {}, {}, {}};
  Audited out;
  // Each needs what the one before it has read.
  out.is_whole =
      audit_books(state) && audit_urls(state) && audit_segments(state) && audit_states(state);
  if (out.is_whole) {
    audit_lines(state);
    audit_sitemap_lines(state);
  }
  audit_files(state);
  out.figures = state.figures;
  out.urls = std::move(state.urls);
  return out;
}

}  // namespace scraper::storage
