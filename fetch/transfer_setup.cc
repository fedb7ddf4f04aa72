#include <fmt/format.h>

#include <algorithm>

#include "base/ascii.h"
#include "base/http_head.h"
#include "fetch/transfer.h"

namespace scraper::fetch {

namespace {

// What the parse room can undo (gzip, deflate, br, zstd), so that libcurl need not.
constexpr char kAcceptEncoding[] = "Accept-Encoding: gzip, deflate, br, zstd";

bool is_header(std::string_view line) {
  const auto colon = line.find(':');
  if (colon == line.npos || colon == 0) return false;
  const auto is_token = [](unsigned char c) { return c > ' ' && c < 0x7F; };
  const auto is_text = [](unsigned char c) { return (c >= ' ' && c != 0x7F) || c == '\t'; };
  return std::all_of(line.begin(), line.begin() + static_cast<std::ptrdiff_t>(colon), is_token) &&
         std::all_of(line.begin(), line.end(), is_text);
}

std::string_view name_of(std::string_view line) { return line.substr(0, line.find(':')); }

// libcurl takes "Name:" for "leave that field out"; an empty field is spelt "Name;".
std::string as_libcurl_wants(const std::string& line) {
  const auto colon = line.find(':');
  const bool is_empty = line.find_first_not_of(" \t", colon + 1) == line.npos;
  return is_empty ? line.substr(0, colon) + ";" : line;
}

// A SOCKS proxy resolves the names itself: otherwise libcurl would, behind the resolver's and the
// guard's back.
Result<std::string> proxy_url(const std::string& proxy) {
  const auto scheme_end = proxy.find("://");
  if (proxy.empty()) return proxy;
  if (scheme_end == proxy.npos) return fmt::format("http://{}", proxy);
  const std::string scheme = proxy.substr(0, scheme_end);
  if (scheme == "http" || scheme == "https" || scheme == "socks4a" || scheme == "socks5h")
    return proxy;
  if (scheme == "socks4") return "socks4a" + proxy.substr(scheme_end);
  if (scheme == "socks5") return "socks5h" + proxy.substr(scheme_end);
  return usage_error(fmt::format("proxy '{}://…' is of no kind known: http, https, socks4, socks5",
                                 one_line(scheme)));
}

Result<Slist> header_list(const std::vector<std::string>& lines) {
  Slist list;
  bool has_accept_encoding = false;
  for (const std::string& line : lines) {
    if (!is_header(line))
      return usage_error(fmt::format("'{}' is no header field: 'Name: value'", one_line(line)));
    has_accept_encoding =
        has_accept_encoding || are_same_ignoring_case(name_of(line), "accept-encoding");
    if (!append(list, as_libcurl_wants(line)))
      return Error{Errc::kExhausted, "no memory for header fields"};
  }
  if (!has_accept_encoding && !append(list, kAcceptEncoding))
    return Error{Errc::kExhausted, "no memory for header fields"};
  return list;
}

CURLcode on_tls_context(CURL*, void* context, void* store) {
  static_cast<const TlsStore*>(store)->share_with(static_cast<SSL_CTX*>(context));
  return CURLE_OK;
}

int on_close_socket(void* owner, curl_socket_t socket) {
  static_cast<SocketOwner*>(owner)->closing(socket);
  return 0;
}

void set_protocol(CURL* easy) {
  curl_easy_setopt(easy, CURLOPT_PROTOCOLS_STR, "http,https");
  curl_easy_setopt(easy, CURLOPT_FOLLOWLOCATION, 0L);
  curl_easy_setopt(easy, CURLOPT_HTTP_VERSION, CURL_HTTP_VERSION_2TLS);
  curl_easy_setopt(easy, CURLOPT_HTTP09_ALLOWED, 0L);
  curl_easy_setopt(easy, CURLOPT_HTTP_CONTENT_DECODING, 0L);
  curl_easy_setopt(easy, CURLOPT_PATH_AS_IS, 1L);
  curl_easy_setopt(easy, CURLOPT_NETRC, CURL_NETRC_IGNORED);
  curl_easy_setopt(easy, CURLOPT_NOSIGNAL, 1L);
  curl_easy_setopt(easy, CURLOPT_SUPPRESS_CONNECT_HEADERS, 1L);
}

void set_tls(CURL* easy, const TransferSetup& setup) {
  const long verifies = setup.options.is_insecure ? 0L : 1L;
  curl_easy_setopt(easy, CURLOPT_SSL_VERIFYPEER, verifies);
  curl_easy_setopt(easy, CURLOPT_SSL_VERIFYHOST, verifies * 2);
  curl_easy_setopt(easy, CURLOPT_PROXY_SSL_VERIFYPEER, verifies);
  curl_easy_setopt(easy, CURLOPT_PROXY_SSL_VERIFYHOST, verifies * 2);
  curl_easy_setopt(easy, CURLOPT_CAINFO, nullptr);
  curl_easy_setopt(easy, CURLOPT_CAPATH, nullptr);
  curl_easy_setopt(easy, CURLOPT_SSL_CTX_FUNCTION, on_tls_context);
  curl_easy_setopt(easy, CURLOPT_SSL_CTX_DATA, &setup.tls);
}

void set_limits(CURL* easy, const FetchOptions& options) {
  curl_easy_setopt(easy, CURLOPT_CONNECTTIMEOUT_MS, static_cast<long>(options.timeout.count()));
  curl_easy_setopt(easy, CURLOPT_TIMEOUT_MS, static_cast<long>(options.max_transfer_time.count()));
  // Never reached: it makes libcurl look at an idle transfer once a second, which is when
  // Transfer::on_progress sees it stall. libcurl's own measure is a mean over five seconds and
  // would end a slow drip that is not idle.
  curl_easy_setopt(easy, CURLOPT_LOW_SPEED_LIMIT, 1L);
  curl_easy_setopt(easy, CURLOPT_LOW_SPEED_TIME,
                   static_cast<long>(options.max_transfer_time.count() / 1000 + 60));
}

}  // namespace

bool append(Slist& list, const std::string& line) {
  curl_slist* longer = curl_slist_append(list.get(), line.c_str());
  if (longer == nullptr) return false;
  (void)list.release();
  list.reset(longer);
  return true;
}

long dns_cache_timeout(std::uint64_t number_of_transfer) {
  constexpr std::uint64_t kTransfersToPruning = 1024;
  return number_of_transfer % kTransfersToPruning == 0 ? 600 : -1;
}

Share make_connection_share() {
  Share share(curl_share_init());
  if (share != nullptr) curl_share_setopt(share.get(), CURLSHOPT_SHARE, CURL_LOCK_DATA_CONNECT);
  return share;
}

Result<std::unique_ptr<TransferSetup>> TransferSetup::make(const FetchOptions& options) {
  auto tls = TlsStore::load(options.ca_file);
  if (!tls) return tls.error();
  auto headers = header_list(options.headers);
  if (!headers) return headers.error();
  std::vector<std::string> all = options.headers;
  all.insert(all.end(), options.secret_headers.begin(), options.secret_headers.end());
  auto headers_with_secrets = header_list(all);
  if (!headers_with_secrets) return headers_with_secrets.error();
  auto proxy = proxy_url(options.proxy);
  if (!proxy) return proxy.error();
  std::unique_ptr<TransferSetup> setup(new TransferSetup(std::move(*tls)));
  setup->options = options;
  setup->options.proxy = std::move(*proxy);
  if (setup->options.guard == nullptr)
    setup->options.guard = std::make_shared<AddressGuard>(std::vector<Cidr>{}, false);
  setup->headers = std::move(*headers);
  setup->headers_with_secrets = std::move(*headers_with_secrets);
  return setup;
}

Easy TransferSetup::make_easy(SocketOwner& sockets) const {
  Easy easy(curl_easy_init());
  if (easy == nullptr) return easy;
  set_protocol(easy.get());
  set_tls(easy.get(), *this);
  set_limits(easy.get(), options);
  curl_easy_setopt(easy.get(), CURLOPT_PROXY,
                   options.proxy.c_str());  // "": none, whatever the environment says
  curl_easy_setopt(easy.get(), CURLOPT_NOPROXY, "");
  curl_easy_setopt(easy.get(), CURLOPT_USERAGENT,
                   options.user_agent.empty() ? nullptr : options.user_agent.c_str());
  curl_easy_setopt(easy.get(), CURLOPT_HTTPHEADER, headers.get());
  curl_easy_setopt(easy.get(), CURLOPT_PROXYHEADER, nullptr);
  curl_easy_setopt(easy.get(), CURLOPT_HEADEROPT, CURLHEADER_SEPARATE);
  curl_easy_setopt(easy.get(), CURLOPT_CLOSESOCKETFUNCTION, on_close_socket);
  curl_easy_setopt(easy.get(), CURLOPT_CLOSESOCKETDATA, &sockets);
  return easy;
}

}  // namespace scraper::fetch
