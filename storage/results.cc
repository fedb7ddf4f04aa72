#include "storage/results.h"

#include <fmt/format.h>

#include <algorithm>
#include <cassert>
#include <chrono>

#include "base/json_writer.h"
#include "storage/page_json.h"
#include "storage/warc.h"

namespace scraper::storage {

namespace {

// Milliseconds with a resolution of one microsecond; null for a phase that was not reached.
void write_millis(JsonWriter& json, std::string_view key, Duration duration) {
  json.key(key);
  if (duration == Duration::zero()) {
    json.null();
  } else {
    json.value(static_cast<double>(
                   std::chrono::duration_cast<std::chrono::microseconds>(duration).count()) /
               1000.0);
  }
}

void write_place(JsonWriter& json, const Place& place) {
  if (place.length == 0) {
    json.key("segment").null().key("offset").null().key("length").null().key("crc32c").null();
    return;
  }
  json.field("segment", segment_name(place.segment)).field("offset", place.offset);
  json.field("length", place.length).field("crc32c", place.crc32c);
}

void write_transfer(JsonWriter& json, const ResultLine& line) {
  const Capture& capture = *line.capture;
  json.field("attempts", line.attempts);
  json.field("fetched_at", to_rfc3339(capture.timing.started));
  write_millis(json, "duration_ms", capture.timing.total);
  write_millis(json, "first_byte_ms", capture.timing.first_byte);
  write_text(json, "remote_address", capture.remote_address);
  write_text(json, "protocol", capture.protocol);
}

}  // namespace

RenderedLine render(const ResultLine& line) {
  RenderedLine out;
  JsonWriter json(out.text);
  json.begin_object().field("url", line.url).field("state", line.state);
  write_page_members(json, *line.capture, line.record);
  write_text(json, "error", line.error);
  write_text(json, "duplicate_of", line.duplicate_of);
  json.key("depth");
  out.depth_at = out.text.size();
  out.text.append(line.depth_width - std::min<std::size_t>(line.depth_width,
                                                           fmt::formatted_size("{}", line.depth)),
                  ' ');
  json.value(line.depth);
  write_text(json, "referrer", line.referrer);
  write_text(json, "seed", line.seed);
  write_text(json, "tag", line.tag);
  write_transfer(json, line);
  write_place(json, line.place);
  if (line.wants_links) write_links(json, line.record);
  if (line.wants_text) write_page_text(json, line.record);
  json.end_object();
  return out;
}

Result<std::unique_ptr<Results>> Results::open(const std::string& path) {
  auto file = LineFile::open(path);
  if (!file) return file.error();
  return std::unique_ptr<Results>(new Results(std::move(*file)));
}

Result<std::unique_ptr<Results>> Results::resume(const std::string& path, std::uint64_t length,
                                                 std::uint64_t lines) {
  auto file = LineFile::resume(path, length, lines);
  if (!file) return file.error();
  return std::unique_ptr<Results>(new Results(std::move(*file)));
}

Results::DepthPlace Results::append(const RenderedLine& line, unsigned depth) {
  const std::uint64_t begin = file_->append(line.text);
  return DepthPlace{begin + line.depth_at,
                    static_cast<std::uint8_t>(fmt::formatted_size("{}", depth))};
}

Result<void> Results::lower_depth(DepthPlace place, unsigned depth) {
  const std::string digits = fmt::format("{:>{}}", depth, place.width);
  assert(digits.size() == place.width);
  if (place.offset >= committed_) {
    const auto written = file_->overwrite(place.offset, digits);
    if (written) patches_.erase(place.offset);
    if (written || written.error().code != Errc::kExhausted) return written;
  }
  patches_.insert_or_assign(place.offset, digits);
  return {};
}

void Results::committed(std::uint64_t length) {
  assert(length >= committed_ && length <= bytes());
  committed_ = length;
}

std::vector<DepthPatch> Results::take_patches() {
  std::vector<DepthPatch> taken;
  taken.reserve(patches_.size());
  for (auto& [offset, digits] : patches_) taken.push_back({offset, std::move(digits)});
  patches_.clear();
  return taken;
}

}  // namespace scraper::storage
