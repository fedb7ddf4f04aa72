// HttpServer: a small HTTP/1.1 server on Asio for what the program itself serves: the demo site and
// a directory. GET and HEAD, kept connections, one thread (that of the io_context). It is made to
// be crawled hard by ourselves (a long backlog, no limit a host), and to be safe where somebody
// else reaches it: requests are bounded in size, silent connections in time.
#pragma once

#include <boost/asio/awaitable.hpp>
#include <boost/asio/io_context.hpp>
#include <boost/asio/ip/address.hpp>
#include <boost/asio/ip/tcp.hpp>
#include <boost/asio/steady_timer.hpp>
#include <boost/beast/core/tcp_stream.hpp>
#include <chrono>
#include <cstddef>
#include <functional>
#include <set>

#include "base/error.h"
#include "scraper/serve/reply.h"

namespace scraper::serve {

struct HttpServerLimits {
  std::size_t request_bytes = 64 * 1'024;  // of a request's head; one with more is answered 431
  std::chrono::milliseconds idle{
      60'000};  // a connection without a request, or one that takes no bytes, for so long
  std::chrono::milliseconds farewell{2'000};  // what stop() leaves to answers under way
};

// All methods on the io_context's thread. Outlives the io_context's run().
class HttpServer {
 public:
  using Answer = std::function<Reply(const Request&)>;

  HttpServer(boost::asio::io_context& io, Answer answer,
             HttpServerLimits limits = HttpServerLimits());
  HttpServer(const HttpServer&) = delete;
  HttpServer& operator=(const HttpServer&) = delete;

  // Port 0: a free one. Fails with one line when the address cannot be had.
  Result<boost::asio::ip::tcp::endpoint> listen(const boost::asio::ip::address& address,
                                                std::uint16_t port);

  // No more connections; idle ones are closed now, the others after their answer. Then run() has
  // nothing left to do and returns.
  void stop();

 private:
  boost::asio::awaitable<void> accept();
  boost::asio::awaitable<void> converse(boost::asio::ip::tcp::socket socket);
  boost::asio::awaitable<bool> serve_one(boost::beast::tcp_stream& stream, Request request,
                                         bool keep_alive);

  boost::asio::io_context& io_;
  Answer answer_;
  HttpServerLimits limits_;
  boost::asio::ip::tcp::acceptor acceptor_;
  boost::asio::steady_timer deadline_;
  std::set<boost::beast::tcp_stream*> connections_;
  std::set<boost::beast::tcp_stream*> idle_;  // of these, the ones that wait for a request
  bool is_stopping_ = false;
};

}  // namespace scraper::serve
