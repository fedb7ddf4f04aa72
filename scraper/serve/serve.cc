#include "scraper/serve/serve.h"

#include <fmt/format.h>

#include <boost/asio/io_context.hpp>
#include <boost/asio/signal_set.hpp>
#include <csignal>
#include <cstdio>

#include "base/error.h"
#include "base/printable.h"
#include "scraper/serve/demo_site.h"
#include "scraper/serve/directory.h"
#include "scraper/serve/http_server.h"

namespace scraper {

namespace asio = boost::asio;

namespace {

// The first signal lets answers finish, the second does not.
void stop_on_signals(asio::signal_set& signals, serve::HttpServer& server) {
  signals.async_wait([&](boost::system::error_code error, int) {
    if (error) return;
    server.stop();
    signals.clear();  // from now on a signal ends the process
  });
}

Result<void> serve_until_signal(const ServeOptions& options, serve::HttpServer::Answer answer,
                                std::string_view what) {
  boost::system::error_code error;
  const auto address = asio::ip::make_address(options.bind, error);
  if (error)
    return usage_error(fmt::format("--bind {}: not an IP address", printable(options.bind)));
  asio::io_context io(1);
  serve::HttpServer server(io, std::move(answer));
  asio::signal_set signals(io, SIGINT, SIGTERM);
  stop_on_signals(signals, server);
  const auto endpoint = server.listen(address, options.port);
  if (!endpoint) return endpoint.error();
  const std::string host =
      address.is_v6() ? fmt::format("[{}]", address.to_string()) : address.to_string();
  fmt::print(stderr, "serving {} on http://{}:{}/\n", what, host, endpoint->port());
  std::fflush(stderr);
  io.run();
  return {};
}

Result<void> serve_demo(const ServeOptions& options) {
  serve::DemoSite site;
  return serve_until_signal(
      options, [&site](const serve::Request& request) { return site.answer(request); },
      "the demo site");
}

Result<void> serve_directory(const ServeOptions& options) {
  auto directory = serve::Directory::open(options.directory);
  if (!directory) return directory.error();
  return serve_until_signal(
      options, [&](const serve::Request& request) { return directory->answer(request); },
      printable(options.directory));
}

}  // namespace

int run_serve(const ServeOptions& options) {
  const auto result = options.is_demo ? serve_demo(options) : serve_directory(options);
  if (result) return 0;
  fmt::print(stderr, "scraper: {}\n", printable(result.error().context));
  return exit_code(result.error().code);
}

}  // namespace scraper
