// The bare OpenSSL client of bare_client.h.
#include <fmt/format.h>
#include <openssl/err.h>
#include <openssl/ssl.h>
#include <openssl/x509v3.h>

#include <algorithm>
#include <array>
#include <memory>
#include <utility>

#include "base/clock.h"
#include "base/descriptor.h"
#include "bench/load/bare_client.h"
#include "bench/load/request.h"
#include "bench/load/tls.h"
#include "bench/process_usage.h"
#include "fetch/tls_store.h"

namespace scraper::bench {

namespace {

struct FreeSession {
  void operator()(SSL_SESSION* session) const { SSL_SESSION_free(session); }
};
using Session = std::unique_ptr<SSL_SESSION, FreeSession>;

// TLS 1.3 gives sessions away after the handshake, through this callback; the last is the one to
// use.
int keep_session(SSL* connection, SSL_SESSION* session) {
  static_cast<Session*>(SSL_get_app_data(connection))->reset(session);
  return 1;  // it is ours now
}

Result<TlsContext> make_context(const std::string& ca_file, bool resumes) {
  const auto store = fetch::TlsStore::load(ca_file);
  if (!store) return store.error();
  TlsContext context(SSL_CTX_new(TLS_client_method()));
  if (!context) return tls_error("cannot set up TLS");
  store->share_with(context.get());
  SSL_CTX_set_verify(context.get(), SSL_VERIFY_PEER, nullptr);
  SSL_CTX_set_options(context.get(), SSL_OP_IGNORE_UNEXPECTED_EOF);
  constexpr std::array<unsigned char, 9> kHttp11 = {8, 'h', 't', 't', 'p', '/', '1', '.', '1'};
  SSL_CTX_set_alpn_protos(context.get(), kHttp11.data(), kHttp11.size());
  SSL_CTX_set_session_cache_mode(
      context.get(),
      resumes ? SSL_SESS_CACHE_CLIENT | SSL_SESS_CACHE_NO_INTERNAL : SSL_SESS_CACHE_OFF);
  if (resumes) SSL_CTX_sess_set_new_cb(context.get(), keep_session);
  return context;
}

class BareTls {
 public:
  BareTls(const LoadSite& site, const BareTlsRun& run, SSL_CTX* context)
      : site_(site),
        context_(context),
        resumes_(run.resumes),
        body_(run.body),
        request_(
            fmt::format("GET {} HTTP/1.1\r\nHost: load\r\n\r\n", load_path(run.body, {}, true))) {}

  // One connection, from its beginning to its end; whether it resumed a session.
  Result<bool> exchange(std::size_t which);

 private:
  Result<void> talk(SSL* connection);

  const LoadSite& site_;
  SSL_CTX* const context_;
  const bool resumes_;
  const std::uint64_t body_;
  const std::string request_;
  Session session_;
  std::array<char, 32u << 10> buffer_;
};

Result<bool> BareTls::exchange(std::size_t which) {
  const std::string& address = site_.addresses[which % site_.addresses.size()];
  auto connected = connect_to_load(address, site_.tls_port);
  if (!connected) return connected.error();
  const Descriptor socket(*connected);
  ERR_clear_error();
  const TlsConnection connection(SSL_new(context_));
  SSL_set_fd(connection.get(), socket.get());
  SSL_set_app_data(connection.get(), &session_);
  X509_VERIFY_PARAM_set1_ip_asc(SSL_get0_param(connection.get()), address.c_str());
  if (resumes_ && session_) SSL_set_session(connection.get(), session_.get());
  if (SSL_connect(connection.get()) != 1) return tls_error("cannot speak TLS with the load server");
  const bool is_resumed = SSL_session_reused(connection.get()) == 1;
  if (auto talked = talk(connection.get()); !talked) return talked.error();
  SSL_shutdown(connection.get());
  return is_resumed;
}

Result<void> BareTls::talk(SSL* connection) {
  if (SSL_write(connection, request_.data(), static_cast<int>(request_.size())) <= 0)
    return tls_error("cannot ask the load server");
  std::uint64_t all = 0;
  for (int got = 0;
       (got = SSL_read(connection, buffer_.data(), static_cast<int>(buffer_.size()))) > 0;) {
    all += static_cast<std::uint64_t>(got);
  }
  if (all <= body_) return Error{Errc::kInvalid, "the load server's answer over TLS was cut short"};
  return {};
}

}  // namespace

Result<BareTlsFigures> run_bare_tls(const LoadSite& site, const std::string& ca_file,
                                    const BareTlsRun& run) {
  const auto context = make_context(ca_file, run.resumes);
  if (!context) return context.error();
  const auto client = std::make_unique<BareTls>(site, run, context->get());
  if (auto warmed = client->exchange(0); !warmed) return warmed.error();
  const auto before = site.stats();
  if (!before) return before.error();
  const double cpu = thread_cpu_us();
  const TimePoint start = SteadyClock::now();
  BareTlsFigures figures;
  do {
    auto done = client->exchange(++figures.connections);
    if (!done) return done.error();
    if (*done) ++figures.resumed;
  } while (SteadyClock::now() < start + run.duration);
  const auto count = static_cast<double>(figures.connections);
  figures.cpu_us = (thread_cpu_us() - cpu) / count;
  figures.connections_per_second = count / seconds(SteadyClock::now() - start);
  const auto after = site.stats();
  if (!after) return after.error();
  figures.server_cpu_us = static_cast<double>(after->cpu_us - before->cpu_us) / count;
  return figures;
}

}  // namespace scraper::bench
