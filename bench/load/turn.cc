// The turns of one connection of the load server: read a request, wait, answer, again.
#include <algorithm>
#include <array>
#include <boost/json.hpp>

#include "bench/load/loop.h"

namespace scraper::bench {

namespace {

// Steps of one connection before others have their turn; a step moves a megabyte, of TLS 16 KB, at
// most.
constexpr int kSteps = 4;
constexpr std::size_t kMostLingered = 256u << 10;

LoadReply::Status refusal_of(LoadRequest::What what) {
  switch (what) {
    case LoadRequest::What::kNotFound: return LoadReply::Status::kNotFound;
    case LoadRequest::What::kNotAllowed: return LoadReply::Status::kNotAllowed;
    default: return LoadReply::Status::kBadRequest;
  }
}

}  // namespace

void LoadLoop::serve(std::uint32_t place) {
  for (int steps = 0; turn(place); ++steps) {
    if (steps == kSteps) return again_.push_back(id_of(place));
  }
}

bool LoadLoop::turn(std::uint32_t place) {
  const Connection& connection = connections_[place];
  switch (connection.state) {
    case State::kReading:
      return begin_early(place) || (connection.is_readable && begin_next(place));
    case State::kWaiting: return connection.is_ending && lose(place);
    case State::kWriting: return write(place);
    case State::kLingering: return linger(place);
  }
  return false;
}

bool LoadLoop::begin_early(std::uint32_t place) {
  std::string& early = connections_[place].early;
  if (early.empty()) return false;
  const std::size_t taken = begin(place, early);
  early.erase(0, taken);
  return taken > 0;
}

bool LoadLoop::begin_next(std::uint32_t place) {
  Connection& connection = connections_[place];
  const LoadStream::Done done = read(connection);
  if (done.is_over) {
    if (connection.stream.has_broken()) own_.broken.add();
    drop(place);
    return false;
  }
  if (done.bytes == 0) return false;
  const std::string_view bytes(buffer_.data(), done.bytes);
  const std::size_t taken = connection.early.empty() ? begin(place, bytes) : 0;
  connection.early += bytes.substr(taken);
  return true;
}

LoadStream::Done LoadLoop::read(Connection& connection) {
  const LoadStream::Done done = connection.stream.read(buffer_);
  // The end of a connection has no edge of its own when it was told together with the last bytes.
  connection.is_readable = !done.is_drained || connection.is_ending;
  return done;
}

// Takes a request, if it is whole, and says how much it took.
std::size_t LoadLoop::begin(std::uint32_t place, std::string_view bytes) {
  const std::size_t taken = read_load_request(bytes, connections_[place].request);
  if (taken > 0) begin_answer(place);
  return taken;
}

void LoadLoop::begin_answer(std::uint32_t place) {
  Connection& connection = connections_[place];
  const LoadRequest& request = connection.request;
  const bool is_now = request.delay.count() == 0 && request.what != LoadRequest::What::kHang;
  connection.state = is_now ? State::kWriting : State::kWaiting;
  switch (request.what) {
    case LoadRequest::What::kHang: return;
    case LoadRequest::What::kStats:
      return connection.reply.start_json(boost::json::serialize(to_json(shared_.stats())),
                                         request.is_last);
    case LoadRequest::What::kBody: break;
    default:
      own_.refused.add();
      return connection.reply.start(refusal_of(request.what), 0, request.is_last);
  }
  connection.reply.start(LoadReply::Status::kOk, request.body, request.is_last);
  if (is_now) return;
  due_.push_back({SteadyClock::now() + request.delay, id_of(place)});
  std::push_heap(due_.begin(), due_.end());
}

bool LoadLoop::write(std::uint32_t place) {
  Connection& connection = connections_[place];
  std::array<iovec, LoadReply::kParts> parts;
  const LoadStream::Done done = connection.stream.write(connection.reply.rest(parts));
  if (done.is_over) return lose(place);
  own_.bytes.add(done.bytes);
  connection.reply.sent(done.bytes);
  return connection.reply.is_done() ? end_answer(place) : !done.is_drained;
}

bool LoadLoop::end_answer(std::uint32_t place) {
  Connection& connection = connections_[place];
  if (connection.request.what == LoadRequest::What::kBody) own_.requests.add();
  connection.state = connection.reply.is_last() ? State::kLingering : State::kReading;
  if (!connection.reply.is_last()) return true;
  if (!connection.is_readable && connection.early.empty())
    return drop(place), false;  // nothing unread: no reset can come of it
  connection.stream.finish();
  return true;
}

bool LoadLoop::linger(std::uint32_t place) {
  Connection& connection = connections_[place];
  const LoadStream::Done done = read(connection);
  connection.lingered += done.bytes;
  const bool is_done = done.is_over || connection.lingered > kMostLingered;
  if (is_done) drop(place);
  return !is_done && done.bytes > 0;
}

// An answer nobody waits for any more.
bool LoadLoop::lose(std::uint32_t place) {
  own_.abandoned.add();
  drop(place);
  return false;
}

}  // namespace scraper::bench
