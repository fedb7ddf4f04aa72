#include "fetch/outcome.h"

#include "base/printable.h"

namespace scraper::fetch {

namespace {

constexpr std::size_t kLongestText = 300;

bool ends_with(std::string_view text, std::string_view end) {
  return text.size() >= end.size() && text.substr(text.size() - end.size()) == end;
}

// The connection broke, or what came over it could not be read on.
FetchError broken(const Ending& ending) {
  // Debian's libcurl: "Too large response headers: …"; a single line past its own bound is reported
  // as lack of memory.
  if (ending.detail.substr(0, 26) == "Too large response headers") return FetchError::kHeadTooLarge;
  if (ends_with(ending.detail, "in chunked-encoding")) return FetchError::kProtocol;
  return ending.has_head ? FetchError::kTruncated : FetchError::kReset;
}

FetchError error_of(const Ending& ending) {
  const bool is_tunnel_refused = ending.connect_status != 0 && ending.connect_status / 100 != 2;
  if (is_tunnel_refused) return FetchError::kProxy;
  switch (ending.code) {
    case CURLE_OK: return FetchError::kNone;
    case CURLE_COULDNT_RESOLVE_HOST: return FetchError::kResolve;
    case CURLE_COULDNT_RESOLVE_PROXY:
    case CURLE_PROXY: return FetchError::kProxy;
    case CURLE_COULDNT_CONNECT: return ending.has_proxy ? FetchError::kProxy : FetchError::kConnect;
    case CURLE_OPERATION_TIMEDOUT:
      return ending.is_connected ? FetchError::kTimeout : FetchError::kConnect;
    case CURLE_SSL_CONNECT_ERROR:
    case CURLE_PEER_FAILED_VERIFICATION:
    case CURLE_SSL_CERTPROBLEM:
    case CURLE_SSL_CIPHER:
    case CURLE_SSL_CACERT_BADFILE:
    case CURLE_SSL_ISSUER_ERROR:
    case CURLE_SSL_CLIENTCERT:
    case CURLE_SSL_INVALIDCERTSTATUS: return FetchError::kTls;
    case CURLE_GOT_NOTHING: return FetchError::kReset;
    case CURLE_SEND_ERROR:
    case CURLE_RECV_ERROR:
    case CURLE_HTTP2_STREAM:
    case CURLE_PARTIAL_FILE: return broken(ending);
    case CURLE_OUT_OF_MEMORY:
      return ending.has_head || !ending.is_connected ? FetchError::kExhausted
                                                     : FetchError::kHeadTooLarge;
    case CURLE_UNSUPPORTED_PROTOCOL:  // HTTP/0.9
    case CURLE_WEIRD_SERVER_REPLY:
    case CURLE_HTTP2:
    case CURLE_BAD_FUNCTION_ARGUMENT:  // a header or trailer field it cannot take, such as a first
                                       // one that is folded
    case CURLE_BAD_CONTENT_ENCODING:   // a transfer-coding that libcurl does not know
    case CURLE_URL_MALFORMAT: return FetchError::kProtocol;
    default: return FetchError::kLocal;
  }
}

}  // namespace

std::string one_line(std::string_view text) {
  return printable(text.substr(0, kLongestText)).substr(0, kLongestText);
}

Outcome outcome_of(const Ending& ending) {
  Outcome outcome;
  outcome.error = error_of(ending);
  if (outcome.error != FetchError::kNone) {
    const bool is_bad_field = ending.code == CURLE_BAD_FUNCTION_ARGUMENT;
    const std::string_view detail =
        ending.detail.empty() ? curl_easy_strerror(ending.code) : ending.detail;
    outcome.text = is_bad_field ? "a header field that cannot be read" : one_line(detail);
  }
  return outcome;
}

Outcome outcome_of(const Error& fault) {
  return {fault.code == Errc::kExhausted ? FetchError::kExhausted : FetchError::kLocal,
          one_line(fault.context)};
}

}  // namespace scraper::fetch
