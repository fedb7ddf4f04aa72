#include "bench/handoff/archive.h"

#include <fcntl.h>
#include <fmt/format.h>
#include <unistd.h>

#include <algorithm>
#include <boost/asio/co_spawn.hpp>
#include <cassert>
#include <exception>
#include <utility>

#include "base/capture.h"
#include "base/rethrow.h"
#include "bench/handoff/document.h"
#include "storage/segments.h"

namespace scraper::bench {

namespace asio = boost::asio;

namespace {

constexpr std::size_t kBodies = 4;  // different ones, so that no parser learns a page by heart

Capture capture_of(std::size_t number, const std::string& body) {
  Capture capture;
  capture.url = *Url::from_serialised(
      fmt::format("http://documentation.test/en/cpp/page-{:06}.html", number));
  capture.request_head = fmt::format(
      "GET /en/cpp/page-{:06}.html HTTP/1.1\r\nHost: documentation.test\r\nAccept: */*\r\n\r\n",
      number);
  capture.head = fmt::format(
      "HTTP/1.1 200 OK\r\nServer: test\r\nContent-Type: text/html; "
      "charset=utf-8\r\nContent-Length: {}\r\nCache-Control: "
      "no-cache\r\n\r\n",
      body.size());
  capture.body.memory = body;
  capture.body.size = body.size();
  capture.status = 200;
  capture.remote_address = "127.0.0.1";
  capture.protocol = "http/1.1";
  capture.timing.started = wall_now();
  return capture;
}

struct Lanes {
  const std::function<asio::awaitable<void>(std::size_t)>& ask;
  std::size_t count = 0;
  std::size_t next = 0;
  std::size_t running = 0;
};

asio::awaitable<void> run_lane(Lanes& lanes) {
  while (lanes.next < lanes.count) co_await lanes.ask(lanes.next++);
}

}  // namespace

void ask_all(asio::io_context& io, std::size_t count, std::size_t width,
             const std::function<asio::awaitable<void>(std::size_t)>& ask) {
  Lanes lanes{ask, count};
  lanes.running = std::min(width, count);
  for (std::size_t i = lanes.running; i > 0; --i) {
    asio::co_spawn(io, run_lane(lanes), [&lanes](const std::exception_ptr& fault) {
      kRethrow(fault);
      --lanes.running;
    });
  }
  if (io.stopped()) io.restart();
  while (lanes.running > 0) {
    [[maybe_unused]] const std::size_t handled = io.run_one();
    assert(handled > 0);
  }
}

Result<std::unique_ptr<HandoffArchive>> HandoffArchive::write(asio::io_context& io,
                                                              ArchiveOptions options) {
  std::unique_ptr<HandoffArchive> archive(new HandoffArchive(std::move(options)));
  for (std::uint32_t i = 0; i < kBodies; ++i)
    archive->bodies_.push_back(documentation_page(archive->options_.payload, i));
  if (auto written = archive->write_all(io); !written) return written.error();
  return archive;
}

Result<void> HandoffArchive::write_all(asio::io_context& io) {
  storage::SegmentOptions segment_options;
  segment_options.directory = options_.directory;
  segment_options.software = "scraper bench handoff";
  auto segments = storage::Segments::open(std::move(segment_options), io.get_executor());
  if (!segments) return segments.error();
  places_.resize(options_.documents);
  heads_.resize(options_.documents);
  Result<void> all;
  const std::size_t width = std::clamp<std::size_t>((32u << 20) / options_.payload, 1, 64);
  ask_all(io, options_.documents, width, [&](std::size_t i) { return append(**segments, i, all); });
  return all;
}

asio::awaitable<void> HandoffArchive::append(storage::Segments& segments, std::size_t i,
                                             Result<void>& all) {
  Capture capture = capture_of(i, bodies_[i % kBodies]);
  if (options_.has_file_each) segments.rotate();
  Result<storage::Appended> appended =
      co_await segments.append(std::move(capture), storage::Keep::kYes);
  if (appended) {
    places_[i] = appended->place;
    heads_[i] = std::move(appended->bytes.head);
  } else {
    all = appended.error();
  }
}

RecordBytes HandoffArchive::bytes(std::size_t document) const {
  RecordBytes bytes;
  bytes.head = heads_[document];
  bytes.body.memory = bodies_[document % kBodies];
  bytes.body.size = bytes.body.memory.size();
  return bytes;
}

Result<int> HandoffArchive::open(std::uint32_t segment) const {
  const std::string path = options_.directory + "/" + storage::segment_name(segment);
  const int file = ::open(path.c_str(), O_RDONLY | O_NOFOLLOW | O_CLOEXEC);
  if (file < 0) return errno_error("cannot open", path);
  return file;
}

}  // namespace scraper::bench
