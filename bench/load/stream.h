// One accepted connection as bytes: TCP or TLS over it, non-blocking. One thread at a time.
#pragma once

#include <sys/uio.h>

#include <cstddef>
#include <span>

#include "base/descriptor.h"
#include "bench/load/tls.h"

namespace scraper::bench {

class LoadStream {
 public:
  LoadStream() = default;
  // `context` may be null: no TLS.
  LoadStream(Descriptor socket, SSL_CTX* context);

  // What came of a read or write: bytes, or none and why.
  struct Done {
    std::size_t bytes = 0;
    bool is_over = false;     // nothing will come any more, or can be sent
    bool is_drained = false;  // the system has no more now: it tells when it has (epoll's edge)
  };
  Done read(std::span<char> into);
  Done write(std::span<const iovec> parts);  // empty parts not among them

  void finish();  // says that no more is sent: TLS's close_notify, and FIN
  bool has_broken() const { return has_broken_; }
  int descriptor() const { return socket_.get(); }

 private:
  Done read_tls(std::span<char> into);
  Done write_tls(std::span<const iovec> parts);
  Done tls_result(int result);

  Descriptor socket_;
  TlsConnection tls_;
  bool has_broken_ = false;  // by an error, not by its end
};

}  // namespace scraper::bench
