// A capture: what one transfer brought. The status line and header fields as received, the body
// with transfer-coding removed and content-encoding kept, and timing; or the error that was there
// instead. Made by a fetch engine, moved through the owner to the appender, gone once it is on
// disk. One owner at a time, no locks.
#pragma once

#include <array>
#include <cstdint>
#include <memory>
#include <string>
#include <string_view>

#include "base/clock.h"
#include "base/descriptor.h"
#include "base/url.h"

namespace scraper {

// How a transfer ended without an answer we can use. kNone: a whole response (of whatever status)
// was received.
enum class FetchError : std::uint8_t {
  kNone,
  kResolve,         // the name has no address
  kAddressRefused,  // the guard refused every address of the host
  kConnect,         // refused, unreachable, or no connection within the time-out
  kTls,             // handshake or certificate
  kTimeout,         // no byte for --timeout, or longer than --max-transfer-time
  kReset,           // the connection ended before the response's header block did
  kTruncated,       // the connection ended inside the body
  kProtocol,        // not HTTP, or framing that cannot be trusted
  kHeadTooLarge,    // more than the limit for header blocks
  kProxy,           // the proxy refused or could not be reached
  kCancelled,       // the crawl is stopping
  kLocal,           // our own disk: no word about the site
  kExhausted,  // no disk, memory or descriptors left here: likewise, and it may be otherwise later;
               // never archived
};

// "timeout", "address refused", …: the `error` of a result line. Stable.
std::string_view to_string(FetchError error);

// May another attempt end differently? Not for a refused address or a broken certificate.
bool is_worth_retrying(FetchError error);

// The body's bytes: in memory, or all of them in a spool file, which has no name (then `memory` is
// empty).
struct Body {
  std::string memory;
  Descriptor spool;
  std::uint64_t size = 0;
  std::shared_ptr<void>
      hold;  // gives back what the body takes of the engine's budget when the body is gone
};

using Sha256 = std::array<std::uint8_t, 32>;

// "sha256:" and 64 lower-case hexadecimal digits.
std::string to_string(const Sha256& digest);

// Durations from the start of the transfer; 0 for a phase that was not reached or not needed (a
// connection that was kept).
struct Timing {
  WallTime started{};     // when the request began
  Duration connected{};   // TCP (and TLS) established
  Duration first_byte{};  // first byte of the response
  Duration total{};       // all of it
};

struct Capture {
  Url url;
  std::string request_head;  // as sent
  std::string head;  // status line and fields as received, with the empty line; interim (1xx)
                     // responses left out
  Body body;
  Sha256 digest{};            // of the body's bytes as kept; made where they are written
  int status = 0;             // 0 when there is no answer
  bool is_truncated = false;  // cut at --max-body: the rest was never read
  FetchError error = FetchError::kNone;
  std::string error_text;            // one line for the person, already free of control characters
  std::string remote_address;        // "127.0.0.1", "::1"; the address connected to
  std::string protocol;              // "http/1.0", "http/1.1", "h2"
  std::uint64_t received_bytes = 0;  // head and body on the wire as libcurl counts them
  bool is_new_connection = false;
  Timing timing;

  // The same without request and body: what stays when the bytes have gone to disk.
  Capture outline() const;

  bool has_answer() const { return error == FetchError::kNone || error == FetchError::kTruncated; }
};

}  // namespace scraper
