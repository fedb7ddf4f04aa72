#include "bench/load/stream.h"

#include <openssl/err.h>
#include <openssl/ssl.h>
#include <sys/socket.h>

#include <algorithm>
#include <array>
#include <cerrno>
#include <cstring>
#include <utility>

#include "base/descriptor.h"

namespace scraper::bench {

namespace {

constexpr std::size_t kRecord = 16'384;  // RFC 8446, 5.1

}  // namespace

LoadStream::LoadStream(Descriptor socket, SSL_CTX* context) : socket_(std::move(socket)) {
  if (context == nullptr) return;
  tls_.reset(SSL_new(context));
  has_broken_ = !tls_;
  if (!tls_) return;
  SSL_set_fd(tls_.get(), socket_.get());
  SSL_set_accept_state(tls_.get());  // the handshake happens in the first reads
}

LoadStream::Done LoadStream::read(std::span<char> into) {
  if (tls_) return read_tls(into);
  const ssize_t got = ::recv(socket_.get(), into.data(), into.size(), 0);
  // A read that did not fill the buffer has emptied the socket (epoll(7)): the one that would say
  // EAGAIN is saved.
  if (got > 0)
    return {static_cast<std::size_t>(got), false, static_cast<std::size_t>(got) < into.size()};
  if (got < 0 && (errno == EAGAIN || errno == EINTR)) return {0, false, errno == EAGAIN};
  has_broken_ = got < 0;
  return {0, true, true};
}

LoadStream::Done LoadStream::write(std::span<const iovec> parts) {
  if (tls_) return write_tls(parts);
  msghdr message{};
  message.msg_iov = const_cast<iovec*>(parts.data());
  message.msg_iovlen = parts.size();
  const ssize_t sent = ::sendmsg(socket_.get(), &message, MSG_NOSIGNAL);
  if (sent >= 0) return {static_cast<std::size_t>(sent), false, false};
  if (errno == EAGAIN || errno == EINTR) return {0, false, errno == EAGAIN};
  has_broken_ = true;
  return {0, true, true};
}

LoadStream::Done LoadStream::read_tls(std::span<char> into) {
  ERR_clear_error();
  return tls_result(SSL_read(tls_.get(), into.data(), static_cast<int>(into.size())));
}

// One record, which takes one piece of memory. A retry after "not now" offers the same bytes again,
// as OpenSSL demands, because an answer's bytes follow from its position.
LoadStream::Done LoadStream::write_tls(std::span<const iovec> parts) {
  std::array<char, kRecord> record;
  std::size_t size = 0;
  for (const iovec& part : parts) {
    const std::size_t some = std::min(part.iov_len, kRecord - size);
    std::memcpy(record.data() + size, part.iov_base, some);
    size += some;
  }
  ERR_clear_error();
  return tls_result(SSL_write(tls_.get(), record.data(), static_cast<int>(size)));
}

LoadStream::Done LoadStream::tls_result(int result) {
  if (result > 0) return {static_cast<std::size_t>(result), false, false};
  const int reason = SSL_get_error(tls_.get(), result);
  if (reason == SSL_ERROR_WANT_READ || reason == SSL_ERROR_WANT_WRITE) return {0, false, true};
  has_broken_ = reason != SSL_ERROR_ZERO_RETURN || !SSL_is_init_finished(tls_.get());
  return {0, true, true};
}

void LoadStream::finish() {
  if (tls_ && SSL_is_init_finished(tls_.get())) SSL_shutdown(tls_.get());
  ::shutdown(socket_.get(), SHUT_WR);
}

}  // namespace scraper::bench
