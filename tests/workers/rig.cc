#include "tests/workers/rig.h"

#include <dirent.h>
#include <fcntl.h>
#include <sys/mman.h>
#include <unistd.h>

#include <array>
#include <boost/asio/co_spawn.hpp>
#include <chrono>
#include <exception>

#include "base/clock.h"
#include "base/crc32c.h"
#include "base/rethrow.h"
#include "parse/workers/worker_process.h"
#include "tests/catch.h"

namespace scraper::parse {

namespace {

std::string response_record(std::string_view body) {
  std::string block =
      "HTTP/1.1 200 OK\r\nContent-Type: text/html; charset=utf-8\r\nContent-Length: " +
      std::to_string(body.size()) + "\r\n\r\n";
  block += body;
  return "WARC/1.1\r\nWARC-Type: response\r\nWARC-Record-ID: "
         "<urn:uuid:6a1f0f5c-0b1b-4e5e-9d7b-0c6f3f0a9b11>\r\n"
         "WARC-Date: 2026-03-01T12:00:00Z\r\nWARC-Target-URI: http://pages.test/dir/page\r\n"
         "Content-Type: application/http;msgtype=response\r\nContent-Length: " +
         std::to_string(block.size()) + "\r\n\r\n" + block + "\r\n\r\n";
}

}  // namespace

Place Archive::add(std::string_view body, std::uint32_t segment) {
  while (files_.size() <= segment)
    files_.push_back({Descriptor(::memfd_create("segment", MFD_CLOEXEC)), 0});
  File& file = files_[segment];
  const std::string record = response_record(body);
  REQUIRE(::pwrite(file.descriptor.get(), record.data(), record.size(),
                   static_cast<off_t>(file.size)) == static_cast<ssize_t>(record.size()));
  const Place place{segment, file.size, record.size(), crc32c(record)};
  file.size += record.size();
  return place;
}

Place Archive::add_page(std::string_view title, std::uint32_t segment) {
  return add("<!DOCTYPE html><title>" + std::string(title) + "</title><p>Words.", segment);
}

Result<int> Archive::open(std::uint32_t segment) const {
  if (segment >= files_.size()) return Error{Errc::kFile, "no segment " + std::to_string(segment)};
  const std::string path = "/proc/self/fd/" + std::to_string(files_[segment].descriptor.get());
  const int descriptor = ::open(path.c_str(), O_RDONLY | O_CLOEXEC);
  if (descriptor < 0) return errno_error("cannot open", path);
  return descriptor;
}

RecordBytes Archive::bytes_at(const Place& place) const {
  std::string record(place.length, '\0');
  REQUIRE(::pread(files_.at(place.segment).descriptor.get(), record.data(), record.size(),
                  static_cast<off_t>(place.offset)) == static_cast<ssize_t>(record.size()));
  const auto warc_end = record.find("\r\n\r\n");
  const auto body = record.find("\r\n\r\n", warc_end + 4) + 4;
  RecordBytes bytes;
  bytes.head = record.substr(0, body);
  bytes.body.memory = record.substr(body, record.size() - body - 4);
  bytes.body.size = bytes.body.memory.size();
  return bytes;
}

std::vector<Way> ways_of_processes() {
  return {{Handoff::kFile, false},
          {Handoff::kPipe, false},
          {Handoff::kPipe, true},
          {Handoff::kShm, false},
          {Handoff::kShm, true}};
}

std::vector<Way> all_ways() {
  std::vector<Way> ways = ways_of_processes();
  ways.insert(ways.end(),
              {{Handoff::kFile, true}, {Handoff::kInline, false}, {Handoff::kInline, true}});
  return ways;
}

std::string to_string(const Way& way) {
  constexpr std::array kNames = {"file", "pipe", "shm", "inline"};
  return std::string(kNames.at(static_cast<std::size_t>(way.handoff))) +
         (way.is_in_memory ? ", bytes in memory" : "");
}

Rig::Rig(Way way) : is_in_memory_(way.is_in_memory) {
  options.handoff = way.handoff;
  options.page.robots_agent = "scraper";
  options.open_segment = [this](std::uint32_t segment) { return archive.open(segment); };
}

Rig::~Rig() = default;

void Rig::start() {
  Result<std::unique_ptr<ParsePool>> started = ParsePool::start(io_.get_executor(), options);
  if (!started) FAIL(started.error().context);
  pool_ = std::move(*started);
}

std::size_t Rig::ask(Place place, TaskKind kind) {
  return start_following(place, kind, is_in_memory_ ? archive.bytes_at(place) : RecordBytes());
}

std::size_t Rig::ask_with(Place place, RecordBytes bytes) {
  return start_following(place, TaskKind::kPage, std::move(bytes));
}

std::size_t Rig::start_following(Place place, TaskKind kind, RecordBytes bytes) {
  outcomes_.emplace_back();
  boost::asio::co_spawn(io_, follow(outcomes_.size() - 1, place, kind, std::move(bytes)), kRethrow);
  return outcomes_.size() - 1;
}

boost::asio::awaitable<void> Rig::follow(std::size_t number, Place place, TaskKind kind,
                                         RecordBytes bytes) {
  ParseOutcome outcome = co_await pool_->parse(place, kind, std::move(bytes));
  REQUIRE(outcomes_[number] == nullptr);
  outcomes_[number] = std::make_unique<ParseOutcome>(std::move(outcome));
  ++there_;
}

void Rig::run_until(const std::function<bool()>& condition) {
  const TimePoint deadline = SteadyClock::now() + std::chrono::minutes(1);
  while (!condition()) {
    if (io_.stopped()) io_.restart();
    io_.run_one_until(deadline);
    REQUIRE(SteadyClock::now() < deadline);
  }
}

void Rig::run() {
  run_until([this] { return there_ == outcomes_.size(); });
}

void Rig::warm_up() {
  const std::size_t before = there_;
  ask_page("warm");
  run_until([&] { return there_ > before; });
}

std::string Rig::title(std::size_t number) const {
  if (const auto* record = std::get_if<PageRecord>(outcomes_[number].get()))
    return std::string(record->title);
  return "failed: " + reason(number);
}

std::string Rig::reason(std::size_t number) const {
  const auto* failure = std::get_if<ParseFailure>(outcomes_[number].get());
  return failure == nullptr ? std::string() : failure->reason;
}

std::size_t open_descriptors() {
  std::size_t count = 0;
  DIR* const directory = ::opendir("/proc/self/fd");
  REQUIRE(directory != nullptr);
  while (::readdir(directory) != nullptr) ++count;
  ::closedir(directory);
  return count;
}

std::string beside_this_program(std::string_view name) {
  std::string path = default_worker_path();
  path.resize(path.rfind('/') + 1);
  return path.append(name);
}

}  // namespace scraper::parse
