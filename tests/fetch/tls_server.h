// A TLS server on loopback with a certificate made for the occasion, signed by an authority made
// for the occasion. It answers every request with "secure" and keeps the connection.
#pragma once

#include <cstdint>
#include <memory>
#include <string>

namespace scraper::fetch {

class TlsServer {
 public:
  explicit TlsServer(const std::string& name);  // the name in its certificate
  ~TlsServer();

  std::uint16_t port() const;
  const std::string& authority_file() const;  // PEM, removed with the server
  unsigned connections() const;               // handshakes begun

 private:
  struct State;
  std::unique_ptr<State> state_;
};

}  // namespace scraper::fetch
