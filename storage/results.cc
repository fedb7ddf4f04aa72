#include "storage/results.h"

#include <fcntl.h>
#include <fmt/format.h>
#include <unistd.h>

#include <cassert>
#include <cerrno>
#include <chrono>

#include "scraper/base/json_writer.h"
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
    json.value(static_cast<double>(std::chrono::duration_cast<std::chrono::microseconds>(duration).count()) / 1000.0);
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

struct Results::State {
  int file = -1;
  std::string path;
  std::string buffer;         // whole lines
  std::uint64_t written = 0;  // bytes of whole lines in the file
  std::uint64_t lines = 0;
};

Results::Results(std::unique_ptr<State> state) : state_(std::move(state)) {}

Result<std::unique_ptr<Results>> Results::open(const std::string& path) {
  const int file = ::open(path.c_str(), O_WRONLY | O_CREAT | O_EXCL | O_NOFOLLOW | O_CLOEXEC, 0600);
  if (file < 0) return errno_error("cannot create", path);
  auto state = std::make_unique<State>();
  state->file = file;
  state->path = path;
  return std::unique_ptr<Results>(new Results(std::move(state)));
}

Results::~Results() {
  [[maybe_unused]] const auto flushed = flush();
  ::close(state_->file);
}

Result<Results::DepthPlace> Results::append(const RenderedLine& line, unsigned depth) {
  assert(line.text.find('\n') == line.text.npos);
  if (state_->buffer.size() >= kBuffer) {
    if (auto flushed = flush(); !flushed) return flushed.error();
  }
  const std::uint64_t begin = bytes();
  state_->buffer.append(line.text).append("\n");
  ++state_->lines;
  return DepthPlace{begin + line.depth_at, static_cast<std::uint8_t>(fmt::formatted_size("{}", depth))};
}

Result<void> Results::lower_depth(DepthPlace place, unsigned depth) {
  const std::string digits = fmt::format("{:>{}}", depth, place.width);
  assert(digits.size() == place.width && place.offset + place.width <= bytes());
  if (place.offset >= state_->written) {  // a line is never parted: all of it is buffered or none
    state_->buffer.replace(place.offset - state_->written, digits.size(), digits);
    return {};
  }
  for (std::size_t done = 0; done < digits.size();) {
    const ssize_t n = ::pwrite(state_->file, digits.data() + done, digits.size() - done, static_cast<off_t>(place.offset + done));
    if (n < 0 && errno == EINTR) continue;
    if (n == 0) errno = EIO;
    if (n <= 0) return errno_error("cannot write", state_->path);
    done += static_cast<std::size_t>(n);
  }
  return {};
}

Result<void> Results::flush() {
  State& s = *state_;
  std::size_t done = 0;
  while (done < s.buffer.size()) {
    const ssize_t n = ::pwrite(s.file, s.buffer.data() + done, s.buffer.size() - done, static_cast<off_t>(s.written + done));
    if (n < 0 && errno == EINTR) continue;
    if (n == 0) errno = EIO;
    if (n <= 0) break;
    done += static_cast<std::size_t>(n);
  }
  if (done == s.buffer.size()) {
    s.written += done;
    s.buffer.clear();
    return {};
  }
  Error error = errno_error("cannot write", s.path);
  const std::size_t whole = done == 0 ? 0 : s.buffer.rfind('\n', done - 1) + 1;  // npos + 1 is 0
  s.written += whole;
  s.buffer.erase(0, whole);
  [[maybe_unused]] const int cut = ::ftruncate(s.file, static_cast<off_t>(s.written));
  return error;
}

std::uint64_t Results::lines() const { return state_->lines; }
std::uint64_t Results::bytes() const { return state_->written + state_->buffer.size(); }

}  // namespace scraper::storage
