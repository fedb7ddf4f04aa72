#include "tests/support/test_server.h"

#include <algorithm>
#include <boost/asio/as_tuple.hpp>
#include <boost/asio/awaitable.hpp>
#include <boost/asio/buffer.hpp>
#include <boost/asio/co_spawn.hpp>
#include <boost/asio/io_context.hpp>
#include <boost/asio/ip/tcp.hpp>
#include <boost/asio/post.hpp>
#include <boost/asio/steady_timer.hpp>
#include <boost/asio/use_awaitable.hpp>
#include <boost/asio/write.hpp>
#include <boost/beast/core/flat_buffer.hpp>
#include <boost/beast/http/parser.hpp>
#include <boost/beast/http/read.hpp>
#include <boost/beast/http/string_body.hpp>
#include <condition_variable>
#include <exception>
#include <list>
#include <map>
#include <mutex>
#include <optional>
#include <set>
#include <stdexcept>
#include <thread>

#include "base/rethrow.h"
#include "tests/support/behaviours.h"

namespace scraper::test {

namespace asio = boost::asio;
namespace http = boost::beast::http;
using asio::ip::tcp;

namespace {

constexpr auto kTuple = asio::as_tuple(asio::use_awaitable);
constexpr int kBacklog = 4'096;
constexpr std::uint32_t kMaxRequestHead = 1u << 20;

bool same_ignoring_case(std::string_view a, std::string_view b) {
  return boost::beast::iequals({a.data(), a.size()}, {b.data(), b.size()});
}

std::string without_port(const std::string& host) {
  const auto colon = host.rfind(':');
  const bool is_port = colon != std::string::npos && host.find(']', colon) == std::string::npos;
  return is_port ? host.substr(0, colon) : host;
}

Request describe(const http::request<http::string_body>& message, unsigned connection) {
  Request request;
  request.start = std::chrono::steady_clock::now();
  request.method = std::string(message.method_string());
  request.target = std::string(message.target());
  request.host = std::string(message[http::field::host]);
  for (const auto& field : message)
    request.headers.emplace_back(field.name_string(), field.value());
  request.body = message.body();
  request.connection = connection;
  request.keeps_alive = message.keep_alive();
  return request;
}

void close_socket(tcp::socket& socket, End end) {
  boost::system::error_code ignored;
  if (end == End::kReset) {
    socket.set_option(asio::socket_base::linger(true, 0), ignored);
  } else {
    socket.shutdown(tcp::socket::shutdown_send, ignored);
  }
  socket.close(ignored);
}

}  // namespace

std::string_view Request::path() const {
  std::string_view path = target;
  if (path.substr(0, 7) == "http://") path = path.substr(std::min(path.find('/', 7), path.size()));
  return path.substr(0, path.find('?'));
}

std::string_view Request::query() const {
  const auto mark = target.find('?');
  return mark == std::string::npos ? std::string_view() : std::string_view(target).substr(mark + 1);
}

std::string_view Request::parameter(std::string_view name, std::string_view otherwise) const {
  for (std::string_view rest = query(); !rest.empty();) {
    const std::string_view pair = rest.substr(0, rest.find('&'));
    rest = rest.substr(std::min(pair.size() + 1, rest.size()));
    const auto equals = pair.find('=');
    if (equals != std::string_view::npos && pair.substr(0, equals) == name)
      return pair.substr(equals + 1);
  }
  return otherwise;
}

std::string_view Request::header(std::string_view name) const {
  for (const auto& [key, value] : headers) {
    if (same_ignoring_case(key, name)) return value;
  }
  return {};
}

RawReply reply(int status, std::string_view headers, std::string_view body) {
  std::string bytes = "HTTP/1.1 " + std::to_string(status) + " " +
                      std::string(http::obsolete_reason(http::status(status))) + "\r\n";
  bytes += headers;
  bytes += "Content-Length: " + std::to_string(body.size()) + "\r\n\r\n";
  bytes += body;
  return raw(std::move(bytes), End::kKeep);
}

RawReply html(std::string_view body) {
  return reply(200, "Content-Type: text/html; charset=utf-8\r\n", body);
}

RawReply redirect(int status, std::string_view location) {
  return reply(status, "Location: " + std::string(location) + "\r\n", "moved\n");
}

RawReply raw(std::string bytes, End end) {
  RawReply reply;
  reply.steps.push_back(Step{std::move(bytes)});
  reply.end = end;
  return reply;
}

struct TestServer::State {
  struct Robots {
    std::string body;
    int status;
  };

  asio::io_context io{1};
  std::list<tcp::acceptor> acceptors;
  std::uint16_t port = 0;
  std::string address;
  std::multimap<std::string, asio::steady_timer*>
      waiting;  // answers held back, by path; server's thread only

  mutable std::mutex mutex;  // guards all below
  mutable std::condition_variable arrived;
  std::map<std::string, Responder> responders;
  std::map<std::string, Robots> robots;
  std::set<std::string> held;
  std::vector<Request> log;
  std::map<std::string, std::size_t> count_of_path;
  std::map<std::string, unsigned> at_once, most_at_once;  // by Host field; "" for all
  unsigned connections = 0;

  std::thread thread;

  bool listen(const asio::ip::address& where, std::uint16_t wanted);
  asio::awaitable<void> accept(tcp::acceptor& acceptor);
  asio::awaitable<void> serve(tcp::socket socket, unsigned number);
  asio::awaitable<bool> send(tcp::socket& socket, const RawReply& reply, const std::string& host);
  asio::awaitable<void> wait_until_released(std::string path);

  RawReply begin(const Request& request);
  void finish(const std::string& host);
  Responder responder_of(const Request& request) const;
  RawReply robots_reply(const Request& request) const;
};

bool TestServer::State::listen(const asio::ip::address& where, std::uint16_t wanted) {
  tcp::acceptor acceptor(io);
  boost::system::error_code error;
  const tcp::endpoint endpoint(where, wanted);
  acceptor.open(endpoint.protocol(), error);
  if (!error) acceptor.bind(endpoint, error);
  if (!error) acceptor.listen(kBacklog, error);
  if (error) return false;
  port = acceptor.local_endpoint().port();
  acceptors.push_back(std::move(acceptor));
  return true;
}

asio::awaitable<void> TestServer::State::accept(tcp::acceptor& acceptor) {
  for (;;) {
    auto [error, socket] = co_await acceptor.async_accept(kTuple);
    if (error == asio::error::operation_aborted) co_return;
    if (error) continue;
    socket.set_option(tcp::no_delay(true), error);
    unsigned number = 0;
    {
      std::lock_guard lock(mutex);
      number = ++connections;
    }
    asio::co_spawn(io, serve(std::move(socket), number), kRethrow);
  }
}

asio::awaitable<void> TestServer::State::serve(tcp::socket socket, unsigned number) {
  boost::beast::flat_buffer buffer;
  for (;;) {
    http::request_parser<http::string_body> parser;
    parser.header_limit(kMaxRequestHead);
    auto [error, size] = co_await http::async_read(socket, buffer, parser, kTuple);
    if (error) break;
    const Request request = describe(parser.get(), number);
    const RawReply answer = begin(request);
    co_await wait_until_released(std::string(request.path()));
    const bool is_sent = co_await send(socket, answer, request.host);
    if (is_sent && answer.end == End::kKeep && request.keeps_alive) continue;
    close_socket(socket, answer.end);
    co_return;
  }
}

// False when the client has gone. Accounts for the request's end just before the last bytes, so
// that nobody who has them all can still be counted.
asio::awaitable<bool> TestServer::State::send(tcp::socket& socket, const RawReply& reply,
                                              const std::string& host) {
  bool is_sent = true;
  for (std::size_t i = 0; i < reply.steps.size() && is_sent; ++i) {
    const Step& step = reply.steps[i];
    if (step.pause.count() > 0) {
      asio::steady_timer timer(io, step.pause);
      co_await timer.async_wait(kTuple);
    }
    const bool is_last = i + 1 == reply.steps.size() && !step.repeats;
    if (is_last) finish(host);
    do {
      auto [error, size] = co_await asio::async_write(socket, asio::buffer(step.bytes), kTuple);
      is_sent = !error;
    } while (step.repeats && is_sent);
    if (is_last) co_return is_sent;
  }
  finish(host);
  co_return is_sent;
}

asio::awaitable<void> TestServer::State::wait_until_released(std::string path) {
  {
    std::lock_guard lock(mutex);
    if (held.count(path) == 0) co_return;
  }
  asio::steady_timer timer(io, asio::steady_timer::time_point::max());
  const auto entry = waiting.emplace(std::move(path), &timer);
  co_await timer.async_wait(kTuple);
  waiting.erase(entry);
}

RawReply TestServer::State::begin(const Request& request) {
  Responder responder;
  {
    std::lock_guard lock(mutex);
    log.push_back(request);
    ++count_of_path[std::string(request.path())];
    for (const std::string& host : {request.host, std::string()}) {
      unsigned& most = most_at_once[host];
      most = std::max(most, ++at_once[host]);
    }
    responder = responder_of(request);
  }
  arrived.notify_all();
  return responder(request);
}

void TestServer::State::finish(const std::string& host) {
  std::lock_guard lock(mutex);
  --at_once[host];
  --at_once[""];
}

Responder TestServer::State::responder_of(const Request& request) const {
  const std::string path(request.path());
  if (const auto exact = responders.find(path); exact != responders.end()) return exact->second;
  for (auto slash = path.rfind('/'); slash != std::string::npos;
       slash = slash == 0 ? std::string::npos : path.rfind('/', slash - 1)) {
    const auto below = responders.find(path.substr(0, slash + 1) + "*");
    if (below != responders.end()) return below->second;
  }
  if (path == "/robots.txt") {
    return [answer = robots_reply(request)](const Request&) { return answer; };
  }
  return built_in_reply;
}

RawReply TestServer::State::robots_reply(const Request& request) const {
  auto entry = robots.find(without_port(request.host));
  if (entry == robots.end()) entry = robots.find("");
  if (entry == robots.end()) return reply(404, "", "");
  return reply(entry->second.status, "Content-Type: text/plain\r\n", entry->second.body);
}

TestServer::TestServer(const Options& options) : state_(std::make_unique<State>()) {
  state_->address = options.address;
  // The port that was free for IPv4 may be taken for IPv6: then try another.
  for (int attempt = 0; attempt < 10; ++attempt) {
    state_->acceptors.clear();
    if (!state_->listen(asio::ip::make_address(options.address), 0))
      throw std::runtime_error("cannot listen on " + options.address);
    if (!options.with_ipv6 || state_->listen(asio::ip::address_v6::loopback(), state_->port)) break;
  }
  for (tcp::acceptor& acceptor : state_->acceptors)
    asio::co_spawn(state_->io, state_->accept(acceptor), kRethrow);
  state_->thread = std::thread([state = state_.get()] { state->io.run(); });
}

TestServer::~TestServer() {
  state_->io.stop();
  state_->thread.join();
}

std::uint16_t TestServer::port() const { return state_->port; }

bool TestServer::has_ipv6() const { return state_->acceptors.size() == 2; }

std::string TestServer::url(std::string_view path) const {
  return "http://" + state_->address + ":" + std::to_string(port()) + std::string(path);
}

std::string TestServer::connect_to() const {
  return "::" + state_->address + ":" + std::to_string(port());
}

void TestServer::on(std::string path, Responder responder) {
  std::lock_guard lock(state_->mutex);
  state_->responders[std::move(path)] = std::move(responder);
}

void TestServer::set_robots(std::string host, std::string body, int status) {
  std::lock_guard lock(state_->mutex);
  state_->robots[std::move(host)] = {std::move(body), status};
}

void TestServer::hold(std::string path) {
  std::lock_guard lock(state_->mutex);
  state_->held.insert(std::move(path));
}

void TestServer::release(const std::string& path) {
  {
    std::lock_guard lock(state_->mutex);
    state_->held.erase(path);
  }
  asio::post(state_->io, [state = state_.get(), path] {
    const auto [first, last] = state->waiting.equal_range(path);
    std::for_each(first, last, [](auto& entry) { entry.second->cancel(); });
  });
}

bool TestServer::wait_for(std::string_view path, std::size_t count) const {
  std::unique_lock lock(state_->mutex);
  const std::string key(path);
  return state_->arrived.wait_for(lock, std::chrono::seconds(30), [&] {
    const auto entry = state_->count_of_path.find(key);
    return entry != state_->count_of_path.end() && entry->second >= count;
  });
}

std::vector<Request> TestServer::requests() const {
  std::lock_guard lock(state_->mutex);
  return state_->log;
}

std::size_t TestServer::requests_of(std::string_view path) const {
  std::lock_guard lock(state_->mutex);
  const auto entry = state_->count_of_path.find(std::string(path));
  return entry == state_->count_of_path.end() ? 0 : entry->second;
}

std::size_t TestServer::requests_seen() const {
  std::lock_guard lock(state_->mutex);
  return state_->log.size();
}

unsigned TestServer::connections() const {
  std::lock_guard lock(state_->mutex);
  return state_->connections;
}

unsigned TestServer::most_at_once(const std::string& host) const {
  std::lock_guard lock(state_->mutex);
  const auto entry = state_->most_at_once.find(host);
  return entry == state_->most_at_once.end() ? 0 : entry->second;
}

}  // namespace scraper::test
