// TlsStore: the certificates trusted by one engine, loaded once and shared by all its connections.
// libcurl's own way reads the whole bundle for each connection: measured at 945 KB and 25 ms of
// CPU, against about 100 KB and 1.5 ms with one store. A file that was named is read at once, so
// that what is wrong with it is told before anything starts; the system's own by the first
// connection, because a crawl without TLS needs none of its 25 ms.
#pragma once

#include <openssl/ossl_typ.h>

#include <memory>
#include <mutex>
#include <string>

#include "base/error.h"

namespace scraper::fetch {

class TlsStore {
 public:
  // `ca_file`: a PEM bundle; empty: the system's, found where OpenSSL looks for them.
  static Result<TlsStore> load(const std::string& ca_file);

  // Gives a reference of its own to an SSL_CTX. Any thread. A system without certificates leaves
  // the store empty: no server is trusted.
  void share_with(SSL_CTX* context) const;

 private:
  struct Free {
    void operator()(X509_STORE* store) const;
  };
  explicit TlsStore(X509_STORE* store) : store_(store) {}

  std::unique_ptr<X509_STORE, Free> store_;
  std::unique_ptr<std::once_flag>
      system_;  // whether the system's certificates were read; null: there is a file instead
};

}  // namespace scraper::fetch
