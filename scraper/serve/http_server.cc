#include "scraper/serve/http_server.h"

#include <fmt/format.h>
#include <unistd.h>

#include <algorithm>
#include <array>
#include <boost/asio/as_tuple.hpp>
#include <boost/asio/buffer.hpp>
#include <boost/asio/co_spawn.hpp>
#include <boost/asio/use_awaitable.hpp>
#include <boost/asio/write.hpp>
#include <boost/beast/core/flat_buffer.hpp>
#include <boost/beast/http/parser.hpp>
#include <boost/beast/http/read.hpp>
#include <boost/beast/http/string_body.hpp>
#include <ctime>
#include <exception>
#include <optional>

#include "base/ascii.h"
#include "base/rethrow.h"

namespace scraper::serve {

namespace asio = boost::asio;
namespace http = boost::beast::http;
using asio::ip::tcp;

namespace {

constexpr auto kTuple = asio::as_tuple(asio::use_awaitable);
constexpr int kBacklog = 4'096;
constexpr std::uint64_t kMaxRequestBody = 64 * 1'024;
constexpr std::size_t kFilePiece = 256 * 1'024;
constexpr std::chrono::milliseconds kOutOfDescriptors{100};

// IMF-fixdate (RFC 9110 5.6.7); the C locale's names are the English ones.
std::string http_date(std::time_t now) {
  std::tm utc{};
  gmtime_r(&now, &utc);
  std::array<char, 40> text{};
  return {text.data(), std::strftime(text.data(), text.size(), "%a, %d %b %Y %H:%M:%S GMT", &utc)};
}

std::string head_of(const Reply& reply, bool keep_alive) {
  const std::uint64_t size = reply.file ? reply.file_size : reply.body.size();
  std::string head =
      fmt::format("HTTP/1.1 {} {}\r\nDate: {}\r\n", reply.status,
                  std::string_view(http::obsolete_reason(http::status(reply.status))),
                  http_date(std::time(nullptr)));
  for (const auto& [name, value] : reply.headers) head += fmt::format("{}: {}\r\n", name, value);
  head +=
      fmt::format("Content-Length: {}\r\n{}\r\n", size, keep_alive ? "" : "Connection: close\r\n");
  return head;
}

// Host without port, in lower case.
std::string host_name(std::string_view field) {
  const auto colon = field.rfind(':');
  if (colon != std::string_view::npos && field.find(']', colon) == std::string_view::npos)
    field = field.substr(0, colon);
  return ascii_lowered(field);
}

// The status for a request that could not be read; nothing when the client has just gone.
std::optional<int> status_of(boost::system::error_code error) {
  if (error == http::error::header_limit) return 431;
  if (error == http::error::body_limit) return 413;
  const bool is_syntax =
      error.category() == http::make_error_code(http::error::bad_method).category();
  if (!is_syntax || error == http::error::end_of_stream || error == http::error::partial_message)
    return std::nullopt;
  return 400;
}

asio::awaitable<bool> write_all(boost::beast::tcp_stream& stream, std::string_view bytes) {
  auto [error, size] =
      co_await asio::async_write(stream, asio::buffer(bytes.data(), bytes.size()), kTuple);
  co_return !error;
}

// False also when the file has become shorter: then the connection must end, since the length is
// promised.
asio::awaitable<bool> write_file(boost::beast::tcp_stream& stream, int file, std::uint64_t size,
                                 std::chrono::milliseconds time_out) {
  std::string piece(kFilePiece, '\0');
  for (std::uint64_t at = 0; at < size;) {
    const std::size_t wanted = std::min<std::uint64_t>(piece.size(), size - at);
    const ssize_t got = ::pread(file, piece.data(), wanted, static_cast<off_t>(at));
    if (got <= 0) co_return false;
    stream.expires_after(time_out);
    if (!co_await write_all(stream,
                            std::string_view(piece).substr(0, static_cast<std::size_t>(got))))
      co_return false;
    at += static_cast<std::uint64_t>(got);
  }
  co_return true;
}

}  // namespace

Reply text_reply(int status, std::string text) {
  Reply reply;
  reply.status = status;
  reply.headers.emplace_back("Content-Type", "text/plain; charset=utf-8");
  reply.body = std::move(text) + "\n";
  return reply;
}

HttpServer::HttpServer(asio::io_context& io, Answer answer, HttpServerLimits limits)
    : io_(io), answer_(std::move(answer)), limits_(limits), acceptor_(io), deadline_(io) {}

Result<tcp::endpoint> HttpServer::listen(const asio::ip::address& address, std::uint16_t port) {
  const tcp::endpoint endpoint(address, port);
  boost::system::error_code error;
  acceptor_.open(endpoint.protocol(), error);
  if (!error) acceptor_.set_option(asio::socket_base::reuse_address(true), error);
  if (!error) acceptor_.bind(endpoint, error);
  if (!error) acceptor_.listen(kBacklog, error);
  if (error) {
    return Error{Errc::kOther,
                 fmt::format("cannot listen on {} port {}: {} (--port 0 takes a free one)",
                             address.to_string(), port, error.message())};
  }
  asio::co_spawn(io_, accept(), kRethrow);
  return acceptor_.local_endpoint();
}

void HttpServer::stop() {
  is_stopping_ = true;
  acceptor_.close();
  for (auto* stream : idle_) stream->cancel();
  if (connections_.empty()) return;
  deadline_.expires_after(limits_.farewell);
  deadline_.async_wait([this](boost::system::error_code error) {
    if (!error) io_.stop();
  });
}

asio::awaitable<void> HttpServer::accept() {
  while (!is_stopping_) {
    auto [error, socket] = co_await acceptor_.async_accept(kTuple);
    if (!error) {
      socket.set_option(tcp::no_delay(true), error);
      asio::co_spawn(io_, converse(std::move(socket)), kRethrow);
    } else if (!is_stopping_) {
      asio::steady_timer pause(io_, kOutOfDescriptors);
      co_await pause.async_wait(kTuple);
    }
  }
}

asio::awaitable<void> HttpServer::converse(tcp::socket socket) {
  boost::beast::tcp_stream stream(std::move(socket));
  connections_.insert(&stream);
  boost::beast::flat_buffer buffer;
  for (bool goes_on = !is_stopping_; goes_on;) {
    http::request_parser<http::string_body> parser;
    parser.header_limit(static_cast<std::uint32_t>(limits_.request_bytes));
    parser.body_limit(kMaxRequestBody);
    stream.expires_after(limits_.idle);
    idle_.insert(&stream);
    auto [error, size] = co_await http::async_read(stream, buffer, parser, kTuple);
    idle_.erase(&stream);
    stream.expires_after(limits_.idle);
    if (error) {
      const auto status = status_of(error);
      const std::string refusal = status ? head_of(text_reply(*status, ""), false) + "\n" : "";
      if (status) co_await write_all(stream, refusal);
      break;
    }
    const auto& message = parser.get();
    Request request{std::string(message.method_string()), host_name(message[http::field::host]),
                    std::string(message.target())};
    goes_on = co_await serve_one(stream, std::move(request), message.keep_alive());
  }
  connections_.erase(&stream);
  boost::system::error_code ignored;
  stream.socket().shutdown(tcp::socket::shutdown_send, ignored);
  if (is_stopping_ && connections_.empty()) deadline_.cancel();
}

// Whether the connection goes on.
asio::awaitable<bool> HttpServer::serve_one(boost::beast::tcp_stream& stream, Request request,
                                            bool keep_alive) {
  const bool is_known = request.method == "GET" || request.method == "HEAD";
  Reply reply = is_known ? answer_(request) : text_reply(405, "only GET and HEAD");
  if (!is_known) reply.headers.emplace_back("Allow", "GET, HEAD");
  if (reply.pause.count() > 0) {
    asio::steady_timer timer(io_, reply.pause);
    co_await timer.async_wait(kTuple);
  }
  keep_alive = keep_alive && !is_stopping_;
  std::string bytes = head_of(reply, keep_alive);
  const bool has_body = request.method != "HEAD";
  if (has_body) bytes += reply.body;
  bool is_sent = co_await write_all(stream, bytes);
  if (is_sent && has_body && reply.file)
    is_sent = co_await write_file(stream, reply.file.get(), reply.file_size, limits_.idle);
  co_return is_sent&& keep_alive && !is_stopping_;
}

}  // namespace scraper::serve
