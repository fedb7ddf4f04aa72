#include "bench/load/server.h"

#include <fmt/format.h>
#include <sys/mman.h>
#include <sys/resource.h>
#include <unistd.h>

#include <boost/json.hpp>
#include <csignal>
#include <utility>
#include <vector>

#include "base/thread.h"
#include "bench/load/listen.h"
#include "bench/load/loop.h"
#include "bench/load/tls.h"

namespace scraper::bench {

namespace {

// One loop in this thread, the others in threads of their own; the first failure of any.
Result<void> run_loops(LoadShared& shared, unsigned threads, int until_closed) {
  for (unsigned i = 0; i < threads; ++i) shared.counters.emplace_back();
  std::vector<Result<void>> results(threads);
  const auto run = [&](unsigned i) {
    const auto loop = std::make_unique<LoadLoop>(shared, shared.counters[i]);
    results[i] = loop->run(until_closed);
  };
  std::vector<Thread> others;
  for (unsigned i = 1; i < threads; ++i) {
    auto started = Thread::start("load-server", [&run, i] { run(i); });
    if (started) others.push_back(std::move(*started));
  }
  run(0);
  others.clear();  // joins: they end as this one did
  for (const Result<void>& result : results) {
    if (!result) return result;
  }
  return {};
}

}  // namespace

Result<void> serve_load(const LoadOptions& options, int until_closed,
                        const std::function<void(const LoadSite&)>& listening) {
  LoadSite site;
  site.addresses = loopback_addresses(options.addresses);
  LoadShared shared;
  auto plain = listen_on(site.addresses);
  if (!plain) return plain.error();
  shared.plain = std::move(*plain);
  site.port = shared.plain.port;
  LoadTls tls;
  if (options.has_tls) {
    auto made = make_load_tls(site.addresses);
    if (!made) return made.error();
    tls = std::move(*made);
    auto listeners = listen_on(site.addresses);
    if (!listeners) return listeners.error();
    shared.tls = std::move(*listeners);
    shared.tls_context = tls.context.get();
    site.tls_port = shared.tls.port;
    site.certificate = tls.certificate;
  }
  listening(site);  // connections wait in the backlog until the loops take them
  return run_loops(shared, options.threads, until_closed);
}

int run_load_server(const boost::json::object& task) {
  std::signal(SIGPIPE, SIG_IGN);  // OpenSSL writes to what a client may have closed
  rlimit limit{};
  ::getrlimit(RLIMIT_NOFILE, &limit);
  limit.rlim_cur = limit.rlim_max;
  ::setrlimit(RLIMIT_NOFILE, &limit);
  const auto options = load_options_from(task);
  const auto say_where = [](const LoadSite& site) { say(to_json(site)); };
  const Result<void> served =
      options ? serve_load(*options, STDIN_FILENO, say_where) : Result<void>(options.error());
  if (!served) say({{"error", served.error().context}});
  return served ? 0 : 1;
}

Result<std::unique_ptr<LoadServer>> LoadServer::start(const LoadOptions& options) {
  auto child = Child::start("load-server", to_json(options));
  if (!child) return child.error();
  const auto answer = (*child)->answer(std::chrono::seconds(10));
  if (!answer) return answer.error();
  auto site = load_site_from(*answer);
  if (!site) return site.error();
  std::unique_ptr<LoadServer> server(new LoadServer(std::move(*child), std::move(*site)));
  if (auto written = server->write_certificate(); !written) return written.error();
  return server;
}

LoadServer::~LoadServer() { child_->end(); }

Result<void> LoadServer::write_certificate() {
  if (site_.certificate.empty()) return {};
  certificate_.reset(::memfd_create("load-server-certificate", MFD_CLOEXEC));
  const std::string& pem = site_.certificate;
  if (!certificate_ ||
      ::write(certificate_.get(), pem.data(), pem.size()) != static_cast<ssize_t>(pem.size())) {
    return errno_error("cannot write", "the load server's certificate");
  }
  certificate_file_ = fmt::format("/proc/{}/fd/{}", ::getpid(), certificate_.get());
  return {};
}

}  // namespace scraper::bench
