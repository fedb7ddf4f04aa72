// The least a client can do, so as to see what the load server can: raw sockets, one thread, one
// epoll, no HTTP but a fixed request and a count of bytes. What a fetch engine reaches is a part of
// this, and the server has to be good for several times the engine.
//
// The calls block for as long as they are told and count CPU of the calling thread alone.
#pragma once

#include <chrono>
#include <cstdint>
#include <string>

#include "base/error.h"
#include "bench/load/site.h"

namespace scraper::bench {

struct BareRun {
  LoadPage page;
  unsigned connections = 100;  // kept alive, spread over the server's addresses; each asks again as
                               // soon as it is answered
  std::chrono::milliseconds duration = std::chrono::seconds(2);
};

struct BareFigures {
  std::uint64_t requests = 0;
  std::uint64_t errors = 0;  // connections that broke
  double requests_per_second = 0;
  double cpu_us = 0;         // the client's, a request
  double server_cpu_us = 0;  // the server's, a request
  LoadStats server;          // what the server counted meanwhile
};

// Fails when no connection can be made or the server answers something else than was asked for.
Result<BareFigures> run_bare_client(const LoadSite& site, const BareRun& run);

struct BareTlsRun {
  std::uint64_t body = 10'240;
  std::chrono::milliseconds duration = std::chrono::seconds(2);
  bool resumes = false;  // hands the session of the connection before to the next, as no crawler of
                         // many hosts can
};

struct BareTlsFigures {
  std::uint64_t connections = 0;
  std::uint64_t resumed = 0;
  double connections_per_second = 0;
  double cpu_us =
      0;  // the client's: connect, handshake with verification, one request and its answer, close
  double server_cpu_us = 0;  // the server's
};

// A bare OpenSSL client: a new connection for each request, one after the other on blocking
// sockets. The rest is as in the engines: one X509_STORE with the certificates of `ca_file`, names
// verified, ALPN http/1.1, OpenSSL's default versions (TLS 1.3 here); but one SSL_CTX for all.
Result<BareTlsFigures> run_bare_tls(const LoadSite& site, const std::string& ca_file,
                                    const BareTlsRun& run);

}  // namespace scraper::bench
