#include "bench/load/site.h"

#include <arpa/inet.h>
#include <fmt/format.h>
#include <netinet/in.h>
#include <netinet/tcp.h>
#include <sys/socket.h>

#include <array>
#include <boost/json.hpp>
#include <cerrno>

#include "base/descriptor.h"
#include "bench/load/request.h"

namespace scraper::bench {

namespace json = boost::json;

namespace {

constexpr unsigned kMostAddresses = 250;
constexpr unsigned kMostThreads = 64;

// A whole number of an object; `otherwise` when it is not there, -1 when it is something else.
std::int64_t number_of(const json::object& object, std::string_view name, std::int64_t otherwise) {
  const json::value* value = object.if_contains(name);
  if (value == nullptr) return otherwise;
  boost::system::error_code fault;
  const auto number = value->to_number<std::int64_t>(fault);
  return fault ? -1 : number;
}

std::string text_of(const json::value* value) {
  return value == nullptr || !value->is_string() ? "" : std::string(value->get_string());
}

// Everything the other side says until it closes.
Result<std::string> receive_all(int socket) {
  std::string all;
  std::array<char, 8192> some{};
  for (;;) {
    const ssize_t got = ::recv(socket, some.data(), some.size(), 0);
    if (got < 0 && errno == EINTR) continue;
    if (got < 0) return errno_error("cannot read", "the load server's counters");
    if (got == 0) return all;
    all.append(some.data(), static_cast<std::size_t>(got));
  }
}

}  // namespace

std::string LoadSite::url(const LoadPage& page, std::size_t which) const {
  return fmt::format("{}://{}:{}{}", page.is_https ? "https" : "http",
                     addresses[which % addresses.size()], page.is_https ? tls_port : port,
                     load_path(page.body, page.delay, page.is_new_connection));
}

Result<LoadStats> LoadSite::stats() const {
  auto connected = connect_to_load(addresses.front(), port);
  if (!connected) return connected.error();
  const Descriptor socket(*connected);
  constexpr std::string_view kAsk =
      "GET /stats HTTP/1.1\r\nHost: load\r\nConnection: close\r\n\r\n";
  if (::send(socket.get(), kAsk.data(), kAsk.size(), MSG_NOSIGNAL) !=
      static_cast<ssize_t>(kAsk.size())) {
    return errno_error("cannot ask", "the load server for its counters");
  }
  auto answer = receive_all(socket.get());
  if (!answer) return answer.error();
  const std::size_t head = answer->find("\r\n\r\n");
  boost::system::error_code fault;
  const json::value value =
      head == answer->npos ? json::value() : json::parse(answer->substr(head + 4), fault);
  return load_stats_from(value.is_object() ? value.get_object() : json::object());
}

json::object to_json(const LoadOptions& options) {
  return {{"addresses", options.addresses}, {"tls", options.has_tls}, {"threads", options.threads}};
}

Result<LoadOptions> load_options_from(const json::object& task) {
  const std::int64_t addresses = number_of(task, "addresses", 1);
  const std::int64_t threads = number_of(task, "threads", 1);
  if (addresses < 1 || addresses > kMostAddresses || threads < 1 || threads > kMostThreads) {
    return Error{Errc::kUsage,
                 fmt::format("a load server has 1 to {} addresses and 1 to {} threads",
                             kMostAddresses, kMostThreads)};
  }
  const json::value* tls = task.if_contains("tls");
  LoadOptions options;
  options.addresses = static_cast<unsigned>(addresses);
  options.has_tls = tls != nullptr && tls->is_bool() && tls->get_bool();
  options.threads = static_cast<unsigned>(threads);
  return options;
}

json::object to_json(const LoadSite& site) {
  return {{"port", site.port},
          {"tls_port", site.tls_port},
          {"addresses", json::array(site.addresses.begin(), site.addresses.end())},
          {"certificate", site.certificate}};
}

Result<LoadSite> load_site_from(const json::object& answer) {
  LoadSite site;
  site.port = static_cast<std::uint16_t>(number_of(answer, "port", 0));
  site.tls_port = static_cast<std::uint16_t>(number_of(answer, "tls_port", 0));
  site.certificate = text_of(answer.if_contains("certificate"));
  if (const auto* addresses = answer.if_contains("addresses");
      addresses != nullptr && addresses->is_array()) {
    for (const json::value& address : addresses->get_array())
      site.addresses.push_back(text_of(&address));
  }
  if (site.port == 0 || site.addresses.empty())
    return Error{Errc::kInvalid, "the load server did not say where it listens"};
  return site;
}

Result<int> connect_to_load(const std::string& address, std::uint16_t port,
                            std::chrono::milliseconds patience) {
  Descriptor socket(::socket(AF_INET, SOCK_STREAM | SOCK_CLOEXEC, 0));
  if (!socket) return errno_error("cannot make", "a socket");
  const auto whole = std::chrono::floor<std::chrono::seconds>(patience);
  const timeval bound{whole.count(), std::chrono::microseconds(patience - whole).count()};
  ::setsockopt(socket.get(), SOL_SOCKET, SO_RCVTIMEO, &bound, sizeof bound);
  ::setsockopt(socket.get(), SOL_SOCKET, SO_SNDTIMEO, &bound, sizeof bound);  // of connect(), too
  const int on = 1;
  ::setsockopt(socket.get(), IPPROTO_TCP, TCP_NODELAY, &on, sizeof on);
  sockaddr_in name{};
  name.sin_family = AF_INET;
  name.sin_port = htons(port);
  ::inet_pton(AF_INET, address.c_str(), &name.sin_addr);
  if (::connect(socket.get(), reinterpret_cast<const sockaddr*>(&name), sizeof name) != 0) {
    return errno_error("cannot connect to", fmt::format("{}:{}", address, port));
  }
  return socket.release();
}

}  // namespace scraper::bench
