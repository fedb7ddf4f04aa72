#include "fetch/tls_store.h"

#include <openssl/err.h>
#include <openssl/ssl.h>
#include <openssl/x509_vfy.h>

namespace scraper::fetch {

void TlsStore::Free::operator()(X509_STORE* store) const { X509_STORE_free(store); }

Result<TlsStore> TlsStore::load(const std::string& ca_file) {
  TlsStore store(X509_STORE_new());
  X509_STORE* raw = store.store_.get();
  if (raw == nullptr) return Error{Errc::kExhausted, "no memory for the TLS certificate store"};
  if (ca_file.empty()) {
    store.system_ = std::make_unique<std::once_flag>();
  } else if (X509_STORE_load_file(raw, ca_file.c_str()) != 1) {
    char reason[256];
    ERR_error_string_n(ERR_peek_last_error(), reason, sizeof reason);
    ERR_clear_error();
    return Error{Errc::kFile, "cannot read certificates from " + ca_file + ": " + reason};
  }
  // As libcurl sets them: an intermediate that is in the store is trusted.
  X509_STORE_set_flags(raw, X509_V_FLAG_TRUSTED_FIRST | X509_V_FLAG_PARTIAL_CHAIN);
  return store;
}

void TlsStore::share_with(SSL_CTX* context) const {
  if (system_ != nullptr) {
    std::call_once(*system_, [this] {
      X509_STORE_set_default_paths(store_.get());
      ERR_clear_error();
    });
  }
  X509_STORE_up_ref(store_.get());
  SSL_CTX_set_cert_store(context, store_.get());
}

}  // namespace scraper::fetch
