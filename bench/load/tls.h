// The TLS of the load server: a certificate made at start, and settings as a real server has them.
#pragma once

#include <openssl/ossl_typ.h>

#include <memory>
#include <string>
#include <vector>

#include "base/error.h"

namespace scraper::bench {

struct FreeTls {
  void operator()(SSL_CTX* context) const;
  void operator()(SSL* connection) const;
};
using TlsContext = std::unique_ptr<SSL_CTX, FreeTls>;
using TlsConnection = std::unique_ptr<SSL, FreeTls>;

struct LoadTls {
  TlsContext context;
  std::string certificate;  // PEM
};

// ECDSA P-256, signed by itself, for "localhost" and these addresses. TLS 1.2 and 1.3, ALPN
// http/1.1; session tickets are sent, two a connection as is OpenSSL's default, because real
// servers do and receiving them is a client's work too. Buffers are given back while a connection
// is idle: a connection costs some 10 KB instead of 40.
Result<LoadTls> make_load_tls(const std::vector<std::string>& addresses);

// "what: OpenSSL's reason".
Error tls_error(const std::string& what);

}  // namespace scraper::bench
