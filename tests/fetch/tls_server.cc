#include "tests/fetch/tls_server.h"

#include <openssl/pem.h>
#include <openssl/x509v3.h>

#include <atomic>
#include <boost/asio/as_tuple.hpp>
#include <boost/asio/awaitable.hpp>
#include <boost/asio/co_spawn.hpp>
#include <boost/asio/detached.hpp>
#include <boost/asio/io_context.hpp>
#include <boost/asio/ip/tcp.hpp>
#include <boost/asio/read_until.hpp>
#include <boost/asio/ssl.hpp>
#include <boost/asio/ssl/impl/src.hpp>
#include <boost/asio/use_awaitable.hpp>
#include <boost/asio/write.hpp>
#include <filesystem>
#include <fstream>
#include <stdexcept>
#include <thread>

namespace scraper::fetch {

namespace {

namespace asio = boost::asio;
using asio::ip::tcp;

constexpr auto kTuple = asio::as_tuple(asio::use_awaitable);

struct CertificateFree {
  void operator()(X509* certificate) const { X509_free(certificate); }
};
struct KeyFree {
  void operator()(EVP_PKEY* key) const { EVP_PKEY_free(key); }
};
using Certificate = std::unique_ptr<X509, CertificateFree>;
using Key = std::unique_ptr<EVP_PKEY, KeyFree>;

void add_extension(X509* certificate, int kind, const std::string& value) {
  X509_EXTENSION* extension = X509V3_EXT_conf_nid(nullptr, nullptr, kind, value.c_str());
  if (extension == nullptr) throw std::runtime_error("certificate extension");
  X509_add_ext(certificate, extension, -1);
  X509_EXTENSION_free(extension);
}

Certificate make_certificate(const std::string& name, EVP_PKEY* key, X509* issuer,
                             EVP_PKEY* issuer_key) {
  Certificate certificate(X509_new());
  X509* raw = certificate.get();
  X509_set_version(raw, X509_VERSION_3);
  ASN1_INTEGER_set(X509_get_serialNumber(raw), issuer == nullptr ? 1 : 2);
  X509_gmtime_adj(X509_getm_notBefore(raw), -3600);
  X509_gmtime_adj(X509_getm_notAfter(raw), 3600);
  X509_set_pubkey(raw, key);
  X509_NAME_add_entry_by_txt(X509_get_subject_name(raw), "CN", MBSTRING_ASC,
                             reinterpret_cast<const unsigned char*>(name.c_str()), -1, -1, 0);
  X509_set_issuer_name(raw, X509_get_subject_name(issuer == nullptr ? raw : issuer));
  if (issuer == nullptr) {
    add_extension(raw, NID_basic_constraints, "critical,CA:TRUE");
  } else {
    add_extension(raw, NID_subject_alt_name, "DNS:" + name);
  }
  X509_sign(raw, issuer_key, EVP_sha256());
  return certificate;
}

std::string pem_of(X509* certificate) {
  BIO* memory = BIO_new(BIO_s_mem());
  PEM_write_bio_X509(memory, certificate);
  char* bytes = nullptr;
  const auto size = static_cast<std::size_t>(BIO_get_mem_data(memory, &bytes));
  std::string pem(bytes, size);
  BIO_free(memory);
  return pem;
}

std::string write_temporary(const std::string& text) {
  std::string path = (std::filesystem::temp_directory_path() / "scraper-ca-XXXXXX").string();
  const int descriptor = ::mkstemp(path.data());
  if (descriptor < 0) throw std::runtime_error("no temporary file");
  ::close(descriptor);
  std::ofstream(path) << text;
  return path;
}

}  // namespace

struct TlsServer::State {
  asio::io_context io;
  asio::ssl::context context{asio::ssl::context::tls_server};
  tcp::acceptor acceptor{io, tcp::endpoint(asio::ip::address_v4::loopback(), 0)};
  std::string authority_file;
  std::atomic<unsigned> connections{0};
  std::thread thread;

  asio::awaitable<void> serve(tcp::socket socket) {
    asio::ssl::stream<tcp::socket> stream(std::move(socket), context);
    if (auto [error] = co_await stream.async_handshake(asio::ssl::stream_base::server, kTuple);
        error)
      co_return;
    std::string request;
    const std::string answer = "HTTP/1.1 200 OK\r\nContent-Length: 6\r\n\r\nsecure";
    for (;;) {
      auto [error, size] = co_await asio::async_read_until(
          stream, asio::dynamic_buffer(request, 65'536), "\r\n\r\n", kTuple);
      if (error) co_return;
      request.erase(0, size);
      auto [failure, written] = co_await asio::async_write(stream, asio::buffer(answer), kTuple);
      if (failure || written == 0) co_return;
    }
  }

  asio::awaitable<void> accept() {
    for (;;) {
      auto [error, socket] = co_await acceptor.async_accept(kTuple);
      if (error) co_return;
      ++connections;
      asio::co_spawn(io, serve(std::move(socket)), asio::detached);
    }
  }
};

TlsServer::TlsServer(const std::string& name) : state_(std::make_unique<State>()) {
  const Key authority_key(EVP_EC_gen("P-256"));
  const Key key(EVP_EC_gen("P-256"));
  const Certificate authority =
      make_certificate("scraper test authority", authority_key.get(), nullptr, authority_key.get());
  const Certificate certificate =
      make_certificate(name, key.get(), authority.get(), authority_key.get());
  SSL_CTX* context = state_->context.native_handle();
  SSL_CTX_use_certificate(context, certificate.get());
  SSL_CTX_use_PrivateKey(context, key.get());
  state_->authority_file = write_temporary(pem_of(authority.get()));
  asio::co_spawn(state_->io, state_->accept(), asio::detached);
  state_->thread = std::thread([state = state_.get()] { state->io.run(); });
}

TlsServer::~TlsServer() {
  state_->io.stop();
  state_->thread.join();
  std::filesystem::remove(state_->authority_file);
}

std::uint16_t TlsServer::port() const { return state_->acceptor.local_endpoint().port(); }

const std::string& TlsServer::authority_file() const { return state_->authority_file; }

unsigned TlsServer::connections() const { return state_->connections; }

}  // namespace scraper::fetch
