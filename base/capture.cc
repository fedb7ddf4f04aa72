#include "base/capture.h"

namespace scraper {

std::string_view to_string(FetchError error) {
  switch (error) {
    case FetchError::kNone: return "none";
    case FetchError::kResolve: return "resolve";
    case FetchError::kAddressRefused: return "address refused";
    case FetchError::kConnect: return "connect";
    case FetchError::kTls: return "tls";
    case FetchError::kTimeout: return "timeout";
    case FetchError::kReset: return "reset";
    case FetchError::kTruncated: return "truncated";
    case FetchError::kProtocol: return "protocol";
    case FetchError::kHeadTooLarge: return "head too large";
    case FetchError::kProxy: return "proxy";
    case FetchError::kCancelled: return "cancelled";
    case FetchError::kLocal: return "local";
    case FetchError::kExhausted: return "exhausted";
  }
  return "unknown";
}

bool is_worth_retrying(FetchError error) {
  switch (error) {
    case FetchError::kResolve:
    case FetchError::kConnect:
    case FetchError::kTimeout:
    case FetchError::kReset:
    case FetchError::kTruncated:
    case FetchError::kProxy:
    case FetchError::kLocal:
    case FetchError::kExhausted: return true;
    default: return false;
  }
}

Capture Capture::outline() const {
  Capture out;
  out.url = url;
  out.head = head;
  out.body.size = body.size;
  out.digest = digest;
  out.status = status;
  out.is_truncated = is_truncated;
  out.error = error;
  out.error_text = error_text;
  out.remote_address = remote_address;
  out.protocol = protocol;
  out.received_bytes = received_bytes;
  out.is_new_connection = is_new_connection;
  out.timing = timing;
  return out;
}

std::string to_string(const Sha256& digest) {
  static constexpr char kHex[] = "0123456789abcdef";
  std::string out = "sha256:";
  for (const std::uint8_t byte : digest) {
    out += kHex[byte >> 4];
    out += kHex[byte & 15];
  }
  return out;
}

}  // namespace scraper
